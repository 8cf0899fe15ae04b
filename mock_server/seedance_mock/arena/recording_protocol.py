"""The HTTP protocol of the arena: records the bytes of each exchange, and when they came and went.

The recorder is a subclass of `HttpProtocol` and depends on how it works:

- httptools calls `on_message_begin`, `on_url`, `on_header`, `on_headers_complete` and `on_body` of
  the protocol for each request, with the bytes as they were sent. ASGI does not have them: the
  scope contains lower-case header names and a decoded path.
- Uvicorn's request cycle calls `on_response_complete` once for each response. The fast path has no
  request cycle, so it is switched off; it would also write past the capturing transport.
- Uvicorn and injected faults write to the transport that `wrap_transport` returns.
- The application stores its access log entry in the scope of the request.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from seedance_mock.arena.capture import Capture
from seedance_mock.server.protocol import OPTIONAL_WHITE_SPACE, HttpProtocol


@dataclass(slots=True)
class Recorder:
    """The captures of one case, in the order of the first bytes of their requests."""

    captures: list[Capture] = field(default_factory=list)
    connection_numbers: count[int] = field(default_factory=lambda: count(1))


class CapturingTransport(asyncio.Transport):
    """A transport that captures what is written, and the end of the connection.

    Both are noted before the transport below carries them out. `writelines` of the base class calls
    `write`, so it needs no method here.
    """

    def __init__(
        self, transport: asyncio.Transport, current_capture: Callable[[], Capture | None]
    ) -> None:
        super().__init__()
        self._transport = transport
        self._current_capture = current_capture

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Delegate to the transport below."""
        return self._transport.get_extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Capture the bytes, then write them."""
        # Bytes without a capture answer no request: an error response to bytes that are not HTTP.
        capture = self._current_capture()
        if capture is not None:
            capture.add_response(bytes(data))
        self._transport.write(data)

    def close(self) -> None:
        """Note the end of the response, then close."""
        self._end_response()
        self._transport.close()

    def abort(self) -> None:
        """Note the end of the response, then abort."""
        self._end_response()
        self._transport.abort()

    def _end_response(self) -> None:
        capture = self._current_capture()
        if capture is not None:
            capture.end_response()

    def is_closing(self) -> bool:
        """Delegate to the transport below."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        """Delegate to the transport below."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Delegate to the transport below."""
        self._transport.resume_reading()


class RecordingProtocol(HttpProtocol):
    """The server's HTTP/1.1 protocol, with a capture of each exchange."""

    # The fast path writes responses past uvicorn's request cycle, whose end is what is recorded.
    use_fast_path = False

    def __init__(
        self,
        recorder: Recorder,
        origin: Callable[[bytes], str],
        config: uvicorn.Config,
        state: ServerState,
    ) -> None:
        super().__init__(config, state, {})
        self._recorder = recorder
        self._origin = origin
        self._connection_number = 0
        self._turns = count(1)
        # A client may send its next request before the response to the first (pipelining).
        # Uvicorn then answers them in order, so bytes that are written belong to the first one.
        self._unanswered: deque[Capture] = deque()
        self._incoming: Capture | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Number the connection within its case."""
        self._connection_number = next(self._recorder.connection_numbers)
        super().connection_made(transport)

    def wrap_transport(self, transport: asyncio.Transport) -> asyncio.Transport:
        """Return a transport that captures what uvicorn writes."""
        # `transport` coalesces writes: it holds bytes back until the event loop turns. Capturing
        # sits between uvicorn and it, so `sent` is the time before a byte can reach the client. A
        # later time would make the gap until the next request look shorter than the client waited,
        # and a check would blame the client for a delay of the server.
        return CapturingTransport(transport, self._current_capture)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the captures that have no response."""
        # The client may have closed the connection some time ago: a time noted now would be late.
        self._unanswered.clear()
        super().connection_lost(exc)

    def _current_capture(self) -> Capture | None:
        return self._unanswered[0] if self._unanswered else None

    def on_message_begin(self) -> None:
        """Start a capture at the first byte of a request."""
        if self.rereading:
            return
        # `Capture.seen` is taken here and not at the end of the head or the body: a client that
        # uploads slowly has stopped waiting when it sends the first byte.
        capture = Capture(
            origin=self._origin(b""), connection=self._connection_number, turn=next(self._turns)
        )
        self._recorder.captures.append(capture)
        self._unanswered.append(capture)
        self._incoming = capture
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Capture the target as it was sent."""
        if not self.rereading:
            self._incoming_capture.target += url
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Capture the name as it was spelled, and the value. Trailers are no headers."""
        if self.in_head:
            self._incoming_capture.headers.append((name, value.rstrip(OPTIONAL_WHITE_SPACE)))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Capture the method, the origin, and the scope that will contain the log entry."""
        if self.rereading:
            return
        capture = self._incoming_capture
        capture.method = self.parser.get_method().decode("ascii")
        capture.origin = self._origin(capture.header(b"host"))
        capture.scope = self.scope  # type: ignore[assignment] # a typed dict
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Capture a part of the body."""
        self._incoming_capture.add_request_body(body)
        super().on_body(body)

    def on_response_complete(self) -> None:
        """End the capture of a complete response."""
        capture = self._unanswered.popleft()
        capture.complete = True
        capture.end_response()
        super().on_response_complete()

    @property
    def _incoming_capture(self) -> Capture:
        assert self._incoming is not None, "a message has begun"
        return self._incoming
