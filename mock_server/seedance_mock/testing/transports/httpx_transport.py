"""The transport for httpx: its clients reach the mock in this process, and no other host.

    with MockTransport() as transport, httpx.Client(transport=transport) as client:
        client.get("https://api.tokenlab.sh/v1/models")

It works for `httpx.Client` and for `httpx.AsyncClient`. For httpx2 use `Httpx2MockTransport`.
"""

from __future__ import annotations

import httpx

from seedance_mock.testing.asgi_call import AsgiCall, ResponseHead
from seedance_mock.testing.transports.transport import LibraryStream, LibraryTransport


class MockTransport(
    LibraryTransport[httpx.Request, httpx.Response],
    httpx.BaseTransport,
    httpx.AsyncBaseTransport,
):
    """A transport whose requests go to `mock`.

    If `mock` is None, the transport creates a mock and closes it when it is closed itself.

    A transport fault raises what a client sees on a socket: ReadError for a reset,
    RemoteProtocolError for a connection that closes early, ReadTimeout for a response that does
    not come. A request to another host raises `seedance_mock.testing.UnexpectedHost`.
    """

    library = httpx

    def _response(self, head: ResponseHead, call: AsgiCall) -> httpx.Response:
        stream = _Stream(call, self.mock.loop)
        return httpx.Response(head.status, headers=list(head.headers), stream=stream)


class _Stream(LibraryStream, httpx.SyncByteStream, httpx.AsyncByteStream):
    library = httpx
