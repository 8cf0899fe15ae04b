"""Answers that go wrong: each transport fault as a Starlette response."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from seedance_mock.web.connection import (
    Connection,
    connection_of,
    disconnected_within,
    response_held,
    wait_for_disconnect,
)

DRIP_SECONDS = 0.02
"""The pause between two bytes of a dripping answer."""

DRIPS = 500
"""The most pauses that a dripping answer has."""

HTML = b"<html><body><h1>502 Bad Gateway</h1></body></html>"
EARLY = b"HTTP/1.1 103 Early Hints\r\nLink: </assets/style.css>; rel=preload\r\n\r\n"
GARBAGE = b"\x00\xff\x16\x03 this is not HTTP\r\n\r\n"

Content = tuple[Mapping[str, object], bytes]


class FaultyResponse(Response):
    """An answer that a transport fault keeps from its client.

    `answer` is what would have been sent, None where the request was not applied.
    """

    def __init__(self, effect: str, answer: Response | None, delay: float) -> None:
        super().__init__(status_code=answer.status_code if answer is not None else 200)
        self._effect = effect
        self._answer = answer
        self._delay = delay

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Do to the connection what the fault says."""
        if self._effect in _HEADLESS:
            await _HEADLESS[self._effect](connection_of(scope), receive)
            return
        if self._effect == "delay":
            assert self._answer is not None
            if not await disconnected_within(connection_of(scope), receive, self._delay):
                await self._answer(scope, receive, send)
            return
        assert self._answer is not None
        start, body = await _content(self._answer, scope, receive)
        await _BROKEN[self._effect](start, body, connection_of(scope), receive, send)


async def _reset(wire: Connection | None, receive: Receive) -> None:
    if wire is None:
        raise ConnectionResetError("the mock reset the connection")
    wire.reset()
    await wait_for_disconnect(receive)


async def _close(wire: Connection | None, receive: Receive) -> None:
    if wire is None:
        raise ConnectionAbortedError("the mock closed the connection without an answer")
    wire.close()
    await wait_for_disconnect(receive)


async def _hang(wire: Connection | None, receive: Receive) -> None:
    if wire is None:
        raise TimeoutError("the mock never answers")
    with response_held(wire):
        await wait_for_disconnect(receive)


async def _garbage(wire: Connection | None, receive: Receive) -> None:
    if wire is None:
        raise ConnectionAbortedError("the mock answered with bytes that are not HTTP")
    wire.write(GARBAGE)
    wire.close()
    await wait_for_disconnect(receive)


_HEADLESS: Mapping[str, Callable[[Connection | None, Receive], Awaitable[None]]] = MappingProxyType(
    {"reset": _reset, "close": _close, "hang": _hang, "garbage": _garbage}
)
"""Faults that leave no trace of an HTTP answer."""


async def _content(answer: Response, scope: Scope, receive: Receive) -> Content:
    """Return the head and the whole body that an answer would send."""
    start: Mapping[str, object] = {}
    body = b""

    async def keep(message: Mapping[str, object]) -> None:
        nonlocal start, body
        if message["type"] == "http.response.start":
            start = message
        else:
            part = message.get("body", b"")
            assert isinstance(part, bytes)
            body += part

    await answer(scope, receive, keep)
    return start, body


def _with_length(start: Mapping[str, object], length: int) -> dict[str, object]:
    size = (b"content-length", str(length).encode())
    return {**start, "headers": [*_without(start, b"content-length"), size]}


def _without(start: Mapping[str, object], unwanted: bytes) -> list[tuple[bytes, bytes]]:
    """Return the headers of an answer but one."""
    headers = start["headers"]
    assert isinstance(headers, list)
    return [(name, value) for name, value in headers if name != unwanted]


async def _send_part(
    start: Mapping[str, object],
    length: int,
    body: bytes,
    wire: Connection | None,
    receive: Receive,
    send: Send,
) -> None:
    """Announce `length` bytes, send fewer, and end the connection."""
    await send(_with_length(start, length))
    await send({"type": "http.response.body", "body": body, "more_body": True})
    if wire is None:
        raise ConnectionAbortedError("the mock ended the answer before its announced length")
    wire.close()
    await wait_for_disconnect(receive)


async def _cut(
    start: Mapping[str, object], body: bytes, wire: Connection | None, receive: Receive, send: Send
) -> None:
    await _send_part(start, len(body), body[: len(body) // 2], wire, receive, send)


async def _longer(
    start: Mapping[str, object], body: bytes, wire: Connection | None, receive: Receive, send: Send
) -> None:
    await _send_part(start, len(body) + 10, body, wire, receive, send)


async def _drip(
    start: Mapping[str, object], body: bytes, wire: Connection | None, receive: Receive, send: Send
) -> None:
    """Send one byte at a time; of a large body more, so that it takes 10 s at most."""
    step = max(1, len(body) // DRIPS)
    await send(dict(start))
    for at in range(0, len(body), step):
        if await disconnected_within(wire, receive, DRIP_SECONDS):
            return
        await send({"type": "http.response.body", "body": body[at : at + step], "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _chunks(
    start: Mapping[str, object], body: bytes, wire: Connection | None, receive: Receive, send: Send
) -> None:
    """Send the body without its length, so that it is chunked."""
    await send({**start, "headers": _without(start, b"content-length")})
    for at in range(len(body)):
        await send({"type": "http.response.body", "body": body[at : at + 1], "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _send_whole(start: Mapping[str, object], body: bytes, send: Send) -> None:
    await send(dict(start))
    await send({"type": "http.response.body", "body": body, "more_body": False})


async def _early(
    start: Mapping[str, object], body: bytes, wire: Connection | None, receive: Receive, send: Send
) -> None:
    if wire is not None:
        wire.write(EARLY)
    await _send_whole(start, body, send)


async def _closing(
    start: Mapping[str, object], body: bytes, wire: Connection | None, receive: Receive, send: Send
) -> None:
    headers = [*_without(start, b"connection"), (b"connection", b"close")]
    await _send_whole({**start, "headers": headers}, body, send)


async def _lapse(
    start: Mapping[str, object], body: bytes, wire: Connection | None, receive: Receive, send: Send
) -> None:
    await _send_whole(start, body, send)
    if wire is not None:
        wire.close()


class _Spelt(bytes):
    """A header name that stays as it is spelt, although the server writes all in lower case."""

    def lower(self) -> bytes:
        return self


async def _charset(
    start: Mapping[str, object], body: bytes, wire: Connection | None, receive: Receive, send: Send
) -> None:
    kind = (_Spelt(b"cOnTeNt-TyPe"), b"application/json; charset=UTF-8")
    await _send_whole({**start, "headers": [*_without(start, b"content-type"), kind]}, body, send)


Breaking = Callable[
    [Mapping[str, object], bytes, Connection | None, Receive, Send], Awaitable[None]
]

_BROKEN: Mapping[str, Breaking] = MappingProxyType(
    {
        "cut": _cut,
        "longer": _longer,
        "drip": _drip,
        "chunks": _chunks,
        "early": _early,
        "closing": _closing,
        "lapse": _lapse,
        "charset": _charset,
    }
)
"""Faults that spoil an answer on its way, or send it whole in an unusual manner."""


def html_page() -> Response:
    """Return the page of a proxy that knows nothing of the API."""
    return Response(HTML, 502, media_type="text/html")


def redirect(status: int, origin: str, target: str) -> Response:
    """Return a redirect to the same target on another origin."""
    return Response(status_code=status, headers={"Location": origin + target})
