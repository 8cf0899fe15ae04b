"""The task: an immutable record, and pure functions of the record and the time.

Nothing here reads a clock. The state of a task is a function of `(task, now)`. The furthest
stage that a client has observed is part of the record, so that no other clock or process and
no later cancellation can contradict it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from enum import IntEnum
from operator import attrgetter
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from seedance_contract.declared.tasks import (
    CANCELLED_MESSAGE,
    EXPIRED_MESSAGE,
    TASK_ID_PREFIX,
    Status,
)
from seedance_contract.derived.cost import Video
from seedance_mock.domain.record import BaseRecord
from seedance_mock.domain.v3.details import V3Details
from seedance_mock.scripting.script import PLAIN, Script

OWNER_DIGITS = 8
"""How many digits of its owner the id of a task ends with."""

NO_REQUEST_COUNTS: Mapping[str, int] = MappingProxyType({})


class Stage(IntEnum):
    """How far a task has come. A stage never goes back, so stages can be compared."""

    PENDING = 0
    PROCESSING = 1
    ENDED = 2


class Task(BaseRecord):
    """A task as it is stored.

    A task waits in the queue, runs, and ends: it fails if there is a `failure`, else it
    completes. A task that waits longer than `expires_after` expires. Durations are in seconds,
    times in seconds since the Unix epoch, amounts in USD.

    Args:
        id: the id that the API shows.
        owner: the owner of the account.
        model: the id of the model.
        video: the video that the task makes.
        audio: whether the result has sound.
        last_frame: whether the result includes its last frame as an image.
        watermark: whether the result has a watermark.
        container: the format of the video file, `mp4` or `mov`.
        created: when the task was created, by the account's clock.
        queue_seconds: how long the task waits in the queue.
        run_seconds: how long it runs after that.
        expires_after: how long the client lets it wait.
        estimate: the amount that is reserved until the task ends.
        price: the amount that is charged if it completes.
        number: counts the tasks of the account, from 0.
        failure: why the task fails; None if it completes.
        cancelled_at: when it was cancelled; None if it was not.
        observed_stage: the furthest stage that a response has shown.
        is_settled: whether the account has been charged, or its reservation released.
        script: the script of the account with that of the prompt applied to it.
        prompt_script: the script of the prompt alone; None if the prompt has no words.
        clock_by_polls: whether polls are the task's clock.
        poll_count: the polls that were answered while polls are its clock.
        script_number: the number of the account's script that `request_counts` belongs to.
        request_counts: requests for this task by kind, for the faults of that script.
        key: digest of the key that created it, if that is an added key of the account. Empty for
            the key that opened the account.
        v3: what only the dialect v3 shows; None for a task of v1.
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
    watermark: bool = False
    container: str = "mp4"
    script: Script = PLAIN
    prompt_script: Script | None = None
    clock_by_polls: bool = False
    poll_count: int = 0
    script_number: int = 0
    request_counts: Mapping[str, int] = NO_REQUEST_COUNTS
    key: str = ""
    v3: V3Details | None = None


CREATION_ORDER: Callable[[Task], Any] = attrgetter("created", "number")
"""The key by which tasks are sorted. The number orders those of the same time."""


def new_task_id(digits: str, owner: str) -> str:
    """Return the id of a task: 24 digits of its own, and the first 8 of its owner.

    Args:
        digits: hexadecimal digits; the first 24 are used.
        owner: the owner of the account.
    """
    # So a store that is spread over several machines knows from the id which one has the task, as
    # it has those of an account in one place.
    return f"{TASK_ID_PREFIX}{digits[:24]}{owner[:OWNER_DIGITS]}"


def will_expire(task: Task) -> bool:
    """Return whether the task would wait longer than its client allows."""
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
    """Return the stage of the task at `now`, but never one before the observed stage."""
    if task.observed_stage is Stage.ENDED or now >= end_time(task):
        return Stage.ENDED
    if task.observed_stage is Stage.PROCESSING or now >= start_time(task):
        return Stage.PROCESSING
    return Stage.PENDING


def failure_reason(task: Task) -> str | None:
    """Return why the task fails, or None if it completes."""
    if task.cancelled_at is not None:
        return CANCELLED_MESSAGE
    return EXPIRED_MESSAGE if will_expire(task) else task.failure


def status(task: Task, now: float) -> Status:
    """Return what a poll at `now` reports.

    The API has no status for cancelled tasks: they are shown as failed.

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

    The result is not after `now`. If the clock has gone back, it is the time of creation.
    """
    match stage(task, now):
        case Stage.PENDING:
            return task.created
        case Stage.PROCESSING:
            return max(task.created, min(start_time(task), now))
    return max(task.created, min(end_time(task), now))


def progress(task: Task, now: float) -> int:
    """Return the part of the running time that has passed at `now`, in percent.

    The value is 100 only after the end.
    """
    match stage(task, now):
        case Stage.PENDING:
            # The start of a held task is infinitely far away.
            return 0
        case Stage.ENDED:
            return 100
    passed = (now - start_time(task)) / task.run_seconds if task.run_seconds else 0.0
    return max(0, min(99, int(passed * 100)))


def with_cancellation(task: Task, now: float) -> Task | None:
    """Return the task cancelled at `now`, or None if it has already started.

    Source: page, cancel-task: only a task that has not started
    """
    if stage(task, now) is not Stage.PENDING:
        return None
    return replace(task, cancelled_at=now, observed_stage=Stage.ENDED)


def with_observed_stage(task: Task, now: float) -> Task:
    """Return the task as it must be stored before a response shows its stage at `now`.

    An unchanged task is returned as the same object: most polls need no commit.
    """
    current = stage(task, now)
    return task if current is task.observed_stage else replace(task, observed_stage=current)


def with_eviction_failure(task: Task) -> Task:
    """Return the task as failed, for a task that is evicted before it has ended.

    A failed task costs nothing, so that the settlement releases its whole reservation.
    """
    return replace(task, failure="Task forgotten", observed_stage=Stage.ENDED)


def is_past_retention(task: Task, retention_seconds: float, now: float) -> bool:
    """Return whether the task ended `retention_seconds` ago or earlier."""
    return now >= end_time(task) + retention_seconds


def charge(task: Task) -> Decimal:
    """Return the amount that an ended task is charged, in USD. Source: page, billing"""
    return task.price if failure_reason(task) is None else Decimal(0)


def billing_id(task: Task, now: float) -> str | None:
    """Return the id of the charge, or None if the task is not charged (yet)."""
    if status(task, now) is not Status.COMPLETED:
        return None
    # Derived from the id of the task: every poll shows the same one, and nothing is stored for it.
    return "btx_" + task.id.removeprefix(TASK_ID_PREFIX)[::-1]


def with_counted_task_request(task: Task, kind: str, script_number: int) -> Task:
    """Return the task with one more request of a kind.

    Counts start again if the account has another script since the last request.
    """
    counts = task.request_counts if task.script_number == script_number else {}
    return replace(
        task, script_number=script_number, request_counts={**counts, kind: counts.get(kind, 0) + 1}
    )
