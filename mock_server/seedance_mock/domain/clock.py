"""Time: the clock of the machine, and the timeline of an account, which follows it or not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

Clock = Callable[[], float]
"""Anything that, called, gives the seconds since the Unix epoch."""


MAX_TIMESTAMP = 253_402_300_799.0
"""The last second of the year 9999: dates know no later one."""


class ManualClock:
    """A clock that stands still until somebody advances it."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._now = now

    def __call__(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Go forward. Raises ValueError for a step back: time has no such direction."""
        if seconds < 0:
            raise ValueError(f"a clock goes forward only, not by {seconds} s")
        self._now += seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """How an account's time follows the machine's: from `began`, at `rate`, starting at `start`.

    A rate of 0 stands still. With `by_polls` it stands still too, and each poll of a task is
    worth one second to that task. All times are seconds since the Unix epoch.
    """

    machine_start: float = 0.0
    account_start: float = 0.0
    rate: float = 1.0
    by_polls: bool = False


REAL_TIME = Timeline()
"""The account's time is the machine's."""


def account_time(timeline: Timeline, now: float) -> float:
    """Return the account's time when the machine's clock shows `now`, at most `LATEST`."""
    return min(
        timeline.account_start + (now - timeline.machine_start) * timeline.rate, MAX_TIMESTAMP
    )


def with_advance(timeline: Timeline, seconds: float) -> Timeline:
    """Return the timeline moved on by `seconds` of the account's time.

    Raises ValueError for a step back.
    """
    if seconds < 0:
        raise ValueError(f"an account's time goes forward only, not by {seconds} s")
    return replace(timeline, account_start=timeline.account_start + seconds)


def with_mode(timeline: Timeline, mode: str, now: float) -> Timeline:
    """Return the timeline in another mode from now on: real, frozen, polls or x and a factor.

    It goes on from where it stands, so that no time is lost or lived twice.
    """
    rates = {"real": 1.0, "frozen": 0.0, "polls": 0.0}
    rate = rates[mode] if mode in rates else float(mode.removeprefix("x"))
    start = account_time(timeline, now)
    return Timeline(machine_start=now, account_start=start, rate=rate, by_polls=mode == "polls")


def mode_name(timeline: Timeline) -> str:
    """Return the name of the timeline's mode."""
    if timeline.by_polls:
        return "polls"
    return {0.0: "frozen", 1.0: "real"}.get(timeline.rate, f"x{timeline.rate:g}")
