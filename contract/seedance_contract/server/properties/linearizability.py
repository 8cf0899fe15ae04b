"""Whether overlapping requests can have happened one after the other.

The search is the one of Wing and Gong (Testing and Verifying Concurrent Objects, 1993), with
memoised states. A history has about six operations, so an exhaustive search is fast enough.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

StateT = TypeVar("StateT", bound=Hashable)

LATER_STATES = {
    "pending": ("pending", "processing", "completed", "failed"),
    "processing": ("processing", "completed", "failed"),
    "completed": ("completed",),
    "failed": ("failed",),
    "cancelled": ("cancelled",),
}
"""The states that a task can be in later if nobody cancels it, by its state now.

A cancelled task is a state of its own here, although the API shows it as failed: otherwise a
cancellation would look like a task that failed on its own.
"""


@dataclass(frozen=True, slots=True)
class TimedOperation:
    """A request and its result: what a read has shown, or the HTTP status of a change.

    Args:
        kind: what the request does, such as "read" or "cancel".
        result: None if the response was lost.
        started_at: seconds.
        finished_at: seconds. Infinite if the response was lost: the server may have carried out
            the request at any time since, or never.
        task_id: the task that the request is about, where a history has several.
    """

    kind: str
    result: object
    started_at: float
    finished_at: float = math.inf
    task_id: str = ""

    def __str__(self) -> str:
        """Return the operation in one line, with times in milliseconds."""
        end = "…" if self.finished_at == math.inf else f"{self.finished_at * 1000:.1f}"
        result = "lost" if self.result is None else self.result
        task = f" {self.task_id}" if self.task_id else ""
        return f"{self.kind}{task} {self.started_at * 1000:.1f}-{end} ms: {result}"


def linearizable(history: Sequence[TimedOperation], start: str = "pending") -> bool:
    """Return whether some order of the operations on a task explains all their results."""
    return has_linearization(history, start, _next_states)


def has_linearization(
    history: Sequence[TimedOperation],
    start: StateT,
    next_states: Callable[[TimedOperation, StateT], Iterator[StateT]],
) -> bool:
    """Return whether some order of the operations explains all their results.

    An operation that finished before another one started comes before it.

    Args:
        history: the operations, in any order.
        start: the state before the first operation.
        next_states: yields the states in which an operation can leave a state; none if its result
            is not possible there. If the result is None the operation was carried out: that it
            may not have been is considered here.
    """

    # Many orders of the same operations lead to the same state. Without the memo, ten overlapping
    # operations have 3.6 million orders; with it at most 2**10 sets of them are visited per state.
    @cache
    def is_explained(remaining: frozenset[int], state: StateT) -> bool:
        if all(history[index].result is None for index in remaining):
            # A lost request may never have been carried out, so nothing is left to explain.
            return True
        return any(
            is_explained(remaining - {index}, next_state)
            for index in _candidates(history, remaining)
            for next_state in next_states(history[index], state)
        )

    return is_explained(frozenset(range(len(history))), start)


def _candidates(history: Sequence[TimedOperation], remaining: frozenset[int]) -> Iterator[int]:
    """Yield the remaining operations that may come next."""
    first_end = min(history[index].finished_at for index in remaining)
    return (index for index in remaining if history[index].started_at <= first_end)


def _next_states(operation: TimedOperation, state: str) -> Iterator[str]:
    """Yield the states in which an operation can leave a task that was in `state`."""
    apply = _cancel if operation.kind == "cancel" else _read
    if operation.result is None:
        yield state
    for later_state in LATER_STATES[state]:
        yield from apply(operation, later_state)


def _read(operation: TimedOperation, state: str) -> Iterator[str]:
    if operation.result in (None, state):
        yield state


def _cancel(operation: TimedOperation, state: str) -> Iterator[str]:
    is_pending = state == "pending"
    if operation.result in (None, 200) and is_pending:
        yield "cancelled"
    if operation.result in (None, 409) and not is_pending:
        yield state
