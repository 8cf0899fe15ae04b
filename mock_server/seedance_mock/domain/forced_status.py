"""What a user can make of a task that has not ended. Pure functions."""

from __future__ import annotations

import math
from enum import StrEnum

from msgspec.structs import replace

from seedance_mock.domain.task import Stage, Task, stage


class ForcedStatus(StrEnum):
    """What a task can be made to do from now on. No task goes back to pending."""

    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    HELD = "held"


def with_forced_status(
    task: Task, status: ForcedStatus, now: float, failure: str | None = None
) -> Task | None:
    """Return the task changed so that it has `status` from `now` on.

    A task that is held stays as it is until it gets another status. `failure` is why a task
    fails. Returns None if the task has ended, or if it has started and should expire: only what
    waits can expire.
    """
    current = stage(task, now)
    if current is Stage.ENDED:
        return None
    match status:
        case ForcedStatus.HELD:
            return _held(task, current, now)
        case ForcedStatus.CANCELLED:
            return replace(task, cancelled_at=now, observed_stage=Stage.ENDED)
        case ForcedStatus.EXPIRED:
            return None if current is Stage.PROCESSING else _expired(task, now)
    started = _started(task, now)
    if status is ForcedStatus.PROCESSING:
        return replace(started, observed_stage=Stage.PROCESSING)
    reason = failure or task.failure or "Task failed"
    return replace(
        started,
        run_seconds=max(0.0, now - task.created - started.queue_seconds),
        failure=reason if status is ForcedStatus.FAILED else None,
        observed_stage=Stage.ENDED,
    )


def _held(task: Task, current: Stage, now: float) -> Task:
    if current is Stage.PROCESSING:
        return replace(_started(task, now), run_seconds=math.inf, observed_stage=Stage.PROCESSING)
    # A task that waits for ever must not expire.
    return replace(task, queue_seconds=math.inf, expires_after=math.inf, cancelled_at=None)


def _expired(task: Task, now: float) -> Task:
    waited = max(0.0, now - task.created)
    return replace(
        task,
        # A task expires if it would have waited longer than it may.
        queue_seconds=waited + 1.0,
        expires_after=waited,
        cancelled_at=None,
        observed_stage=Stage.ENDED,
    )


def _started(task: Task, now: float) -> Task:
    """Return the task as one that has left the queue by `now`, and is not cancelled later."""
    queue_seconds = max(0.0, min(task.queue_seconds, now - task.created))
    return replace(
        task,
        queue_seconds=queue_seconds,
        # Without this a task that is forced late would count as expired.
        expires_after=max(task.expires_after, queue_seconds),
        cancelled_at=None,
    )
