"""The mock in this process on a real port, for clients in any library or language.

with live_server() as server:
    requests.get(f"{server.url}/v1/models")
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, CancelledError, Future, wait
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass

from seedance_mock.server.run import (
    Server,
    close_all,
    listen_on_host,
    url_for,
    uvicorn_config,
)
from seedance_mock.settings import Settings
from seedance_mock.testing.control_client import Control
from seedance_mock.testing.fixtures import new_key
from seedance_mock.testing.in_process import InProcess


@dataclass(frozen=True, slots=True)
class LiveServer:
    """A server that accepts connections at `url`. `control` is its control API."""

    url: str
    control: Control

    def key(self, words: str = "") -> str:
        """Return a new API key. Its account behaves as `words` describe.

        Raises WordError for an unknown word.
        """
        return new_key(words)


@contextmanager
def live_server(
    settings: Settings | None = None,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    mock: InProcess | None = None,
) -> Iterator[LiveServer]:
    """Run a server in a thread until the block ends.

    Args:
        settings: the settings of a new mock; the defaults if None. A `mock` has its own.
        host: the address, or the name of a host, to listen on.
        port: the port; 0 means any free port.
        mock: the mock to serve; a new one if None.

    Raises OSError if the address is in use, and ValueError if both `settings` and `mock` are given.
    """
    if mock is not None and settings is not None:
        raise ValueError("the mock has settings already: give either settings or mock")
    if mock is not None:
        with _serve_in_thread(mock, host, port) as server:
            yield server
        return
    with InProcess(settings) as new_mock, _serve_in_thread(new_mock, host, port) as server:
        yield server


@contextmanager
def _serve_in_thread(mock: InProcess, host: str, port: int) -> Iterator[LiveServer]:
    ready: Future[None] = Future()
    server = Server(uvicorn_config(mock.app), lambda: ready.set_result(None))
    listeners = listen_on_host(host, port)
    with ExitStack() as cleanup:
        cleanup.callback(close_all, listeners)
        serving = mock.loop.submit(server.serve(listeners))
        # `serving` ends first if the start fails, and then `ready` never completes.
        wait([ready, serving], return_when=FIRST_COMPLETED)
        if serving.done():
            serving.result()
        process = os.getpid()
        try:
            url = url_for(listeners[0])
            yield LiveServer(url, Control(url))
        finally:
            # A forked child that leaves the block has no server, and would wait for ever.
            if os.getpid() == process:
                server.should_exit = True
                # The server has been cancelled if the mock was closed first, or the program exits.
                with suppress(CancelledError):
                    serving.result()
