"""The transport for httpx and for httpx2, written once: both libraries have the same interface.

This module imports neither library. `httpx_transport` and `httpx2_transport` each bind it to one
of them, so that a program loads only the library that it uses.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Generic, Protocol, TypeVar

from seedance_mock.testing.asgi_call import AsgiCall, AsgiRequest, RawHeaders, ResponseHead
from seedance_mock.testing.in_process import InProcess
from seedance_mock.testing.loop_thread import LoopThread


class HttpLibrary(Protocol):
    """The module httpx or httpx2, as far as the transport raises its exceptions."""

    # Named as the libraries name them. Read-only, because a module is checked against this.
    @property
    def ReadError(self) -> Callable[[str], Exception]: ...
    @property
    def ReadTimeout(self) -> Callable[[str], Exception]: ...
    @property
    def RemoteProtocolError(self) -> Callable[[str], Exception]: ...
    @property
    def Request(self) -> type: ...


class HeaderFields(Protocol):
    """The headers of a request."""

    @property
    def raw(self) -> RawHeaders: ...


class HttpRequest(Protocol):
    """A request of either library."""

    method: str

    @property
    def url(self) -> object: ...
    @property
    def headers(self) -> HeaderFields: ...
    @property
    def extensions(self) -> Mapping[str, Any]: ...
    def read(self) -> bytes: ...
    async def aread(self) -> bytes: ...


RequestT = TypeVar("RequestT", bound=HttpRequest)
ResponseT = TypeVar("ResponseT")


class LibraryTransport(ABC, Generic[RequestT, ResponseT]):
    """Sends requests to a mock in this process.

    A subclass names its library and makes the library's response. It inherits the library's
    transport classes after this one, so that the methods of this class win.
    """

    library: HttpLibrary

    def __init__(self, mock: InProcess | None = None) -> None:
        self.mock = mock or InProcess()
        self._owns_mock = mock is None

    def _call(self, request: RequestT, body: bytes) -> AsgiCall:
        # The other library would fail with an empty AssertionError when it gets the response.
        if not isinstance(request, self.library.Request):
            raise TypeError(
                f"{type(self).__name__} got a request of {type(request).__module__.split('.')[0]}: "
                "use MockTransport with httpx and Httpx2MockTransport with httpx2"
            )
        return self.mock.asgi_call(_asgi_request(request, body))

    @abstractmethod
    def _response(self, head: ResponseHead, call: AsgiCall) -> ResponseT:
        """Return a response of the library, whose body is still to be read from `call`."""

    def handle_request(self, request: RequestT) -> ResponseT:
        """Send a request, and return its response once the head has arrived."""
        call = self._call(request, request.read())
        with library_errors(self.library):
            return self._response(self.mock.loop.run(call.start()), call)

    async def handle_async_request(self, request: RequestT) -> ResponseT:
        """Send a request, and return its response once the head has arrived."""
        call = self._call(request, await request.aread())
        with library_errors(self.library):
            return self._response(await self.mock.loop.run_async(call.start()), call)

    def close(self) -> None:
        """Close the mock if the transport created it."""
        if self._owns_mock:
            self.mock.close()

    async def aclose(self) -> None:
        """Close the mock if the transport created it."""
        self.close()


class LibraryStream:
    """The body of a response. A client reads it part by part while the application sends it."""

    library: HttpLibrary

    def __init__(self, call: AsgiCall, loop: LoopThread) -> None:
        self._call = call
        self._loop = loop

    def __iter__(self) -> Iterator[bytes]:
        with library_errors(self.library):
            while not self._call.finished:
                yield self._loop.run(self._call.next_chunk())

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with library_errors(self.library):
            while not self._call.finished:
                yield await self._loop.run_async(self._call.next_chunk())

    def close(self) -> None:
        if not self._call.finished:
            self._loop.run(self._call.close())

    async def aclose(self) -> None:
        if not self._call.finished:
            await self._loop.run_async(self._call.close())


def _asgi_request(request: HttpRequest, body: bytes) -> AsgiRequest:
    return AsgiRequest(
        method=request.method,
        url=str(request.url),
        headers=request.headers.raw,
        body=body,
        timeout=request.extensions.get("timeout", {}).get("read"),
    )


@contextmanager
def library_errors(library: HttpLibrary) -> Iterator[None]:
    """Raise the library's exception for what the application does to the connection.

    These are the exceptions that the library's own transport raises on a socket; the tests
    compare both for every transport fault.
    """
    try:
        yield
    except ConnectionResetError as error:
        raise library.ReadError(str(error)) from None
    except ConnectionAbortedError as error:
        raise library.RemoteProtocolError(str(error)) from None
    except TimeoutError as error:
        raise library.ReadTimeout(str(error) or "timed out") from None
