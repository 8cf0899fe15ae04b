"""Recording at the socket: what came and what went, and when."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import uvicorn
from uvicorn.server import ServerState

from seedance_mock.arena.capture import Tape
from seedance_mock.server.protocol import HttpProtocol


@dataclass(slots=True)
class Recorder:
    """The tapes of one case, in the order in which their requests were first seen."""

    tapes: list[Tape] = field(default_factory=list)
    connections: count[int] = field(default_factory=lambda: count(1))


class Tap(asyncio.Transport):
    """A transport that tells of what is written and ended before it does so."""

    def __init__(self, transport: asyncio.Transport, current: Callable[[], Tape | None]) -> None:
        super().__init__()
        self._transport = transport
        self._current = current

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Return what the transport below says."""
        return self._transport.get_extra_info(name, default)

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Stamp and keep the bytes, then write them."""
        tape = self._current()
        if tape is not None:
            tape.writing(bytes(data))
        self._transport.write(data)

    def close(self) -> None:
        """Stamp the end, then close."""
        self._end()
        self._transport.close()

    def abort(self) -> None:
        """Stamp the end, then abort."""
        self._end()
        self._transport.abort()

    def _end(self) -> None:
        tape = self._current()
        if tape is not None:
            tape.ending()

    def is_closing(self) -> bool:
        """Tell what the transport below says."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        """Pass it on."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Pass it on."""
        self._transport.resume_reading()


class Recording(HttpProtocol):
    """The server's HTTP/1.1, with a tape for each request."""

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
        self._number = 0
        self._turns = count(1)
        self._unanswered: deque[Tape] = deque()
        self._incoming: Tape | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Number the connection within its case."""
        self._number = next(self._recorder.connections)
        super().connection_made(transport)

    def wrap_transport(self, transport: asyncio.Transport) -> asyncio.Transport:
        """Listen in before anything is held back: what is stamped is never too late."""
        return Tap(transport, self._current)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stamp nothing more: an end that the client made is seen later than it was."""
        self._unanswered.clear()
        super().connection_lost(exc)

    def _current(self) -> Tape | None:
        return self._unanswered[0] if self._unanswered else None

    def on_message_begin(self) -> None:
        """Begin a tape: the first byte of a request line has been read."""
        tape = Tape(origin=self._origin(b""), connection=self._number, turn=next(self._turns))
        self._recorder.tapes.append(tape)
        self._unanswered.append(tape)
        self._incoming = tape
        super().on_message_begin()

    def on_url(self, url: bytes) -> None:
        """Keep the target as it was sent."""
        self._tape.target += url
        super().on_url(url)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep the header as it was spelled."""
        self._tape.headers.append((name, value))
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """Keep the scope, which will hold what the server notes."""
        tape = self._tape
        tape.method = self.parser.get_method().decode("ascii")
        tape.origin = self._origin(tape.header(b"host"))
        tape.scope = self.scope  # type: ignore[assignment] # a dict, by the name of a typed one
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Keep the body."""
        self._tape.reading(body)
        super().on_body(body)

    def on_response_complete(self) -> None:
        """End the tape of a whole answer."""
        tape = self._unanswered.popleft()
        tape.complete = True
        tape.ending()
        super().on_response_complete()

    @property
    def _tape(self) -> Tape:
        assert self._incoming is not None, "a message has begun"
        return self._incoming
