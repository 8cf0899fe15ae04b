"""The task: a record that never changes, and pure functions of the record and the time.

Nothing here reads a clock. What a task shows is a function of `(task, now)`; what somebody was
shown is written into the record, so that no later clock, process or cancellation contradicts it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from enum import IntEnum
from types import MappingProxyType
from typing import NamedTuple

from seedance_contract.declared.tasks import CANCELLED, EXPIRED, ID_PREFIX, Status
from seedance_contract.derived.cost import Video
from seedance_mock.scripting.script import PLAIN, Script

NO_REQUEST_COUNTS: Mapping[str, int] = MappingProxyType({})


class Stage(IntEnum):
    """How far a task has come. It never goes back."""

    PENDING = 0
    PROCESSING = 1
    ENDED = 2


class Task(NamedTuple):
    """A task as stored. Times are seconds: `created` since the Unix epoch, the rest spans.

    It is a tuple, as that is quickly made, which every create does. It waits for `waits`, runs
    for `runs`, then ends: failed if there is a `failure`, else completed. If it would wait
    longer than `patience` it expires. `reached` is the furthest stage that anybody was shown.
    `number` counts the tasks of its owner. `settled` tells that the account has paid or been
    released.

    `script` is that of its account and of the words in its prompt; `own` is that of the prompt
    alone, None where it has no words. Where polls are its clock (`by_polls`), `polled` counts
    the answered ones. `counts` counts requests for the faults of the account's `epoch`-th
    script.
    """

    id: str
    owner: str
    model: str
    video: Video
    audio: bool
    last_frame: bool
    created: float
    queue_seconds: float
    run_seconds: float
    expires_after: float
    estimate: Decimal
    price: Decimal
    number: int = 0
    failure: str | None = None
    cancelled_at: float | None = None
    observed_stage: Stage = Stage.PENDING
    is_settled: bool = False
    script: Script = PLAIN
    prompt_script: Script | None = None
    clock_by_polls: bool = False
    poll_count: int = 0
    script_number: int = 0
    request_counts: Mapping[str, int] = NO_REQUEST_COUNTS


def will_expire(task: Task) -> bool:
    """Tell whether the task would wait longer than its client's patience."""
    return task.queue_seconds > task.expires_after


def start_time(task: Task) -> float:
    """Return when the task stops waiting, in seconds since the Unix epoch."""
    return task.created + min(task.queue_seconds, task.expires_after)


def end_time(task: Task) -> float:
    """Return when the task ends, in seconds since the Unix epoch."""
    if task.cancelled_at is not None:
        return task.cancelled_at
    if will_expire(task):
        return task.created + task.expires_after
    return task.created + task.queue_seconds + task.run_seconds


def stage(task: Task, now: float) -> Stage:
    """Return how far the task has come at `now`, and never less than anybody was shown."""
    if task.observed_stage is Stage.ENDED or now >= end_time(task):
        return Stage.ENDED
    if task.observed_stage is Stage.PROCESSING or now >= start_time(task):
        return Stage.PROCESSING
    return Stage.PENDING


def failure_reason(task: Task) -> str | None:
    """Return why the task fails, or None where it completes."""
    if task.cancelled_at is not None:
        return CANCELLED
    return EXPIRED if will_expire(task) else task.failure


def status(task: Task, now: float) -> Status:
    """Return what a poll at `now` reports.

    A cancelled task has failed, as the API has no status of its own for it.

    Source: openapi, VideoTaskResponse.status and .cancelled
    """
    match stage(task, now):
        case Stage.PENDING:
            return Status.PENDING
        case Stage.PROCESSING:
            return Status.PROCESSING
    return Status.COMPLETED if failure_reason(task) is None else Status.FAILED


def updated_time(task: Task, now: float) -> float:
    """Return when the task last changed, in seconds since the Unix epoch.

    Neither after `now` nor, should the clock have gone back, before its creation.
    """
    match stage(task, now):
        case Stage.PENDING:
            return task.created
        case Stage.PROCESSING:
            return max(task.created, min(start_time(task), now))
    return max(task.created, min(end_time(task), now))


def progress(task: Task, now: float) -> int:
    """Return how much of the running time has passed at `now`, in percent."""
    if stage(task, now) is Stage.ENDED:
        return 100
    passed = (now - start_time(task)) / task.run_seconds if task.run_seconds else 0.0
    return max(0, min(99, int(passed * 100)))


def with_cancellation(task: Task, now: float) -> Task | None:
    """Return the task cancelled at `now`, or None where it is too late.

    Source: page, cancel-task: only a task that has not started
    """
    if stage(task, now) is not Stage.PENDING:
        return None
    return task._replace(cancelled_at=now, observed_stage=Stage.ENDED)


def with_observed_stage(task: Task, now: float) -> Task:
    """Return the task as it must be stored before anybody is shown what it is at `now`.

    The same object where nothing new is shown, which is the ordinary case.
    """
    reached = stage(task, now)
    return task if reached is task.observed_stage else task._replace(observed_stage=reached)


def with_forced_status(task: Task, status: Status, now: float) -> Task | None:
    """Return the task so changed that it has `status` from `now` on, or None if it cannot.

    A task that has ended stays as it is; none goes back.
    """
    at = stage(task, now)
    if at is Stage.ENDED or status is Status.PENDING:
        return None
    waits = max(0.0, min(task.queue_seconds, now - task.created))
    patience = max(task.expires_after, waits)
    started = task._replace(queue_seconds=waits, expires_after=patience, cancelled_at=None)
    if status is Status.PROCESSING:
        return started._replace(observed_stage=Stage.PROCESSING)
    failure = (task.failure or "Task failed") if status is Status.FAILED else None
    runs = max(0.0, now - task.created - waits)
    return started._replace(run_seconds=runs, failure=failure, observed_stage=Stage.ENDED)


def with_eviction_failure(task: Task) -> Task:
    """Return the task as failed, for a task that must be forgotten before it has ended."""
    return task._replace(failure="Task forgotten", observed_stage=Stage.ENDED)


def is_past_retention(task: Task, retention_seconds: float, now: float) -> bool:
    """Tell whether the task ended more than `keep` seconds ago."""
    return now >= end_time(task) + retention_seconds


def charge(task: Task) -> Decimal:
    """Return what an ended task costs, in USD. Source: page, billing"""
    return task.price if failure_reason(task) is None else Decimal(0)


def billing_id(task: Task, now: float) -> str | None:
    """Return the id of the charge, or None where there is none (yet)."""
    if status(task, now) is not Status.COMPLETED:
        return None
    return "btx_" + task.id.removeprefix(ID_PREFIX)[::-1]


def with_counted_task_request(task: Task, kind: str, script_number: int) -> Task:
    """Return the task with one more request of a kind since the `epoch`-th script."""
    counts = task.request_counts if task.script_number == script_number else {}
    return task._replace(
        script_number=script_number, request_counts={**counts, kind: counts.get(kind, 0) + 1}
    )
