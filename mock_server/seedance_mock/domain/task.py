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

NO_COUNTS: Mapping[str, int] = MappingProxyType({})


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
    waits: float
    runs: float
    patience: float
    estimate: Decimal
    price: Decimal
    number: int = 0
    failure: str | None = None
    cancelled: float | None = None
    reached: Stage = Stage.PENDING
    settled: bool = False
    script: Script = PLAIN
    own: Script | None = None
    by_polls: bool = False
    polled: int = 0
    epoch: int = 0
    counts: Mapping[str, int] = NO_COUNTS


def expires(task: Task) -> bool:
    """Tell whether the task would wait longer than its client's patience."""
    return task.waits > task.patience


def starts(task: Task) -> float:
    """Return when the task stops waiting, in seconds since the Unix epoch."""
    return task.created + min(task.waits, task.patience)


def ends(task: Task) -> float:
    """Return when the task ends, in seconds since the Unix epoch."""
    if task.cancelled is not None:
        return task.cancelled
    if expires(task):
        return task.created + task.patience
    return task.created + task.waits + task.runs


def stage(task: Task, now: float) -> Stage:
    """Return how far the task has come at `now`, and never less than anybody was shown."""
    if task.reached is Stage.ENDED or now >= ends(task):
        return Stage.ENDED
    if task.reached is Stage.PROCESSING or now >= starts(task):
        return Stage.PROCESSING
    return Stage.PENDING


def error(task: Task) -> str | None:
    """Return why the task fails, or None where it completes."""
    if task.cancelled is not None:
        return CANCELLED
    return EXPIRED if expires(task) else task.failure


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
    return Status.COMPLETED if error(task) is None else Status.FAILED


def updated(task: Task, now: float) -> float:
    """Return when the task last changed, in seconds since the Unix epoch.

    Neither after `now` nor, should the clock have gone back, before its creation.
    """
    match stage(task, now):
        case Stage.PENDING:
            return task.created
        case Stage.PROCESSING:
            return max(task.created, min(starts(task), now))
    return max(task.created, min(ends(task), now))


def progress(task: Task, now: float) -> int:
    """Return how much of the running time has passed at `now`, in percent."""
    if stage(task, now) is Stage.ENDED:
        return 100
    passed = (now - starts(task)) / task.runs if task.runs else 0.0
    return max(0, min(99, int(passed * 100)))


def cancelled(task: Task, now: float) -> Task | None:
    """Return the task cancelled at `now`, or None where it is too late.

    Source: page, cancel-task: only a task that has not started
    """
    if stage(task, now) is not Stage.PENDING:
        return None
    return task._replace(cancelled=now, reached=Stage.ENDED)


def observed(task: Task, now: float) -> Task:
    """Return the task as it must be stored before anybody is shown what it is at `now`.

    The same object where nothing new is shown, which is the ordinary case.
    """
    reached = stage(task, now)
    return task if reached is task.reached else task._replace(reached=reached)


def forced(task: Task, status: Status, now: float) -> Task | None:
    """Return the task so changed that it has `status` from `now` on, or None if it cannot.

    A task that has ended stays as it is; none goes back.
    """
    at = stage(task, now)
    if at is Stage.ENDED or status is Status.PENDING:
        return None
    waits = max(0.0, min(task.waits, now - task.created))
    patience = max(task.patience, waits)
    started = task._replace(waits=waits, patience=patience, cancelled=None)
    if status is Status.PROCESSING:
        return started._replace(reached=Stage.PROCESSING)
    failure = (task.failure or "Task failed") if status is Status.FAILED else None
    runs = max(0.0, now - task.created - waits)
    return started._replace(runs=runs, failure=failure, reached=Stage.ENDED)


def abandoned(task: Task) -> Task:
    """Return the task as failed, for a task that must be forgotten before it has ended."""
    return task._replace(failure="Task forgotten", reached=Stage.ENDED)


def forgotten(task: Task, keep: float, now: float) -> bool:
    """Tell whether the task ended more than `keep` seconds ago."""
    return now >= ends(task) + keep


def charge(task: Task) -> Decimal:
    """Return what an ended task costs, in USD. Source: page, billing"""
    return task.price if error(task) is None else Decimal(0)


def billing_id(task: Task, now: float) -> str | None:
    """Return the id of the charge, or None where there is none (yet)."""
    if status(task, now) is not Status.COMPLETED:
        return None
    return "btx_" + task.id.removeprefix(ID_PREFIX)[::-1]


def counted(task: Task, what: str, epoch: int) -> Task:
    """Return the task with one more request of a kind since the `epoch`-th script."""
    counts = task.counts if task.epoch == epoch else {}
    return task._replace(epoch=epoch, counts={**counts, what: counts.get(what, 0) + 1})
