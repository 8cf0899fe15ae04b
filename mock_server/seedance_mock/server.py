"""The real server: a socket, uvicorn, a ready line, a graceful stop."""

from __future__ import annotations

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

GRACE = 5
"""Seconds that running requests have to end once the server is told to stop."""

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


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 takes any free one. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=2048)


def url_of(listener: socket.socket) -> str:
    """Return the URL at which a client on this machine reaches `listener`."""
    host, port = listener.getsockname()[:2]
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name.strip("[]") else f"http://{name}:{port}"


def serve(app: ASGIApp, listener: socket.socket, ready: Ready) -> None:
    """Serve until SIGINT or SIGTERM, then finish what is under way and return."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE,
        lifespan="off",
    )
    previous = signal.signal(signal.SIGTERM, _stop)
    try:
        Server(config, ready).run([listener])
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
    print(line, flush=True)
    if ready_file is not None:
        # Renamed into place, so that whoever waits for the file never reads half of it.
        draft = ready_file.with_name(ready_file.name + ".part")
        draft.write_text(line + "\n")
        draft.replace(ready_file)


def log_to_stderr() -> None:
    """Send the access log, and what uvicorn complains about, to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    access = logging.getLogger("seedance_mock.access")
    access.addHandler(handler)
    access.setLevel(logging.INFO)
    access.propagate = False
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
