"""The real server: a socket, uvicorn, a ready line, a graceful stop."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import signal
import socket
import sys
import time
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from types import FrameType

import httptools
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from seedance_contract.declared.errors import INVALID_REQUEST
from seedance_mock.joining import Joining
from seedance_mock.refusals import ApiError
from seedance_mock.web.answers import encoded
from seedance_mock.web.wire import WIRE, Wire

GRACE = 5.0
"""Seconds that running requests have to end once the server is told to stop."""

GARBAGE_AFTER = 20_000, 10, 100
"""How many more objects there are before the youngest are looked through for garbage, and how
often that is done before older ones are: seldom, as records are not in cycles."""

Ready = Callable[[], None]

MAX_HEAD = 64 * 1024
"""The most bytes that a request line and its headers may have."""

TOO_LARGE = "the head of the request is too large"

AGAIN = b"POST / HTTP/1.1\r\n%b\r\n"

_LENGTHS = (b"content-length", b"transfer-encoding")

_connections = count(1)


class Parser(httptools.HttpRequestParser):
    """Httptools' parser, going on where it would leave the connection to another protocol.

    HTTP lets a server ignore the wish for an upgrade, which some clients have always. Their
    request counts as it is, but httptools leaves its body unread.
    """

    def __init__(self, protocol: Protocol) -> None:
        super().__init__(protocol)
        self.set_dangerous_leniencies(lenient_data_after_close=True)  # as uvicorn's
        self._protocol = protocol

    def feed_data(self, data: bytes) -> None:  # type: ignore[override] # uvicorn has bytes
        """Read what came, all of it."""
        while data:
            try:
                super().feed_data(data)
                return
            except httptools.HttpParserUpgrade as upgrade:
                data = data[upgrade.args[0] :]
                if length := self._protocol.length():
                    self._protocol.reread(partial(super().feed_data, AGAIN % length))


class Protocol(HttpToolsProtocol):
    """Uvicorn's HTTP/1.1, giving each request the connection it came on.

    A head is measured only where it may be too large: where it came in several pieces, or in
    one that is larger than a head may be.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn's
        """Number the connection."""
        written = self.written(transport)
        super().connection_made(written)
        self._wire = Wire(written, next(_connections))
        self._extensions = {WIRE: self._wire}
        self._again = self._in_head = False
        self._piece = self._more = 0
        self.parser = Parser(self)

    def written(self, transport: asyncio.Transport) -> asyncio.Transport:
        """Return the transport that answers are written to, above the connection's own."""
        return Joining(transport)

    def data_received(self, data: bytes) -> None:
        """Read what came, unless it is a head without an end."""
        self._piece = len(data)
        if self._in_head:
            self._more += self._piece
        super().data_received(data)
        if self._in_head and self._more > MAX_HEAD and not self.transport.is_closing():
            self.send_400_response(TOO_LARGE)

    def on_message_begin(self) -> None:
        """Stamp the request, and put the connection into its scope."""
        if self._again:
            return
        super().on_message_begin()
        self._in_head, self._more = True, 0
        wire = self._wire
        wire.turn += 1
        wire.received = time.monotonic()
        self.scope["extensions"] = self._extensions  # type: ignore[typeddict-item] # ours

    def on_headers_complete(self) -> None:
        """Begin to answer."""
        if self._again:
            return
        self._in_head = False
        if (self._more or self._piece > MAX_HEAD) and self._head() > MAX_HEAD:
            raise ValueError(TOO_LARGE)
        super().on_headers_complete()

    def _head(self) -> int:
        """Return the size of the head that has come, in bytes."""
        return len(self.url) + sum(len(name) + len(value) for name, value in self.headers)

    def on_message_complete(self) -> None:
        """End the body, unless the parser has not read it yet."""
        if not (self.parser.should_upgrade() and self.length()):
            super().on_message_complete()

    def length(self) -> bytes:
        """Return the header lines that tell how long the body is; none where there is no body."""
        told = [line for line in self.headers if line[0] in _LENGTHS and line[1].strip(b" 0")]
        return b"".join(name + b": " + value + b"\r\n" for name, value in told)

    def reread(self, feed: Callable[[], None]) -> None:
        """Let the parser read a head of its own making, for the body that follows it."""
        known = len(self.headers)
        self._again = True
        feed()
        self._again = False
        del self.headers[known:]

    def send_400_response(self, msg: str) -> None:
        """Refuse what is not HTTP in the error body of the API."""
        body = encoded(ApiError(INVALID_REQUEST, msg).body("req_unread"))
        head = (
            "HTTP/1.1 400 Bad Request\r\ncontent-type: application/json\r\n"
            f"x-request-id: req_unread\r\nconnection: close\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        self.transport.write(head.encode() + body)
        self.transport.close()

    def shutdown(self) -> None:
        """Let a running request end, unless nobody can tell whether it ever would.

        So it is with an answer that is held back on purpose, and a body that has not all come.
        """
        if self._wire.held or self._comes():
            self.transport.abort()
        super().shutdown()

    def _comes(self) -> bool:
        """Tell whether a request is still on its way."""
        return self.cycle is not None and self.cycle.more_body and not self.cycle.response_complete


class Server(uvicorn.Server):
    """Uvicorn, calling `ready` once it accepts connections."""

    def __init__(self, config: uvicorn.Config, ready: Ready) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then say so."""
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, and after the grace break off whatever is left."""
        late = asyncio.get_running_loop().call_later(GRACE, self._break_off)
        await super().shutdown(sockets)
        late.cancel()

    def _break_off(self) -> None:
        # A connection that ends is something every handler knows; a cancelled task would print
        # a traceback, and answer what is no error body.
        for connection in list(self.server_state.connections):
            connection.transport.abort()


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes any free one.

    Raises OSError: a `socket.gaierror` where `host` names no address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # Asked first, as what `create_server` raises no longer tells a name from a port.
        socket.getaddrinfo(host or None, port, family, flags=socket.AI_PASSIVE)
    except UnicodeError:
        raise socket.gaierror(socket.EAI_NONAME, "no name of a host") from None
    made = socket.create_server((host, port), family=family, backlog=2048)
    # Made anew from its descriptor, the socket knows that it speaks TCP. Only then does asyncio's
    # own loop send small answers at once; else the second half of each waits 40 ms.
    return socket.socket(fileno=made.detach())


def url_of(listener: socket.socket) -> str:
    """Return the URL at which a client on this machine reaches `listener`."""
    host, port = listener.getsockname()[:2]
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


KEEP_ALIVE = 5
"""Seconds that an idle connection is kept, as uvicorn does."""


def config_of(app: ASGIApp, keep_alive: int = KEEP_ALIVE) -> uvicorn.Config:
    """Return how uvicorn serves the application; idle connections live `keep_alive` seconds."""
    return uvicorn.Config(
        app,
        http=Protocol,
        date_header=False,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=keep_alive,
        ws="none",
        lifespan="off",
    )


def serve(app: ASGIApp, listener: socket.socket, ready: Ready) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is under way and return."""
    # What was loaded stays: nobody need look through it for garbage again. Records are made
    # in great numbers and without cycles, so that looking often finds nothing.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_AFTER)
    previous = signal.signal(signal.SIGTERM, _stop)
    try:
        Server(config_of(app), ready).run([listener])
    except (KeyboardInterrupt, SystemExit):
        # Uvicorn raises the signal again when it has stopped; to stop was what it asked for.
        pass
    finally:
        signal.signal(signal.SIGTERM, previous)


def _stop(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def announce(url: str, ready_file: Path | None) -> None:
    """Print the ready line, one JSON object, and write it to `ready_file` too if there is one."""
    line = json.dumps({"ready": True, "url": url})
    if ready_file is not None:
        # Renamed into place, so that whoever waits for the file never reads half of it.
        draft = ready_file.with_name(ready_file.name + ".part")
        draft.write_text(line + "\n")
        draft.replace(ready_file)
    print(line, flush=True)


def log_to_stderr() -> None:
    """Send the access log, and what uvicorn complains about, to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    access = logging.getLogger("seedance_mock.access")
    access.addHandler(handler)
    access.setLevel(logging.INFO)
    access.propagate = False
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
