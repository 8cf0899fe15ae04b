"""Ctrl-C and SIGTERM during a run of server checks."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

# CI systems stop a job with either of them, and its partial report is wanted after both.
SIGNALS = (signal.SIGINT, signal.SIGTERM)


@dataclass(slots=True)
class Interruption:
    """Whether a signal has asked the run to end."""

    received: bool = False


@contextmanager
def interruptible() -> Iterator[Interruption]:
    """Let both signals raise KeyboardInterrupt, and record that one was received."""
    interruption = Interruption()

    def interrupt(number: int, frame: FrameType | None) -> None:
        # Python discards an exception in a callback of the garbage collector. Hypothesis has such a
        # callback, and a Ctrl-C that arrived in it was lost without the record.
        interruption.received = True
        raise KeyboardInterrupt

    previous = [signal.signal(number, interrupt) for number in SIGNALS]
    try:
        yield interruption
    finally:
        for number, handler in zip(SIGNALS, previous, strict=True):
            signal.signal(number, handler)
