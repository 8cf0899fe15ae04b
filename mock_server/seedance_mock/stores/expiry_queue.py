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
    if at == math.inf or not (task.is_settled or _ends_on_its_own(task, timeline, end)):
        return None
    return at, end, task.created, task.number, task.id


def _ends_on_its_own(task: Task, timeline: Timeline, end: float) -> bool:
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
        self._keys: dict[str, ExpiryKey] = {}

    def put(self, task_id: str, key: ExpiryKey | None) -> None:
        """Put a task in its place, also one that is there already; None takes it out."""
        if key is None:
            self.drop(task_id)
            return
        before = self._keys.get(task_id)
        if before == key:
            return
        self._keys[task_id] = key
        heapq.heappush(self._heap, key)
        if before is not None:
            self._compact()

    def drop(self, task_id: str) -> None:
        """Take a task out, wherever it stands."""
        self._keys.pop(task_id, None)
        self._compact()

    def first(self) -> list[ExpiryKey]:
        """Return when the first task ends, and its id; nothing where there is none."""
        while self._heap:
            at = self._heap[0]
            if self._keys.get(at[-1]) == at:
                return [at]
            heapq.heappop(self._heap)
        return []

    def __len__(self) -> int:
        """Return how many entries the heap has, outdated ones too."""
        return len(self._heap)

    def clear(self) -> None:
        """Forget every task."""
        self._heap.clear()
        self._keys.clear()

    def _compact(self) -> None:
        if len(self._heap) > 2 * len(self._keys) + MAX_STALE_ENTRIES:
            self._heap = list(self._keys.values())
            heapq.heapify(self._heap)
