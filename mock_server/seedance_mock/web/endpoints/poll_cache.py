"""The cache of responses to polls: most polls find a task as the poll before them did."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from seedance_mock.domain.task import Stage, Task, end_time, stage, start_time
from seedance_mock.scripting.script import PLAIN
from seedance_mock.web.origins import Origins
from seedance_mock.web.responses import encode_json
from seedance_mock.web.serializers import JSON

MAX_ENTRIES = 1_024
"""The number of tasks whose latest response is kept. It bounds the memory of the cache."""


@dataclass(frozen=True, slots=True)
class CachedPoll:
    """A response to a poll, what it was made from, and the period in which it is valid.

    Times are of the account's clock. `headers` has the id of the charge if there is one.
    """

    task: Task
    origins: Origins
    valid_from: float
    valid_until: float
    status: str
    headers: Mapping[str, str]
    body: bytes

    def matches(self, task: Task, now: float, origins: Origins) -> bool:
        """Return whether this is the response to a poll of `task` at `now`."""
        # Identity is enough, as records are replaced and never changed. It costs less than a
        # comparison by value. A store that returns copies gets a miss, which is correct too.
        same = self.task is task and self.origins is origins
        return same and self.valid_from <= now < self.valid_until


BodyOf = Callable[[Task, float, Origins], JSON]
"""Returns the response to a poll of a task at a time."""


class PollCache:
    """The latest response for each of the tasks that were polled last.

    `body_of` is the form of the response in a dialect.

    Clients poll a task every few seconds and it changes twice. A hit takes 0.3 µs; a miss takes
    10 µs for a pending task and 30 µs for a completed one.
    """

    def __init__(self, body_of: BodyOf) -> None:
        self._body_of = body_of
        self._by_task_id: dict[str, CachedPoll] = {}

    def get(self, task: Task, now: float, origins: Origins) -> CachedPoll:
        """Return the response to a poll at `now`, from the cache if it is there."""
        cached = self._by_task_id.get(task.id)
        if cached is not None and cached.matches(task, now, origins):
            return cached
        body = self._body_of(task, now, origins)
        billing = body.get("billing_transaction_id")
        headers = {} if billing is None else {"X-Billing-Transaction-ID": str(billing)}
        poll = CachedPoll(
            task, origins, *_validity(task, now), str(body["status"]), headers, encode_json(body)
        )
        # A script may show progress or change the status from poll to poll: not cacheable.
        # Where a clock went back, `now` lies outside of the period and `updated` depends on it.
        if task.script is PLAIN and poll.matches(task, now, origins):
            self._store(poll)
        return poll

    def _store(self, poll: CachedPoll) -> None:
        self._by_task_id[poll.task.id] = poll
        # The first key of a dict is the oldest. Eviction only costs the next poll a miss, so an
        # exact order of use is not worth its bookkeeping.
        if len(self._by_task_id) > MAX_ENTRIES:
            del self._by_task_id[next(iter(self._by_task_id))]


def _validity(task: Task, now: float) -> tuple[float, float]:
    """Return the period around `now` in which the body of a plain task stays the same."""
    # Without a script the body depends on the time by `status` and `updated` only. Both change
    # when the task starts and when it ends.
    match stage(task, now):
        case Stage.PENDING:
            return -math.inf, min(start_time(task), end_time(task))
        case Stage.PROCESSING:
            return start_time(task), end_time(task)
    return end_time(task), math.inf
