"""Whether overlapping requests about one task can have happened one after the other.

The search is that of Wing and Gong, with a memo: histories are short, so brute force is enough.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

LATER = {
    "pending": ("pending", "processing", "completed", "failed"),
    "processing": ("processing", "completed", "failed"),
    "completed": ("completed",),
    "failed": ("failed",),
    "cancelled": ("cancelled",),
}
"""The states that a task can have come to by itself."""


@dataclass(frozen=True, slots=True)
class TimedOperation:
    """A request about a task, and what it was told: a state, or the status of a cancellation.

    `returned` is infinite where the answer was lost: then the request may have been carried out
    at any time since, or never.
    """

    kind: str
    result: str | int | None
    started_at: float
    finished_at: float = math.inf

    def __str__(self) -> str:
        """Show it in one line, times in milliseconds."""
        until = "…" if self.finished_at == math.inf else f"{self.finished_at * 1000:.1f}"
        told = "lost" if self.result is None else self.result
        return f"{self.kind} {self.started_at * 1000:.1f}-{until} ms: {told}"


def linearizable(history: Sequence[TimedOperation], start: str = "pending") -> bool:
    """Tell whether some order of the operations explains everything that was told.

    An operation that returned before another was invoked comes before it.
    """

    @cache
    def explains(left: frozenset[int], state: str) -> bool:
        if all(history[each].result is None for each in left):
            return True
        return any(
            explains(left - {each}, after)
            for each in _first(history, left)
            for after in _after(history[each], state)
        )

    return explains(frozenset(range(len(history))), start)


def _first(history: Sequence[TimedOperation], left: frozenset[int]) -> Iterator[int]:
    """Yield the operations that nothing else of those left must come before."""
    soonest = min(history[each].finished_at for each in left)
    return (each for each in left if history[each].started_at <= soonest)


def _after(operation: TimedOperation, state: str) -> Iterator[str]:
    """Yield the states in which an operation can leave a task that was in `state`."""
    apply = _cancel if operation.kind == "cancel" else _read
    if operation.result is None:
        yield state
    for reached in LATER[state]:
        yield from apply(operation, reached)


def _read(operation: TimedOperation, state: str) -> Iterator[str]:
    if operation.result in (None, state):
        yield state


def _cancel(operation: TimedOperation, state: str) -> Iterator[str]:
    waiting = state == "pending"
    if operation.result in (None, 200) and waiting:
        yield "cancelled"
    if operation.result in (None, 409) and not waiting:
        yield state
