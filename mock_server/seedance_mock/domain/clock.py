"""Clocks, and the timeline that gives each account a time of its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from email.utils import formatdate
from functools import partial

Clock = Callable[[], float]
"""A function that returns the seconds since the Unix epoch."""

# freezegun replaces `time.monotonic` and every module attribute that refers to it, also in modules
# that are imported while the time is frozen. It does not replace `clock_gettime`, which Windows
# lacks; nor a function inside a partial, which is no attribute of a module. The clocks are those
# behind `time.monotonic`: CLOCK_UPTIME_RAW on macOS, CLOCK_MONOTONIC elsewhere.
monotonic: Callable[[], float] = (
    partial(time.clock_gettime, getattr(time, "CLOCK_UPTIME_RAW", time.CLOCK_MONOTONIC))
    if hasattr(time, "clock_gettime")
    else partial(time.monotonic)
)
"""Return the seconds of the monotonic clock, also in a test that freezes the time.

Timers, delays and the times of the journal need it: on a frozen clock no timer is ever due.
"""

_INSPECTED_FRAMES = 5
"""How many callers of a frozen function freezegun looks at (`call_stack_inspection_limit`)."""


def wall_time(frames: int = _INSPECTED_FRAMES) -> float:
    """Return the time in seconds since the Unix epoch, as the test sees it.

    This is the frozen time in a test that freezes the time. Unlike a reference to `time.time` it
    does not depend on whether this module was imported before.
    """
    # freezegun returns the real time if one of the innermost callers belongs to a module that is
    # to be ignored. By default that is `threading`, and many tests add `asyncio`. Both call this
    # program, from a distance that differs between a request and the next. With these calls in
    # between, the time is the real one only where a test ignores `seedance_mock`.
    return wall_time(frames - 1) if frames else time.time()


# `datetime` and HTTP dates end with the year 9999. Without this limit an account on `x99999`,
# or one that a test advances far enough, reaches a time that no date can show.
MAX_TIMESTAMP = 253_402_300_799.0
"""The last second of the year 9999."""


def http_date(second: float) -> str:
    """Return a time in seconds since the Unix epoch as an HTTP date, the last one at most.

    Any time after that of a clock can be too late: that of a retry, or of a task whose clock is
    its polls.
    """
    return formatdate(min(second, MAX_TIMESTAMP), usegmt=True)


class ManualClock:
    """A clock that stands still until `advance` is called."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._now = now

    def __call__(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock forward. Raises ValueError if `seconds` is negative."""
        if seconds < 0:
            raise ValueError(f"a clock goes forward only, not by {seconds} s")
        self._now += seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """How an account's time follows the machine's clock.

    The account's time is `account_start` when the machine's clock shows `machine_start`, and
    advances by `rate` seconds for each second of the machine. A rate of 0 is a frozen clock.
    With `by_polls` the clock is frozen too, and each poll of a task counts as one second for
    that task. Both starts are in seconds since the Unix epoch.
    """

    machine_start: float = 0.0
    account_start: float = 0.0
    rate: float = 1.0
    by_polls: bool = False


REAL_TIME = Timeline()
"""The timeline of an account that follows the machine's clock."""


def account_time(timeline: Timeline, now: float) -> float:
    """Return the account's time when the machine's clock shows `now`, at most `MAX_TIMESTAMP`."""
    elapsed = (now - timeline.machine_start) * timeline.rate
    return min(timeline.account_start + elapsed, MAX_TIMESTAMP)


def with_advance(timeline: Timeline, seconds: float) -> Timeline:
    """Return the timeline advanced by `seconds` of the account's time.

    Raises ValueError if `seconds` is negative.
    """
    if seconds < 0:
        raise ValueError(f"an account's time goes forward only, not by {seconds} s")
    return replace(timeline, account_start=timeline.account_start + seconds)


def with_mode(timeline: Timeline, mode: str, now: float) -> Timeline:
    """Return the timeline in another mode from `now` on, without a jump in the account's time.

    `mode` is `real`, `frozen`, `polls`, or `x` and a factor such as `x20`.
    """
    # The timeline starts at the current time of the account, so that no time is lost or repeated.
    rates = {"real": 1.0, "frozen": 0.0, "polls": 0.0}
    rate = rates[mode] if mode in rates else float(mode.removeprefix("x"))
    start = account_time(timeline, now)
    return Timeline(machine_start=now, account_start=start, rate=rate, by_polls=mode == "polls")


def mode_name(timeline: Timeline) -> str:
    """Return the name of the timeline's mode, as `with_mode` takes it."""
    if timeline.by_polls:
        return "polls"
    return {0.0: "frozen", 1.0: "real"}.get(timeline.rate, f"x{timeline.rate:g}")
