"""The task: a record that never changes, and pure functions of the record and the time.

Nothing here reads a clock. What a task shows is a function of `(task, now)`; what somebody was
shown is written into the record, so that no later clock, process or cancellation contradicts it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from enum import IntEnum

from seedance_contract.declared.tasks import CANCELLED, EXPIRED, ID_PREFIX, Status
from seedance_contract.derived.cost import Video


class Stage(IntEnum):
    """How far a task has come. It never goes back."""

    PENDING = 0
    PROCESSING = 1
    ENDED = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A task as stored. Times are seconds: `created` since the Unix epoch, the rest spans.

    It waits for `waits`, runs for `runs`, then ends: failed if there is a `failure`, else
    completed. If it would wait longer than `patience` it expires. `reached` is the furthest
    stage that anybody was shown. `settled` tells that the account has paid or been released.
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
    failure: str | None = None
    cancelled: float | None = None
    reached: Stage = Stage.PENDING
    settled: bool = False


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
    return starts(task) if expires(task) else starts(task) + task.runs


def stage(task: Task, now: float) -> Stage:
    """Return how far the task has come at `now`, and never less than anybody was shown."""
    if now >= ends(task):
        return Stage.ENDED
    timed = Stage.PENDING if now < starts(task) else Stage.PROCESSING
    return max(timed, task.reached)


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
        case Stage.ENDED:
            return Status.COMPLETED if error(task) is None else Status.FAILED


def updated(task: Task, now: float) -> float:
    """Return when the task last changed, in seconds since the Unix epoch."""
    match stage(task, now):
        case Stage.PENDING:
            return task.created
        case Stage.PROCESSING:
            return min(starts(task), now)
        case Stage.ENDED:
            return min(ends(task), now)


def cancelled(task: Task, now: float) -> Task | None:
    """Return the task cancelled at `now`, or None where it is too late.

    Source: page, cancel-task: only a task that has not started
    """
    if stage(task, now) is not Stage.PENDING:
        return None
    return replace(task, cancelled=now, reached=Stage.ENDED)


def observed(task: Task, now: float) -> Task:
    """Return the task as it must be stored before anybody is shown what it is at `now`.

    The same object where nothing new is shown, which is the ordinary case.
    """
    reached = stage(task, now)
    return task if reached is task.reached else replace(task, reached=reached)


def abandoned(task: Task) -> Task:
    """Return the task as failed, for a task that must be forgotten before it has ended."""
    return replace(task, failure="Task forgotten", reached=Stage.ENDED)


def charge(task: Task) -> Decimal:
    """Return what an ended task costs, in USD. Source: page, billing"""
    return task.price if error(task) is None else Decimal(0)


def billing_id(task: Task, now: float) -> str | None:
    """Return the id of the charge, or None where there is none (yet)."""
    if status(task, now) is not Status.COMPLETED:
        return None
    return "btx_" + task.id.removeprefix(ID_PREFIX)[::-1]
