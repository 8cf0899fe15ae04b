"""What polls are answered, encoded: most find a task as the one before them did."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from seedance_mock.domain.task import Stage, Task, end_time, stage, start_time
from seedance_mock.scripting.script import PLAIN
from seedance_mock.web.responses import encode_json
from seedance_mock.web.serializers import Origins, task_body

SIZE = 1_024
"""Of how many tasks the latest answer is kept; a small part of the memory that they take."""


@dataclass(frozen=True, slots=True)
class CachedPoll:
    """An answer, what it is made from, and from when until when it stays as it is.

    Times are of the account's clock. `headers` tell of the charge, where there was one.
    """

    task: Task
    origins: Origins
    valid_from: float
    valid_until: float
    status: str
    headers: Mapping[str, str]
    body: bytes

    def matches(self, task: Task, now: float, origins: Origins) -> bool:
        """Tell whether a poll of the task at `now` is answered by this."""
        same = self.task is task and self.origins is origins
        return same and self.valid_from <= now < self.valid_until


class PollCache:
    """The latest answers about tasks.

    Without words a task shows nothing of the time but its state and when that last changed.
    With words it may show anything, and nothing is kept.
    """

    def __init__(self) -> None:
        self._told: dict[str, CachedPoll] = {}

    def get(self, task: Task, now: float, origins: Origins) -> CachedPoll:
        """Return what a poll at `now` is answered."""
        last = self._told.get(task.id)
        if last is not None and last.matches(task, now, origins):
            return last
        body = task_body(task, now, origins)
        billing = body.get("billing_transaction_id")
        headers = {} if billing is None else {"X-Billing-Transaction-ID": str(billing)}
        told = CachedPoll(
            task, origins, *_stays(task, now), str(body["status"]), headers, encode_json(body)
        )
        if task.script is PLAIN and told.matches(task, now, origins):
            self._keep(told)
        return told

    def _keep(self, told: CachedPoll) -> None:
        self._told[told.task.id] = told
        if len(self._told) > SIZE:
            del self._told[next(iter(self._told))]


def _stays(task: Task, now: float) -> tuple[float, float]:
    """Return from when until when a task shows what it shows at `now`."""
    match stage(task, now):
        case Stage.PENDING:
            return -math.inf, min(start_time(task), end_time(task))
        case Stage.PROCESSING:
            return start_time(task), end_time(task)
    return end_time(task), math.inf
