"""Several processes that serve on the same sockets and share a store."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import tempfile
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import FrameType

from seedance_mock.server.run import Ready, close_all, log_to_stderr, serve
from seedance_mock.settings import Settings
from seedance_mock.stores.errors import StoreError
from seedance_mock.web.app import create_app

logger = logging.getLogger("seedance_mock.server")

LOOK_SECONDS = 0.1
"""Seconds between two looks at the parent process and at signals."""

STOP_SECONDS = 15.0
"""Seconds that the workers have to end. Then they are killed."""

MAX_FAILED_STARTS = 3
"""How many workers may end before they serve, one after the other, until the server gives up."""


class WorkersFailedError(Exception):
    """The workers end before they serve."""


# `spawn`, because a forked child would share the locks and the threads of libraries as they were.
_context = multiprocessing.get_context("spawn")


class _Worker:
    """A process that serves, and the pipe through which it says that it does."""

    def __init__(
        self,
        settings: Settings,
        listeners: Sequence[socket.socket],
        keep_alive: int,
        metrics_folder: Path | None,
    ) -> None:
        self._ready, ready = _context.Pipe(duplex=False)
        self.serves = False
        self.process: SpawnProcess = _context.Process(
            target=_run_worker, args=(settings, [*listeners], keep_alive, metrics_folder, ready)
        )
        self.process.start()
        # The other end belongs to the worker: without it here, its end is seen as the end of file.
        ready.close()

    def look(self) -> None:
        """Note whether the worker serves by now."""
        if not self.serves and self._ready.poll():
            try:
                self._ready.recv()
            except EOFError:
                return
            self.serves = True

    def stop(self, seconds: float) -> None:
        """Wait for the end of the worker, and kill it after `seconds`."""
        self.process.join(seconds)
        if self.process.is_alive():
            self.process.kill()
            self.process.join()
        self._ready.close()


def serve_with_workers(
    settings: Settings,
    listeners: Sequence[socket.socket],
    ready: Ready,
    *,
    count: int,
    keep_alive: int,
    parent: int | None = None,
) -> None:
    """Serve with `count` processes until SIGINT or SIGTERM. A worker that ends is replaced.

    The other arguments are those of `run.serve`. Raises what `ready` raises, and
    WorkersFailedError.
    """
    received: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        received.append(number)

    signals = (signal.SIGINT, signal.SIGTERM)
    previous = [signal.signal(number, stop) for number in signals]
    workers: list[_Worker] = []
    cleanup = ExitStack()
    metrics_folder = _metrics_folder(cleanup) if settings.metrics else None
    start = partial(_Worker, settings, listeners, keep_alive, metrics_folder)
    try:
        workers += [start() for _ in range(count)]
        _supervise(workers, start, ready, parent, received)
    finally:
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            worker.stop(STOP_SECONDS)
        for number, handler in zip(signals, previous, strict=True):
            signal.signal(number, handler)
        close_all(listeners)
        cleanup.close()


def _metrics_folder(cleanup: ExitStack) -> Path:
    """Return a new folder in which workers share their counts."""
    folder = tempfile.TemporaryDirectory(prefix="seedance-mock-metrics-")
    return Path(cleanup.enter_context(folder))


def _supervise(
    workers: list[_Worker],
    start: Callable[[], _Worker],
    ready: Ready,
    parent: int | None,
    received: Sequence[int],
) -> None:
    """Replace workers that end, until a signal is received or the parent is gone."""
    is_announced, failed_starts = False, 0
    while not received and parent in (None, os.getppid()):
        wait([worker.process.sentinel for worker in workers], LOOK_SECONDS)
        for number, worker in enumerate(workers):
            worker.look()
            if worker.process.is_alive() or received:
                continue
            failed_starts = 0 if worker.serves else failed_starts + 1
            if failed_starts == MAX_FAILED_STARTS:
                raise WorkersFailedError
            logger.warning("A worker has ended and is replaced.")
            worker.stop(0)
            workers[number] = start()
        if not is_announced and all(worker.serves for worker in workers):
            is_announced = True
            ready()


def _run_worker(
    settings: Settings,
    listeners: list[socket.socket],
    keep_alive: int,
    metrics_folder: Path | None,
    ready: Connection,
) -> None:
    """Serve in this process."""
    log_to_stderr()
    try:
        app = create_app(settings)
    except StoreError as error:
        logger.error("A worker cannot open the store: %s.", error)
        return
    if metrics_folder is not None:
        app.state.meters.share_in(metrics_folder)
    # Without the supervisor nobody could stop this process any more.
    serve(app, listeners, lambda: ready.send(True), keep_alive=keep_alive, parent=os.getppid())
