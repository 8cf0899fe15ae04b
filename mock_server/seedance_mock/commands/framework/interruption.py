"""Ctrl-C and SIGTERM during a run of a suite."""

from __future__ import annotations

import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor, wait
from threading import Event
from typing import TypeVar

POLL_SECONDS = 0.1
"""How long a signal may stay unnoticed."""

ResultT = TypeVar("ResultT")


def run_interruptible(work: Callable[[Event], ResultT]) -> tuple[ResultT, bool]:
    """Run `work` in a thread. Return its result, and whether SIGINT or SIGTERM interrupted it.

    A signal sets the event that `work` receives. `work` must then end early.
    """
    received: list[int] = []
    stop = Event()
    # SIGTERM counts as Ctrl-C: CI systems stop a job with either, its partial report is wanted
    # after both, and no client may outlive the kit. The handler only appends to a list: an
    # exception could leave a started client unknown or a lock held, or get lost in a callback of
    # the garbage collector, and Event.set takes a lock that the interrupted code may hold.
    signals = (signal.SIGINT, signal.SIGTERM)
    previous = [
        signal.signal(number, lambda number, frame: received.append(number)) for number in signals
    ]
    try:
        with ThreadPoolExecutor(1, "kit") as pool:
            future = pool.submit(work, stop)
            while wait([future], POLL_SECONDS).not_done:
                if received:
                    stop.set()
    finally:
        for number, handler in zip(signals, previous, strict=True):
            signal.signal(number, handler)
    return future.result(), bool(received)
