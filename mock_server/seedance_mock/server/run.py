"""The server process: listening sockets, uvicorn, a graceful shutdown."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterable, Sequence
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from seedance_mock.server.descriptors import handle_loop_error
from seedance_mock.server.loop_lag import measure_loop_lag
from seedance_mock.server.protocol import HttpProtocol
from seedance_mock.settings import KEEP_ALIVE
from seedance_mock.web.app import MockApp

GRACE_SECONDS = 5.0
"""How long a shutdown waits for running requests."""

PARENT_INTERVAL = 0.1
"""How many seconds pass between two looks at the parent process."""

STOP_SIGNALS = signal.SIGINT, signal.SIGTERM
"""The signals that stop a server."""

MAX_PORT_CHOICES = 20
"""How many free ports are tried until one is free on every address."""

_NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)

GC_THRESHOLDS = 20_000, 10, 100
"""The thresholds of the garbage collector (see `gc.set_threshold`): it runs rarely.

Records are created in great numbers and never in reference cycles, so it would find nothing.
"""

Ready = Callable[[], None]


class Server(uvicorn.Server):
    """A uvicorn server that calls `ready` once it accepts connections.

    It stops when `parent`, the id of a process, is no longer the parent of this process. In the end
    it closes `owned_app`, unless the application is used by others too.
    """

    def __init__(
        self,
        config: uvicorn.Config,
        ready: Ready,
        parent: int | None = None,
        owned_app: MockApp | None = None,
    ) -> None:
        super().__init__(config)
        self._owned_app = owned_app
        self._ready = ready
        self._parent = parent
        self._background: list[asyncio.Task[None]] = []
        self._is_shut_down = False

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Run until a signal or `should_exit`."""
        try:
            # A signal may have come before there was a loop.
            if not self.should_exit:
                await super().serve(sockets)
        finally:
            # Uvicorn 0.40 returns at once after a signal during the start. Its listeners are then
            # still open, and uvloop waits for them for ever when it is closed.
            if self.started and not self._is_shut_down:
                await self.shutdown(sockets)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then call `ready`."""
        asyncio.get_running_loop().set_exception_handler(handle_loop_error)
        await super().startup(sockets)
        if self._parent is not None:
            self._background.append(asyncio.create_task(self._exit_with(self._parent)))
        app = self.config.app
        if isinstance(app, MockApp) and app.state.meters is not None:
            self._background.append(asyncio.create_task(measure_loop_lag(app.state.meters)))
        if isinstance(app, MockApp):
            app.state.callbacks.resume()
        self._ready()

    async def _exit_with(self, parent: int) -> None:
        # The system gives a process that has lost its parent another one. Linux could also send a
        # signal (prctl), but does so when the thread that started this process ends.
        while os.getppid() == parent:
            await asyncio.sleep(PARENT_INTERVAL)
        self.should_exit = True

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop, and abort the connections that are left after the grace period."""
        self._is_shut_down = True
        for task in self._background:
            task.cancel()
        timer = asyncio.get_running_loop().call_later(GRACE_SECONDS, self._abort_connections)
        await super().shutdown(sockets)
        timer.cancel()
        if self._owned_app is not None:
            await self._owned_app.close()

    def _abort_connections(self) -> None:
        # Uvicorn would cancel the tasks: that prints tracebacks, and sends a 500 that is not in
        # the error envelope. Every handler copes with a connection that ends.
        for connection in list(self.server_state.connections):
            connection.transport.abort()


def listen_on_host(host: str, port: int) -> list[socket.socket]:
    """Return a listening socket for each address of a host, all with the same port.

    Addresses that this machine does not have are left out, as long as one is left. Port 0 means
    any free port.

    Raises OSError. It is a `socket.gaierror` if `host` names no address; otherwise its `filename`
    is the address that is not available.
    """
    addresses = addresses_of(host)
    # The system chooses a free port for one address, and another program may have that port on
    # another address.
    choices = MAX_PORT_CHOICES if port == 0 else 1
    while True:
        try:
            return _listen_on_all(addresses, port)
        except OSError as error:
            choices -= 1
            if error.errno != errno.EADDRINUSE or choices == 0:
                raise


def _listen_on_all(addresses: Sequence[str], port: int) -> list[socket.socket]:
    listeners: list[socket.socket] = []
    missing: OSError | None = None
    for address in addresses:
        try:
            listeners.append(listen(address, port))
        except OSError as error:
            if error.errno not in _NO_SUCH_ADDRESS:
                close_all(listeners)
                raise
            missing = error
        else:
            port = listeners[0].getsockname()[1]
    if missing is not None and not listeners:
        raise missing
    return listeners


def addresses_of(host: str) -> list[str]:
    """Return the addresses to listen on for a host name or an address.

    Raises `socket.gaierror` if `host` names no address.
    """
    # Many systems know "localhost" as 127.0.0.1 only, while their clients (Node 17 to 19 among
    # them) try ::1 and nothing else.
    known = {"localhost": ["127.0.0.1", "::1"], "::": ["::", "0.0.0.0"]}.get(
        host.lower().rstrip(".")
    )
    if known is not None:
        return known
    try:
        found = socket.getaddrinfo(
            host or None, 0, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    except UnicodeError:
        raise socket.gaierror(socket.EAI_NONAME, "not a host name") from None
    return list(dict.fromkeys(str(address[0]) for *_, address in found))


def listen(address: str, port: int) -> socket.socket:
    """Return a listening socket on one address. Port 0 means any free port.

    A socket for an IPv6 address takes no IPv4 connections, not even for `::`.

    Raises OSError, with the address as its `filename`.
    """
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        listener = socket.create_server((address, port), family=family, backlog=2048)
    except OSError as error:
        # `create_server` repeats the address in its message, as a tuple.
        raise OSError(error.errno, os.strerror(error.errno or 0), address) from None
    # `create_server` leaves `proto` at 0. A socket made from its descriptor has IPPROTO_TCP, and
    # only then asyncio's own loop sets TCP_NODELAY: otherwise small responses wait 40 ms.
    return socket.socket(fileno=listener.detach())


def close_all(listeners: Iterable[socket.socket]) -> None:
    """Close all listening sockets."""
    for listener in listeners:
        listener.close()


def url_for(listener: socket.socket) -> str:
    """Return the URL at which a client on this machine reaches `listener`."""
    host, port = listener.getsockname()[:2]
    name = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


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


def serve(
    app: ASGIApp,
    listeners: Sequence[socket.socket],
    ready: Ready,
    *,
    keep_alive: int = KEEP_ALIVE,
    parent: int | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM, then let running requests end and return.

    Args:
        app: the application. The mock's own is closed at the end.
        listeners: the listening sockets. They are closed at the end.
        ready: called once the server accepts connections.
        keep_alive: after how many seconds an idle connection is closed.
        parent: the id of the parent process. The server stops too when this process has another
            parent. None if the parent does not matter.

    Raises what `ready` raises.
    """
    # Loaded modules are never garbage. Without `freeze` each full collection would traverse them.
    # No collection before it: that would take a twentieth of the start and find nothing.
    gc.freeze()
    gc.set_threshold(*GC_THRESHOLDS)
    owned_app = app if isinstance(app, MockApp) else None
    server = Server(uvicorn_config(app, keep_alive), ready, parent, owned_app)

    def stop(number: int, frame: FrameType | None) -> None:
        # An exception would leave the coroutine of a server that starts without anybody to await
        # it, and Python warns of that. Uvicorn has handlers of its own while it serves, and raises
        # the signal again once it has stopped.
        server.should_exit = True

    previous = [signal.signal(number, stop) for number in STOP_SIGNALS]
    try:
        server.run([*listeners])
    finally:
        for number, handler in zip(STOP_SIGNALS, previous, strict=True):
            signal.signal(number, handler)
        close_all(listeners)


def log_to_stderr() -> None:
    """Send the access log and all warnings to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(logging.Formatter("%(message)s"))
    access = logging.getLogger("seedance_mock.access")
    access.addHandler(handler)
    access.setLevel(logging.INFO)
    access.propagate = False
    logging.basicConfig(handlers=[handler], level=logging.WARNING)
