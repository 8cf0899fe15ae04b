"""The transport for httpx: its clients reach the mock in this process, and nothing else.

    with MockTransport() as transport, httpx.Client(transport=transport) as client:
        client.get("https://api.tokenlab.sh/v1/models")

It serves `httpx.Client` and `httpx.AsyncClient` alike. For httpx2 there is
`seedance_mock.testing.httpx2_transport`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import httpx

from seedance_mock.testing.asgi_call import AsgiCall, AsgiRequest, ResponseHead
from seedance_mock.testing.in_process import InProcess
from seedance_mock.testing.loop_thread import LoopThread


class MockTransport(httpx.BaseTransport, httpx.AsyncBaseTransport):
    """Answers requests from `mock`; from a fresh one, closed with the transport, where None.

    Transport faults raise what a client sees over a socket: ReadError for a reset,
    RemoteProtocolError for a connection that ends, ReadTimeout where no answer comes.
    A request to another host raises `seedance_mock.testing.in_process.UnexpectedHost`.
    """

    def __init__(self, mock: InProcess | None = None) -> None:
        self.mock = mock or InProcess()
        self._owned = mock is None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return its answer, whose body is still to be read."""
        call = self.mock.call(_asked(request, request.read()))
        with _failures():
            return _response(self.mock.loop.run(call.start()), call, self.mock.loop)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request, and return its answer, whose body is still to be read."""
        call = self.mock.call(_asked(request, await request.aread()))
        with _failures():
            return _response(await self.mock.loop.wait(call.start()), call, self.mock.loop)

    def close(self) -> None:
        """End the mock, if it is the transport's own."""
        if self._owned:
            self.mock.close()

    async def aclose(self) -> None:
        """End the mock, if it is the transport's own."""
        self.close()


class _Body(httpx.SyncByteStream, httpx.AsyncByteStream):
    """The body of an answer, as it comes."""

    def __init__(self, call: AsgiCall, loop: LoopThread) -> None:
        self._call = call
        self._loop = loop

    def __iter__(self) -> Iterator[bytes]:
        with _failures():
            while not self._call.ended:
                yield self._loop.run(self._call.next_chunk())

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _failures():
            while not self._call.ended:
                yield await self._loop.wait(self._call.next_chunk())

    def close(self) -> None:
        if not self._call.ended:
            self._loop.run(self._call.close())

    async def aclose(self) -> None:
        if not self._call.ended:
            await self._loop.wait(self._call.close())


def _asked(request: httpx.Request, body: bytes) -> AsgiRequest:
    return AsgiRequest(
        method=request.method,
        url=str(request.url),
        headers=request.headers.raw,
        body=body,
        timeout=request.extensions.get("timeout", {}).get("read"),
    )


def _response(head: ResponseHead, call: AsgiCall, loop: LoopThread) -> httpx.Response:
    return httpx.Response(head.status, headers=list(head.headers), stream=_Body(call, loop))


@contextmanager
def _failures() -> Iterator[None]:
    """Raise the exceptions of httpx for those of the application."""
    try:
        yield
    except ConnectionResetError as error:
        raise httpx.ReadError(str(error)) from None
    except ConnectionAbortedError as error:
        raise httpx.RemoteProtocolError(str(error)) from None
    except TimeoutError as error:
        raise httpx.ReadTimeout(str(error) or "timed out") from None
