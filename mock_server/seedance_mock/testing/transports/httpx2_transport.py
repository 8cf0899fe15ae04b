"""The transport for httpx2: its clients reach the mock in this process, and no other host.

    with Httpx2MockTransport() as transport, httpx2.Client(transport=transport) as client:
        client.get("https://api.tokenlab.sh/v1/models")

It works for `httpx2.Client` and for `httpx2.AsyncClient`. For httpx use `MockTransport`.
"""

from __future__ import annotations

import httpx2

from seedance_mock.testing.asgi_call import AsgiCall, ResponseHead
from seedance_mock.testing.transports.transport import LibraryStream, LibraryTransport


class Httpx2MockTransport(
    LibraryTransport[httpx2.Request, httpx2.Response],
    httpx2.BaseTransport,
    httpx2.AsyncBaseTransport,
):
    """A transport whose requests go to `mock`.

    If `mock` is None, the transport creates a mock and closes it when it is closed itself.

    A transport fault raises what a client sees on a socket: ReadError for a reset,
    RemoteProtocolError for a connection that closes early, ReadTimeout for a response that does
    not come. A request to another host raises `seedance_mock.testing.UnexpectedHost`.
    """

    library = httpx2

    def _response(self, head: ResponseHead, call: AsgiCall) -> httpx2.Response:
        stream = _Stream(call, self.mock.loop)
        return httpx2.Response(head.status, headers=list(head.headers), stream=stream)


class _Stream(LibraryStream, httpx2.SyncByteStream, httpx2.AsyncByteStream):
    library = httpx2
