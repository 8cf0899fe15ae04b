"""The arena: a mock server for each case, all on one event loop."""

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
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.record import RecordedExchange
from seedance_contract.client.redaction import Secret
from seedance_contract.client.v3_checks import CALLBACKS, COST
from seedance_mock.arena.capture import recorded_exchange
from seedance_mock.arena.recording_protocol import Recorder, RecordingProtocol
from seedance_mock.arena.virtual_hosts import (
    API_HOST,
    OTHER_HOST,
    THIRD_HOSTS,
    ForeignHost,
    VirtualHosts,
    constant_origin,
    origin_at_api,
)
from seedance_mock.domain.v3.details import shown_id
from seedance_mock.server.protocol import HttpProtocol
from seedance_mock.server.run import listen, url_for, uvicorn_config
from seedance_mock.settings import Settings
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.testing.loop_thread import LoopThread
from seedance_mock.web.app import create_app
from seedance_mock.web.endpoints.assets import video_file

CLOSE_TIMEOUT = 2.0
"""Seconds to wait for the end of responses in progress after their connections were aborted."""

OriginFunction = Callable[[bytes], str]
"""Returns the origin of a request from its Host header."""


def load_config(app: ASGIApp) -> uvicorn.Config:
    """Return a loaded configuration for an application."""
    config = uvicorn_config(app)
    config.load()
    return config


async def serve_unrecorded(app: ASGIApp, listener: socket.socket) -> asyncio.Server:
    """Serve an application without a recording."""
    protocol = partial(HttpProtocol, load_config(app), ServerState(), {})
    return await asyncio.get_running_loop().create_server(protocol, sock=listener)


async def _close_server(server: asyncio.Server) -> None:
    server.close()


@dataclass(frozen=True, slots=True)
class Listeners:
    """The sockets of a case server. `third` is None if the system has no third host."""

    api: socket.socket
    local: socket.socket | None
    port: socket.socket
    third: socket.socket | None

    def url(self, host: str) -> str:
        """Return the URL of the API's port under a host name."""
        return f"http://{host}:{self.api.getsockname()[1]}"


def open_listeners() -> Listeners:
    """Return new listeners. Raises OSError."""
    api = listen(API_HOST, 0)
    # Where "localhost" means ::1 first, not every client tries 127.0.0.1 next.
    local = _listen_if_possible("::1", api.getsockname()[1])
    candidates = (_listen_if_possible(host, 0) for host in THIRD_HOSTS)
    third = next((listener for listener in candidates if listener is not None), None)
    return Listeners(api, local, listen(API_HOST, 0), third)


def _listen_if_possible(host: str, port: int) -> socket.socket | None:
    try:
        return listen(host, port)
    except OSError:
        return None


class MockCaseServer:
    """A mock server for one case. Its methods may be called from any thread."""

    # All servers share one event loop in one thread: a run has many cases at the same time, and
    # nearly all of them wait. A driver calls the methods from its own thread, so they send a
    # coroutine to the loop wherever they read what the loop changes.

    def __init__(self, loop: LoopThread, client_case: ClientCase, nonce: str, rate: float) -> None:
        self._loop = loop
        self._listeners = open_listeners()
        self._recorder = Recorder()
        self._state = ServerState()
        self._servers: list[asyncio.Server] = []
        self._store = MemoryStore(1000)
        # Timestamps of captures are monotonic. The clock of the mock is wall-clock time, because
        # the API shows it to the client.
        self._started, epoch = time.monotonic(), time.time()
        self._script = jobs.full_script(client_case)
        self.secret = Secret(jobs.api_key(client_case, nonce))
        self.base_url = self._listeners.url(API_HOST)
        clock = partial(_scaled_time, epoch, rate)
        self._app = create_app(self._settings(), clock=clock, store=self._store)
        loop.run(self._start(self._app))

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
            keyless_words=self._script,
        )

    async def _start(self, app: ASGIApp) -> None:
        served = (
            (self._listeners.api, VirtualHosts(app), origin_at_api),
            (self._listeners.local, VirtualHosts(app), origin_at_api),
            (self._listeners.port, ForeignHost(app), constant_origin("port")),
            (self._listeners.third, ForeignHost(app), constant_origin("third")),
        )
        for listener, host_app, origin in served:
            if listener is not None:
                await self._serve(listener, host_app, origin)

    async def _serve(self, listener: socket.socket, app: ASGIApp, origin: OriginFunction) -> None:
        protocol = partial(RecordingProtocol, self._recorder, origin, load_config(app), self._state)
        loop = asyncio.get_running_loop()
        self._servers.append(await loop.create_server(protocol, sock=listener))

    def start_clock(self) -> None:
        """Start to count the time of the case."""
        self._started = time.monotonic()

    def elapsed_seconds(self) -> float:
        """Return the real seconds since the case began."""
        return time.monotonic() - self._started

    def request_count(self) -> int:
        """Return the number of requests that have begun to arrive."""
        return len(self._recorder.captures)

    def exchanges(self) -> tuple[RecordedExchange, ...]:
        """Return the exchanges so far, with the API key redacted."""
        return self._loop.run(self._recorded_exchanges())

    async def _recorded_exchanges(self) -> tuple[RecordedExchange, ...]:
        # A capture without a method and a response is a request whose head has not arrived yet.
        captures = (
            capture for capture in self._recorder.captures if capture.method or capture.response
        )
        return tuple(recorded_exchange(capture, self.secret, self._started) for capture in captures)

    def facts(self) -> Mapping[str, Any]:
        """Return the tasks, their cost and callbacks, and the digest of the newest one's video."""
        tasks = self._loop.run(self._store.tasks())
        if not tasks:
            return {"tasks": 0}
        callbacks = self._loop.run(self._callbacks(tasks[0].owner))
        digest = hashlib.sha256()
        for segment in video_file(tasks[-1]).segments:
            digest.update(segment)
        return {
            "tasks": len(tasks),
            COST: str(sum(task.price for task in tasks)),
            "asset_sha256": digest.hexdigest(),
            **({CALLBACKS: callbacks} if callbacks else {}),
        }

    async def _callbacks(self, owner: str) -> list[dict[str, object]]:
        return [
            {
                "task_id": shown_id(task_callbacks.id),
                "status": delivery.status,
                "attempts": len(delivery.attempts),
            }
            for task_callbacks in await self._app.state.callbacks.of_account(owner)
            for delivery in task_callbacks.deliveries
        ]

    def close(self) -> None:
        """Stop listening, and abort all connections."""
        self._loop.run(self._stop())

    async def _stop(self) -> None:
        for server in self._servers:
            server.close()
        for connection in list(self._state.connections):
            connection.transport.abort()
        if self._state.tasks:
            await asyncio.wait(list(self._state.tasks), timeout=CLOSE_TIMEOUT)
        await self._app.state.callbacks.close()


def _scaled_time(epoch: float, rate: float) -> float:
    return epoch + (time.time() - epoch) * rate


class MockArena:
    """The arena of mock servers. Use it in a `with` statement."""

    def __enter__(self) -> Self:
        self._loop = LoopThread()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.close()

    @contextmanager
    def serve_unrecorded_app(self, app: ASGIApp, listener: socket.socket) -> Iterator[None]:
        """Serve another application beside the cases, without a recording."""
        server = self._loop.run(serve_unrecorded(app, listener))
        try:
            yield
        finally:
            self._loop.run(_close_server(server))

    def open(self, client_case: ClientCase, nonce: str, rate: float = 1.0) -> MockCaseServer:
        """Return a new server for a case. Raises OSError."""
        return MockCaseServer(self._loop, client_case, nonce, rate)
