"""The status of a task in the dialect v3, which tells cancelled and expired tasks from failed."""

from __future__ import annotations

from seedance_contract.declared.tasks import Status
from seedance_contract.declared.v3.tasks import V3Status
from seedance_mock.domain.task import Task, status, will_expire

_STATUSES = {
    Status.PENDING: V3Status.QUEUED,
    Status.PROCESSING: V3Status.RUNNING,
    Status.COMPLETED: V3Status.SUCCEEDED,
    Status.FAILED: V3Status.FAILED,
}


def v3_status(task: Task, now: float) -> V3Status:
    """Return the status of a task at `now`."""
    current = status(task, now)
    if current is not Status.FAILED:
        return _STATUSES[current]
    if task.cancelled_at is not None:
        return V3Status.CANCELLED
    return V3Status.EXPIRED if will_expire(task) else V3Status.FAILED
