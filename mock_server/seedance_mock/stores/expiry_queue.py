"""A queue of tasks in the order in which they end by the machine's clock."""

from __future__ import annotations

import heapq
import math

from seedance_mock.domain.clock import Timeline
from seedance_mock.domain.task import Task, end_time

ExpiryKey = tuple[float, float, float, int, str]
"""End by the machine's clock, end by the account's clock, creation, number and id of a task."""

MAX_STALE_ENTRIES = 64
"""How many outdated entries even a short queue may have."""


def expiry_key(task: Task, timeline: Timeline) -> ExpiryKey | None:
    """Return the position of a task in the queue, or None if it does not end on its own.

    A task does not end on its own if polls are its clock, or if the account's clock is frozen.
    """
    machine_end, end = timeline.machine_start, end_time(task)
    if timeline.rate:
        machine_end += (end - timeline.account_start) / timeline.rate
    if machine_end == math.inf or not (task.is_settled or _ends_on_its_own(task, timeline, end)):
        return None
    return machine_end, end, task.created, task.number, task.id


def _ends_on_its_own(task: Task, timeline: Timeline, end: float) -> bool:
    """Return whether a task has ended, or ends when only time passes."""
    if task.clock_by_polls or timeline.by_polls:
        return end <= task.created + task.poll_count
    return timeline.rate > 0 or end <= timeline.account_start


class ExpiryQueue:
    """A priority queue of task ids. The task that ends first is in front."""

    # A heap with lazy deletion, as in the notes on priority queues of the module heapq: an entry
    # that is no longer the current one of its task stays in the heap until it comes to the front.
    # When outdated entries are the majority the heap is rebuilt, so that its size is bounded by
    # the number of tasks and a change costs O(log n) on average.

    def __init__(self) -> None:
        self._heap: list[ExpiryKey] = []
        self._keys: dict[str, ExpiryKey] = {}

    def put(self, task_id: str, key: ExpiryKey | None) -> None:
        """Insert a task or move it to its new position. None removes it."""
        if key is None:
            self.drop(task_id)
            return
        previous = self._keys.get(task_id)
        if previous == key:
            return
        self._keys[task_id] = key
        heapq.heappush(self._heap, key)
        if previous is not None:
            self._compact()

    def drop(self, task_id: str) -> None:
        """Remove a task. A task that is not in the queue is ignored."""
        self._keys.pop(task_id, None)
        self._compact()

    def first(self) -> ExpiryKey | None:
        """Return the key of the task that ends first, or None if the queue is empty."""
        while self._heap:
            key = self._heap[0]
            task_id = key[-1]
            if self._keys.get(task_id) == key:
                return key
            heapq.heappop(self._heap)
        return None

    def __len__(self) -> int:
        """Return the number of entries of the heap, with the outdated ones."""
        return len(self._heap)

    def clear(self) -> None:
        """Remove all tasks."""
        self._heap.clear()
        self._keys.clear()

    def _compact(self) -> None:
        if len(self._heap) > 2 * len(self._keys) + MAX_STALE_ENTRIES:
            self._heap = list(self._keys.values())
            heapq.heapify(self._heap)
