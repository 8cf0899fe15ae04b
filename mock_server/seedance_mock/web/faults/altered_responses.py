"""Transport faults that truncate a response or send it in an unusual way."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from seedance_mock.web.connection import Connection, disconnected_within, wait_for_disconnect

DRIP_SECONDS = 0.02
"""The pause between two bytes of a dripping response."""

MAX_DRIPS = 500
"""The most pauses of a dripping response: a large body drips in larger parts, in 10 s at most."""

MAX_CHUNKS = 20_000
"""The most chunks of a response. A large body has larger ones: two million messages to uvicorn keep
the event loop for seconds."""

EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </assets/style.css>; rel=preload\r\n\r\n"

EXTRA_LENGTH = 10
"""By how many bytes the Content-Length of the fault `longer` exceeds the body."""

Headers = list[tuple[bytes, bytes]]


class BufferedResponse(NamedTuple):
    """A response that is ready to be sent: its head and its whole body."""

    status: int
    headers: Headers
    body: bytes

    def without_header(self, name: bytes) -> BufferedResponse:
        """Return the response without the header of this name, which is in lower case."""
        return self._replace(headers=[header for header in self.headers if header[0] != name])

    def with_header(self, name: bytes, value: bytes) -> BufferedResponse:
        """Return the response with this header in place of another one of its name."""
        headers = self.without_header(name.lower()).headers
        return self._replace(headers=[*headers, (name, value)])


class Channel(NamedTuple):
    """Where a response is sent: the connection, None in process, and the functions of ASGI."""

    connection: Connection | None
    receive: Receive
    send: Send

    async def send_head(self, response: BufferedResponse) -> None:
        """Send the head of a response."""
        headers, status = response.headers, response.status
        await self.send({"type": "http.response.start", "status": status, "headers": headers})

    async def send_part(self, part: bytes, *, more_body: bool) -> None:
        """Send a part of a body."""
        await self.send({"type": "http.response.body", "body": part, "more_body": more_body})

    async def send_response(self, response: BufferedResponse) -> None:
        """Send a response."""
        await self.send_head(response)
        await self.send_part(response.body, more_body=False)


async def buffered_response(response: Response, scope: Scope, receive: Receive) -> BufferedResponse:
    """Run a response and return what it would send."""
    # Bodies of files come in several messages, and some responses add headers when they are sent.
    # Both are known only once the response has run.
    head: Message = {}
    body = bytearray()

    async def collect(message: Message) -> None:
        nonlocal head
        if message["type"] == "http.response.start":
            head = message
        else:
            body.extend(message.get("body", b""))

    await response(scope, receive, collect)
    return BufferedResponse(head["status"], head["headers"], bytes(body))


ResponseFault = Callable[[BufferedResponse, Channel], Awaitable[None]]


async def _truncate(response: BufferedResponse, body: bytes, channel: Channel) -> None:
    """Send a part of the announced body, then close the connection."""
    await channel.send_head(response)
    # `more_body` stays true: uvicorn raises for a body that ends before its Content-Length.
    await channel.send_part(body, more_body=True)
    if channel.connection is None:
        raise ConnectionAbortedError("the mock ended the response before its announced length")
    # FIN, not RST: what was sent arrives, so that the client has a part of the body.
    channel.connection.close()
    # The application must not return with an incomplete response, which uvicorn logs as an error.
    await wait_for_disconnect(channel.receive)


async def _cut(response: BufferedResponse, channel: Channel) -> None:
    length = str(len(response.body)).encode()
    half = response.body[: len(response.body) // 2]
    await _truncate(response.with_header(b"content-length", length), half, channel)


async def _longer(response: BufferedResponse, channel: Channel) -> None:
    length = str(len(response.body) + EXTRA_LENGTH).encode()
    await _truncate(response.with_header(b"content-length", length), response.body, channel)


async def _drip(response: BufferedResponse, channel: Channel) -> None:
    """Send one byte at a time, or more of a large body."""
    step = max(1, len(response.body) // MAX_DRIPS)
    await channel.send_head(response)
    for start in range(0, len(response.body), step):
        # The pause ends early if the client disconnects: nobody is left to drip to.
        if await disconnected_within(channel.connection, channel.receive, DRIP_SECONDS):
            return
        await channel.send_part(response.body[start : start + step], more_body=True)
    await channel.send_part(b"", more_body=False)


async def _chunks(response: BufferedResponse, channel: Channel) -> None:
    """Send each byte as a chunk, or more of a large body."""
    step = -(-len(response.body) // MAX_CHUNKS) or 1
    # Without a Content-Length uvicorn uses the chunked coding, with one chunk per ASGI message.
    await channel.send_head(response.without_header(b"content-length"))
    for start in range(0, len(response.body), step):
        await channel.send_part(response.body[start : start + step], more_body=True)
    await channel.send_part(b"", more_body=False)


async def _early(response: BufferedResponse, channel: Channel) -> None:
    """Send an informational response first."""
    # Past uvicorn, which sends no informational response but 100.
    if channel.connection is not None:
        channel.connection.write(EARLY_HINTS)
    await channel.send_response(response)


async def _closing(response: BufferedResponse, channel: Channel) -> None:
    """Announce the end of the connection. Uvicorn closes it when it sees the header."""
    await channel.send_response(response.with_header(b"connection", b"close"))


async def _lapse(response: BufferedResponse, channel: Channel) -> None:
    """Close the connection after the response without announcing it, like an idle timeout."""
    await channel.send_response(response)
    if channel.connection is not None:
        channel.connection.close()


class _CasedName(bytes):
    """A header name that keeps its case."""

    def lower(self) -> bytes:
        # Uvicorn calls this for each name. ASGI prescribes lower case, HTTP ignores the case.
        return self


async def _charset(response: BufferedResponse, channel: Channel) -> None:
    name, value = _CasedName(b"cOnTeNt-TyPe"), b"application/json; charset=UTF-8"
    headers = [*response.without_header(b"content-type").headers, (name, value)]
    await channel.send_response(response._replace(headers=headers))


COMPLETE_RESPONSES: Mapping[str, ResponseFault] = MappingProxyType(
    {
        "drip": _drip,
        "chunks": _chunks,
        "early": _early,
        "closing": _closing,
        "lapse": _lapse,
        "charset": _charset,
    }
)
"""Faults that send the complete response in an unusual way, by name."""

ALTERED_RESPONSES: Mapping[str, ResponseFault] = MappingProxyType(
    {"cut": _cut, "longer": _longer, **COMPLETE_RESPONSES}
)
"""The same and the faults that leave out a part of the announced body, by name."""
