"""The mock in this process on a real port, for clients of every kind and language.

with live_server() as server:
    requests.get(f"{server.url}/v1/models")
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import dataclass

from seedance_mock.server.run import Server, listen, url_for, uvicorn_config
from seedance_mock.settings import Settings
from seedance_mock.testing.control_client import Control
from seedance_mock.testing.fixtures import new_key
from seedance_mock.testing.in_process import InProcess


@dataclass(frozen=True, slots=True)
class LiveServer:
    """A server that accepts connections at `url`; `control` takes it in hand."""

    url: str
    control: Control

    def key(self, words: str = "") -> str:
        """Return a new API key with its own account, which behaves as `words` say.

        Raises WordError for a word that means nothing.
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
    """Serve until the block ends, from a thread.

    Args:
        settings: the choices; the defaults where None.
        host: the address to listen on.
        port: the port; 0 takes any free one.
        mock: what answers; a fresh one of these `settings` where None.

    Raises OSError where the address is taken.
    """
    if mock is not None:
        with _served(mock, host, port) as server:
            yield server
        return
    with InProcess(settings) as fresh, _served(fresh, host, port) as server:
        yield server


@contextmanager
def _served(mock: InProcess, host: str, port: int) -> Iterator[LiveServer]:
    ready: Future[None] = Future()
    server = Server(uvicorn_config(mock.app), lambda: ready.set_result(None))
    with listen(host, port) as listener:
        serving = mock.loop.start(server.serve([listener]))
        wait([ready, serving], return_when=FIRST_COMPLETED)
        try:
            url = url_for(listener)
            yield LiveServer(url, Control(url))
        finally:
            server.should_exit = True
            serving.result()
