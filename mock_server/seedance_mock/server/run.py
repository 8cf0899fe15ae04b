"""The real server: a socket, uvicorn, a ready line, a graceful stop."""

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
"""Seconds that running requests have to end once the server is told to stop."""

GC_THRESHOLDS = 20_000, 10, 100
"""How many more objects there are before the youngest are looked through for garbage, and how
often that is done before older ones are: seldom, as records are not in cycles."""

Ready = Callable[[], None]


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
        late = asyncio.get_running_loop().call_later(GRACE_SECONDS, self._break_off)
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


def url_for(listener: socket.socket) -> str:
    """Return the URL at which a client on this machine reaches `listener`."""
    host, port = listener.getsockname()[:2]
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


KEEP_ALIVE = 5
"""Seconds that an idle connection is kept, as uvicorn does."""


def uvicorn_config(app: ASGIApp, keep_alive: int = KEEP_ALIVE) -> uvicorn.Config:
    """Return how uvicorn serves the application; idle connections live `keep_alive` seconds."""
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
    """Serve until SIGINT or SIGTERM, then finish what is under way and return."""
    # What was loaded stays: nobody need look through it for garbage, not even once, which would be
    # a twentieth of the start. Records are made in great numbers and without cycles, so that
    # looking often finds nothing.
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    previous = signal.signal(signal.SIGTERM, _stop)
    try:
        Server(uvicorn_config(app), ready).run([listener])
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
