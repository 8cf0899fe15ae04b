"""Stages for clients, over mock servers of their own, all on one event loop."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Self

import uvicorn
from starlette.types import ASGIApp
from uvicorn.server import ServerState

from seedance_contract.client import jobs
from seedance_contract.client.record import Exchange
from seedance_contract.client.redaction import Secret
from seedance_contract.client.scene import Scene
from seedance_mock.arena.capture import exchange
from seedance_mock.arena.recording_protocol import Recorder, Recording
from seedance_mock.arena.virtual_hosts import (
    API_HOST,
    OTHER_HOST,
    THIRD_HOSTS,
    Doors,
    Foreign,
    always,
    origin_at_api,
)
from seedance_mock.server.protocol import HttpProtocol
from seedance_mock.server.run import listen, url_for, uvicorn_config
from seedance_mock.settings import Settings
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.testing.loop_thread import LoopThread
from seedance_mock.web.app import create_app
from seedance_mock.web.endpoints.assets import video_file

KEEP_ALIVE = 75
"""Seconds that an idle connection is kept. A client that polls every 5 s must not meet its end."""

CLOSING = 2.0
"""Seconds that the answers under way have to notice that their connections have ended."""

Origin = Callable[[bytes], str]


def configured(app: ASGIApp) -> uvicorn.Config:
    """Return how an application is served, loaded."""
    config = uvicorn_config(app, keep_alive=KEEP_ALIVE)
    config.load()
    return config


async def serve(app: ASGIApp, listener: socket.socket) -> asyncio.Server:
    """Serve an application without recording it."""
    protocol = partial(HttpProtocol, configured(app), ServerState(), {})
    return await asyncio.get_running_loop().create_server(protocol, sock=listener)


async def _closed(server: asyncio.Server) -> None:
    server.close()


@dataclass(frozen=True, slots=True)
class Listeners:
    """The sockets of a stage. `third` is None where the system has no third host."""

    api: socket.socket
    local: socket.socket | None
    port: socket.socket
    third: socket.socket | None

    def url(self, host: str) -> str:
        """Return the URL of the API's port under a host name."""
        return f"http://{host}:{self.api.getsockname()[1]}"


def opened() -> Listeners:
    """Return fresh listeners. Raises OSError."""
    api = listen(API_HOST, 0)
    # Where "localhost" means ::1 first, not every client tries 127.0.0.1 next.
    local = _bound("::1", api.getsockname()[1])
    thirds = (_bound(host, 0) for host in THIRD_HOSTS)
    third = next((one for one in thirds if one is not None), None)
    return Listeners(api, local, listen(API_HOST, 0), third)


def _bound(host: str, port: int) -> socket.socket | None:
    try:
        return listen(host, port)
    except OSError:
        return None


class MockStage:
    """A mock server for one case. Its methods may be called from any thread."""

    def __init__(self, loop: LoopThread, scene: Scene, nonce: str, rate: float) -> None:
        self._loop = loop
        self._listeners = opened()
        self._recorder = Recorder()
        self._state = ServerState()
        self._servers: list[asyncio.Server] = []
        self._store = MemoryStore(1000)
        self._began, self._epoch = time.monotonic(), time.time()
        self._words = jobs.words(scene)
        self.secret = Secret(jobs.key(scene, nonce))
        self.base_url = self._listeners.url(API_HOST)
        clock = partial(_moment, self._epoch, rate)
        app = create_app(self._settings(), clock=clock, store=self._store)
        loop.run(self._start(app))

    def _settings(self) -> Settings:
        third = self._listeners.third
        return Settings(
            keys=frozenset({self.secret.key}),
            control=False,
            journal=0,
            redirect_origins={
                "host": self._listeners.url(OTHER_HOST),
                "port": url_for(self._listeners.port),
                **({} if third is None else {"third": url_for(third)}),
            },
            keyless_words=self._words,
        )

    async def _start(self, app: ASGIApp) -> None:
        doors = (
            (self._listeners.api, Doors(app), origin_at_api),
            (self._listeners.local, Doors(app), origin_at_api),
            (self._listeners.port, Foreign(app), always("port")),
            (self._listeners.third, Foreign(app), always("third")),
        )
        for listener, behind, origin in doors:
            if listener is not None:
                await self._open(listener, behind, origin)

    async def _open(self, listener: socket.socket, app: ASGIApp, origin: Origin) -> None:
        protocol = partial(Recording, self._recorder, origin, configured(app), self._state)
        loop = asyncio.get_running_loop()
        self._servers.append(await loop.create_server(protocol, sock=listener))

    def begin(self) -> None:
        """Count the time from now on: the client starts."""
        self._began = time.monotonic()

    def seconds(self) -> float:
        """Return the real seconds since the case began."""
        return time.monotonic() - self._began

    def seen(self) -> int:
        """Return how many requests have begun to come."""
        return len(self._recorder.tapes)

    def exchanges(self) -> tuple[Exchange, ...]:
        """Return what came and what was answered so far, without the key."""
        return self._loop.run(self._told())

    async def _told(self) -> tuple[Exchange, ...]:
        heard = (tape for tape in self._recorder.tapes if tape.method or tape.answer)
        return tuple(exchange(tape, self.secret, self._began) for tape in heard)

    def facts(self) -> Mapping[str, Any]:
        """Return how many tasks there are, and the digest of the newest one's video."""
        tasks = self._loop.run(self._store.tasks())
        if not tasks:
            return {"tasks": 0}
        video = video_file(tasks[-1]).read_bytes()
        return {"tasks": len(tasks), "asset_sha256": hashlib.sha256(video).hexdigest()}

    def close(self) -> None:
        """Stop listening, and break off what is under way."""
        self._loop.run(self._stop())

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        for connection in list(self._state.connections):
            connection.transport.abort()
        if self._state.tasks:
            await asyncio.wait(list(self._state.tasks), timeout=CLOSING)


def _moment(epoch: float, rate: float) -> float:
    return epoch + (time.time() - epoch) * rate


class MockArena:
    """The arena over the mock. Use it in a `with` statement."""

    def __enter__(self) -> Self:
        self._loop = LoopThread()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.close()

    @contextmanager
    def serving(self, app: ASGIApp, listener: socket.socket) -> Iterator[None]:
        """Serve another application beside the stages."""
        server = self._loop.run(serve(app, listener))
        try:
            yield
        finally:
            self._loop.run(_closed(server))

    def open(self, scene: Scene, nonce: str, rate: float = 1.0) -> MockStage:
        """Return a fresh stage for a scene. Raises OSError."""
        return MockStage(self._loop, scene, nonce, rate)
