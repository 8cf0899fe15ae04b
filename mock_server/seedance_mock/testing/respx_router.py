"""A respx router that answers the real host from the mock in this process.

    with MockRouter():
        httpx.get("https://api.tokenlab.sh/v1/models")

    @MockRouter()
    async def test_my_client(): ...

respx patches httpx, whatever client the code under test makes. It does not reach httpx2, which
needs `testing.httpx2_transport`, nor requests and others, which need `testing.live`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Self

import httpx
import respx
from respx.models import AllMockedAssertionError

from seedance_mock.testing.httpx_transport import MockTransport
from seedance_mock.testing.in_process import ORIGINS, InProcess, UnexpectedHost

_awaited: ContextVar[bool] = ContextVar("_awaited", default=False)
"""Whether the request that is being answered came from an asynchronous client."""


class MockRouter(respx.MockRouter):
    """A router with nothing to configure: a context manager and a decorator, sync and async.

    Routes that a test adds, for other hosts, work beside it. Any other request raises an
    AssertionError, and no socket is opened.

    Args:
        mock: what answers; a fresh one, closed with the router, where None.
        options: those of `respx.MockRouter`.
    """

    def __init__(self, mock: InProcess | None = None, **options: Any) -> None:
        super().__init__(**{"assert_all_called": False, **options})
        self._given = mock
        for scheme, host, _ in ORIGINS if mock is None else mock.origins:
            self.route(scheme=scheme, host=host).mock(side_effect=self._answer)

    def __enter__(self) -> Self:
        self.start()
        return self

    async def __aenter__(self) -> Self:
        return self.__enter__()

    def start(self) -> None:
        """Begin to answer."""
        self._transport = MockTransport(self._given)
        self.mock = self._transport.mock
        super().start()

    def stop(self, clear: bool = True, reset: bool = True, quiet: bool = False) -> None:
        """Let httpx go where it went before."""
        try:
            super().stop(clear, reset, quiet)
        finally:
            self._transport.close()

    def _answer(self, request: httpx.Request) -> httpx.Response | Awaitable[httpx.Response]:
        if _awaited.get():
            return self._transport.handle_async_request(request)
        return self._transport.handle_request(request)

    def handler(self, request: httpx.Request) -> httpx.Response:
        """Answer a synchronous client."""
        with _told_briefly(request):
            return super().handler(request)

    async def async_handler(self, request: httpx.Request) -> httpx.Response:
        """Answer an asynchronous client."""
        outer = _awaited.set(True)
        try:
            with _told_briefly(request):
                return await super().async_handler(request)
        finally:
            _awaited.reset(outer)


@contextmanager
def _told_briefly(request: httpx.Request) -> Iterator[None]:
    """Name only the host of a request that no route takes; respx would print its whole URL."""
    try:
        yield
    except AllMockedAssertionError:
        # Of the same class, as another router that is on may take the request.
        told = str(UnexpectedHost(request.method, str(request.url)))
        raise AllMockedAssertionError(told) from None
