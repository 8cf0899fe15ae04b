"""Several processes that serve on the same sockets and share a store."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import socket
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from functools import partial
from multiprocessing.connection import Connection, wait
from multiprocessing.context import SpawnProcess
from pathlib import Path
from types import FrameType

from seedance_mock.domain.clock import monotonic
from seedance_mock.server.run import STOP_SIGNALS, Ready, close_all, log_to_stderr, serve
from seedance_mock.settings import Settings
from seedance_mock.stores.access import Access
from seedance_mock.stores.errors import StoreError
from seedance_mock.stores.urls import open_store
from seedance_mock.web.app import create_app

logger = logging.getLogger("seedance_mock.server")

POLL_SECONDS = 0.1
"""Seconds between two polls of the parent process, the workers and received signals."""

STOP_SECONDS = 15.0
"""Seconds that the workers have to end. Then they are killed."""

MAX_FAILED_STARTS = 3
"""How many workers may end before they serve, one after the other, until a start is given up."""

RESTART_PAUSES = (0.5, 10.0)
"""The shortest and the longest pause before a start that follows a failed one, in seconds.

It doubles with each failure. The longest one is how long a worker may be missing after the store
has come back.
"""


class WorkersFailedError(Exception):
    """The workers cannot be started. The message says why."""


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

    def poll(self) -> None:
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


class _WorkerSlot:
    """A slot for a worker, in which one follows the other.

    Args:
        start: starts a worker.
    """

    def __init__(self, start: Callable[[], _Worker]) -> None:
        self._start = start
        self._pause = 0.0
        self._next_start = 0.0
        self.worker: _Worker | None = start()

    @property
    def serves(self) -> bool:
        """Whether there is a worker, and it serves."""
        return self.worker is not None and self.worker.serves

    def poll(self) -> None:
        """Note whether the worker serves by now, or start one if its pause is over."""
        if self.worker is not None:
            self.worker.poll()
        elif monotonic() >= self._next_start:
            self.worker = self._start()

    def remove_worker(self) -> float:
        """Remove a worker that has ended, and return the seconds until the next one starts.

        A worker that has served is replaced at once. One that has not would most probably fail
        again: the store is gone, or the file is damaged.
        """
        assert self.worker is not None, "a worker has ended"
        shortest, longest = RESTART_PAUSES
        has_served = self.worker.serves
        self._pause = 0.0 if has_served else min(max(2 * self._pause, shortest), longest)
        self._next_start = monotonic() + self._pause
        self.worker.stop(0)
        self.worker = None
        return self._pause


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

    Before all of them have served, a few failed starts end the server: a choice is wrong. After
    that they are repeated for as long as it takes, because the other workers may still serve.
    A store in a file must have been opened before: workers create none.

    The other arguments are those of `run.serve`. Raises what `ready` raises, and
    WorkersFailedError.
    """
    received: list[int] = []

    def stop(number: int, frame: FrameType | None) -> None:
        received.append(number)

    previous = [signal.signal(number, stop) for number in STOP_SIGNALS]
    slots: list[_WorkerSlot] = []
    cleanup = ExitStack()
    try:
        metrics_folder = _metrics_folder(cleanup) if settings.metrics else None
        start = partial(_Worker, settings, listeners, keep_alive, metrics_folder)
        for _ in range(count):
            # One by one, so that those before one that cannot be started are ended.
            slots.append(_WorkerSlot(start))
        _supervise(slots, ready, parent, received)
    finally:
        workers = _workers(slots)
        for worker in workers:
            worker.process.terminate()
        for worker in workers:
            worker.stop(STOP_SECONDS)
        for number, handler in zip(STOP_SIGNALS, previous, strict=True):
            signal.signal(number, handler)
        close_all(listeners)
        cleanup.close()


def _metrics_folder(cleanup: ExitStack) -> Path:
    """Return a new folder in which workers share their counts."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="seedance-mock-metrics-")
    except OSError:
        raise WorkersFailedError(
            "no temporary folder can be written, in which workers share their metrics: name one in"
            " TMPDIR, or leave out --metrics"
        ) from None
    return Path(cleanup.enter_context(folder))


def _workers(slots: Iterable[_WorkerSlot]) -> list[_Worker]:
    return [slot.worker for slot in slots if slot.worker is not None]


def _supervise(
    slots: Sequence[_WorkerSlot], ready: Ready, parent: int | None, received: Sequence[int]
) -> None:
    """Replace workers that end, until a signal is received or the parent is gone."""
    is_announced, failed_starts = False, 0
    while not received and parent in (None, os.getppid()):
        sentinels = [worker.process.sentinel for worker in _workers(slots)]
        if sentinels:
            wait(sentinels, POLL_SECONDS)
        else:
            # On Windows `wait` returns at once if it has nothing to wait for.
            time.sleep(POLL_SECONDS)
        for slot in slots:
            slot.poll()
            worker = slot.worker
            if worker is None or worker.process.is_alive() or received:
                continue
            failed_starts = 0 if worker.serves else failed_starts + 1
            if not is_announced and failed_starts == MAX_FAILED_STARTS:
                raise WorkersFailedError(
                    "the workers end before they serve; see their messages above"
                )
            pause = slot.remove_worker()
            when = f" in {pause:g} s" if pause else ""
            logger.warning("A worker has ended and is replaced%s.", when)
        if not is_announced and all(slot.serves for slot in slots):
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
        app = create_app(settings, store=open_store(settings, Access.JOIN))
    except StoreError as error:
        logger.error("A worker cannot open the store: %s.", error)
        return
    if metrics_folder is not None:
        app.state.meters.share_in(metrics_folder)
    # Without the supervisor nobody could stop this process any more.
    serve(app, listeners, lambda: ready.send(True), keep_alive=keep_alive, parent=os.getppid())
