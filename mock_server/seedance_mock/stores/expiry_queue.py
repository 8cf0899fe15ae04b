"""When tasks end by the machine's clock, and a queue of tasks in that order."""

from __future__ import annotations

import heapq
import math

from seedance_mock.domain.clock import Timeline
from seedance_mock.domain.task import Task, end_time

ExpiryKey = tuple[float, float, float, int, str]
"""When a task ends, by the machine's clock and by its account's; when it was created; its id."""

MAX_STALE_ENTRIES = 64
"""How many outdated entries a short queue may have."""


def expiry_key(task: Task, timeline: Timeline) -> ExpiryKey | None:
    """Return when a task of an account on `timeline` ends, or None where time will not tell.

    Time does not tell where polls are the task's clock, or where the account's stands still.
    """
    at, end = timeline.machine_start, end_time(task)
    if timeline.rate:
        at += (end - timeline.account_start) / timeline.rate
    if at == math.inf or not (task.settled or _told(task, timeline, end)):
        return None
    return at, end, task.created, task.number, task.id


def _told(task: Task, timeline: Timeline, end: float) -> bool:
    """Tell whether a task has ended, or will if only time goes on."""
    if task.clock_by_polls or timeline.by_polls:
        return end <= task.created + task.poll_count
    return timeline.rate > 0 or end <= timeline.account_start


class ExpiryQueue:
    """Ids of tasks, the one that ends first in front.

    A change costs a step or two of a heap. What has become outdated stays in the heap until it
    comes to the front, or until it is most of it: then the heap is built anew, so that it is
    never much larger than what it holds, and each change still costs the same on average.
    """

    def __init__(self) -> None:
        self._heap: list[ExpiryKey] = []
        self._when: dict[str, ExpiryKey] = {}

    def put(self, task_id: str, at: ExpiryKey | None) -> None:
        """Put a task in its place, also one that is there already; None takes it out."""
        if at is None:
            self.drop(task_id)
            return
        before = self._when.get(task_id)
        if before == at:
            return
        self._when[task_id] = at
        heapq.heappush(self._heap, at)
        if before is not None:
            self._tidy()

    def drop(self, task_id: str) -> None:
        """Take a task out, wherever it stands."""
        self._when.pop(task_id, None)
        self._tidy()

    def first(self) -> list[ExpiryKey]:
        """Return when the first task ends, and its id; nothing where there is none."""
        while self._heap:
            at = self._heap[0]
            if self._when.get(at[-1]) == at:
                return [at]
            heapq.heappop(self._heap)
        return []

    def __len__(self) -> int:
        """Return how many entries the heap has, outdated ones too."""
        return len(self._heap)

    def clear(self) -> None:
        """Forget every task."""
        self._heap.clear()
        self._when.clear()

    def _tidy(self) -> None:
        if len(self._heap) > 2 * len(self._when) + MAX_STALE_ENTRIES:
            self._heap = list(self._when.values())
            heapq.heapify(self._heap)
