"""A respx router that sends requests for the real host to the mock in this process.

    with MockRouter():
        httpx.get("https://api.tokenlab.sh/v1/models")

    @MockRouter()
    async def test_my_client(): ...

respx patches httpx, so it works for every client that the code under test creates. It does not
patch httpx2, which needs `Httpx2MockTransport`, nor requests and others, which need `live_server`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Self

import httpx
import respx
from respx.models import AllMockedAssertionError

from seedance_mock.testing.in_process import API_ORIGINS, InProcess, UnexpectedHost
from seedance_mock.testing.transports.httpx_transport import MockTransport

_in_async_handler: ContextVar[bool] = ContextVar("_in_async_handler", default=False)
"""Whether the current request comes from an asynchronous client.

respx calls the same side effect for both kinds of client, and awaits its result for this one only.
"""


class MockRouter(respx.MockRouter):
    """A router that needs no routes. Use it as a context manager or decorator, sync or async.

    A test may add routes for other hosts. A request that no route matches raises an
    AssertionError, and no socket is opened.

    Args:
        mock: the mock that receives the requests. If None, each start of the router creates one
            and each stop closes it.
        options: the options of `respx.MockRouter`.
    """

    def __init__(self, mock: InProcess | None = None, **options: Any) -> None:
        # respx fails by default if a route is not called. A test rarely calls every origin.
        super().__init__(**{"assert_all_called": False, **options})
        self._shared_mock = mock
        for scheme, host, _ in API_ORIGINS if mock is None else mock.origins:
            self.route(scheme=scheme, host=host).mock(side_effect=self._respond)

    def __enter__(self) -> Self:
        self.start()
        return self

    async def __aenter__(self) -> Self:
        return self.__enter__()

    def start(self) -> None:
        """Patch httpx."""
        self._transport = MockTransport(self._shared_mock)
        self.mock = self._transport.mock
        super().start()
        if self.Mocker is not None:
            # respx asks the routers in the order of their start, so that the router of a fixture
            # would take the requests in a block with another one.
            routers = self.Mocker.routers
            first = next(i for i, router in enumerate(routers) if isinstance(router, MockRouter))
            routers.remove(self)
            routers.insert(first, self)

    def stop(self, clear: bool = True, reset: bool = True, quiet: bool = False) -> None:
        """Restore httpx, and close the mock if the router created it."""
        try:
            super().stop(clear, reset, quiet)
        finally:
            self._transport.close()

    def _respond(self, request: httpx.Request) -> httpx.Response | Awaitable[httpx.Response]:
        if _in_async_handler.get():
            return self._transport.handle_async_request(request)
        return self._transport.handle_request(request)

    def handler(self, request: httpx.Request) -> httpx.Response:
        """Return the response for a synchronous client."""
        with _hide_url(request):
            return super().handler(request)

    async def async_handler(self, request: httpx.Request) -> httpx.Response:
        """Return the response for an asynchronous client."""
        token = _in_async_handler.set(True)
        try:
            with _hide_url(request):
                return await super().async_handler(request)
        finally:
            _in_async_handler.reset(token)


@contextmanager
def _hide_url(request: httpx.Request) -> Iterator[None]:
    """Name only the host of a request that no route matches.

    respx prints the whole URL, whose query may contain a signature.
    """
    try:
        yield
    except AllMockedAssertionError:
        # The class stays the same: respx catches it and tries the next router that is active.
        message = str(UnexpectedHost(request.method, str(request.url)))
        raise AllMockedAssertionError(message) from None
