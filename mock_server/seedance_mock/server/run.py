"""The server process: a listening socket, uvicorn, a ready line, a graceful shutdown."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import signal
import socket
import sys
from collections.abc import Callable
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from seedance_mock.server.protocol import HttpProtocol

GRACE_SECONDS = 5.0
"""How long a shutdown waits for running requests."""

GC_THRESHOLDS = 20_000, 10, 100
"""The thresholds of the garbage collector (see `gc.set_threshold`): it runs rarely.

Records are created in great numbers and never in reference cycles, so it would find nothing.
"""

Ready = Callable[[], None]


class Server(uvicorn.Server):
    """A uvicorn server that calls `ready` once it accepts connections."""

    def __init__(self, config: uvicorn.Config, ready: Ready) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then call `ready`."""
        await super().startup(sockets)
        self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, and abort the connections that are left after the grace period."""
        timer = asyncio.get_running_loop().call_later(GRACE_SECONDS, self._abort_connections)
        await super().shutdown(sockets)
        timer.cancel()

    def _abort_connections(self) -> None:
        # Uvicorn would cancel the tasks: that prints tracebacks, and sends a 500 that is not in
        # the error envelope. Every handler copes with a connection that ends.
        for connection in list(self.server_state.connections):
            connection.transport.abort()


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket. Port 0 means any free port.

    Raises OSError; it is a `socket.gaierror` if `host` names no address.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        # `create_server` raises the same error for a wrong name and for a port in use.
        socket.getaddrinfo(host or None, port, family, flags=socket.AI_PASSIVE)
    except UnicodeError:
        raise socket.gaierror(socket.EAI_NONAME, "not a host name") from None
    listener = socket.create_server((host, port), family=family, backlog=2048)
    # `create_server` leaves `proto` at 0. A socket made from its descriptor has IPPROTO_TCP, and
    # only then asyncio's own loop sets TCP_NODELAY: otherwise small responses wait 40 ms.
    return socket.socket(fileno=listener.detach())


def url_for(listener: socket.socket) -> str:
    """Return the URL at which a client on this machine reaches `listener`."""
    host, port = listener.getsockname()[:2]
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


KEEP_ALIVE = 5
"""How long an idle connection is kept open, in seconds: uvicorn's default."""


def uvicorn_config(app: ASGIApp, keep_alive: int = KEEP_ALIVE) -> uvicorn.Config:
    """Return uvicorn's configuration for the application.

    An idle connection is closed after `keep_alive` seconds.
    """
    return uvicorn.Config(
        app,
        http=HttpProtocol,
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
    """Serve until SIGINT or SIGTERM, then let running requests end and return."""
    # Loaded modules are never garbage. Without `freeze` each full collection would traverse them.
    # No collection before it: that would take a twentieth of the start and find nothing.
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    previous = signal.signal(signal.SIGTERM, _stop)
    try:
        Server(uvicorn_config(app), ready).run([listener])
    except (KeyboardInterrupt, SystemExit):
        # Uvicorn raises the signal again once it has stopped.
        pass
    finally:
        signal.signal(signal.SIGTERM, previous)


def _stop(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def announce(url: str, ready_file: Path | None) -> None:
    """Print the ready line, a JSON object, and write it to `ready_file` if there is one."""
    line = json.dumps({"ready": True, "url": url})
    if ready_file is not None:
        # Renamed into place, so that a reader never sees half of the line.
        draft = ready_file.with_name(ready_file.name + ".part")
        draft.write_text(line + "\n")
        draft.replace(ready_file)
    print(line, flush=True)


def log_to_stderr() -> None:
    """Send the access log and all warnings to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    access = logging.getLogger("seedance_mock.access")
    access.addHandler(handler)
    access.setLevel(logging.INFO)
    access.propagate = False
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
