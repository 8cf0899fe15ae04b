"""Callbacks: which changes of status are sent to a client, and how the delivery of each goes.

Pure functions of records and the account's time, like those of tasks.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import astuple, replace

from seedance_contract.declared.v3.callbacks import MAX_ATTEMPTS, RETRIED_STATUSES
from seedance_contract.declared.v3.tasks import V3Status
from seedance_mock.domain.record import BaseRecord
from seedance_mock.domain.task import Stage, Task, end_time, stage, start_time, will_expire
from seedance_mock.domain.v3.details import shown_id
from seedance_mock.domain.v3.status import v3_status

RETRY_PAUSE_SECONDS = 2.0
"""Seconds of the account's clock between two attempts. Assumed: no document states them."""

MAX_DELIVERIES = 20
"""How many deliveries of a task are kept: the three of its changes, and those on demand."""


class Attempt(BaseRecord):
    """An attempt to deliver.

    Args:
        at: when it began, by the account's clock in seconds since the Unix epoch.
        milliseconds: how long it took.
        status: the status of the receiver's response; None without a response.
        problem: why there is no response, or why it does not count; None if it counts.
    """

    at: float
    milliseconds: int
    status: int | None = None
    problem: str | None = None

    @property
    def is_acknowledged(self) -> bool:
        """Whether the receiver has acknowledged the delivery."""
        return self.problem is None and self.status is not None and 200 <= self.status < 300


class Delivery(BaseRecord):
    """The delivery of a change of status.

    Args:
        id: the id of the task and a number.
        status: the status that the task has changed to.
        changed: when it changed, by the account's clock.
        due: when the next attempt is due, by the account's clock.
        attempts: the attempts so far.
        copies: how many acknowledged attempts are needed: two for a repeated callback.
        is_ended: whether no further attempt follows.
    """

    id: str
    status: str
    changed: float
    due: float
    attempts: tuple[Attempt, ...] = ()
    copies: int = 1
    is_ended: bool = False


class _Callbacks(BaseRecord):
    """The callbacks of a task.

    Args:
        owner: the owner of the account.
        id: the id under which the task is stored.
        url: where the callbacks go.
        origin: the origin of this server for the links in their bodies.
        deliveries: in the order in which they are sent.
        lease_until: until when one process sends them, by the machine's clock.
    """

    owner: str
    id: str
    url: str
    origin: str
    deliveries: tuple[Delivery, ...] = ()
    lease_until: float = 0.0


class TaskCallbacks(_Callbacks):
    """The callbacks of a task that are not all delivered yet."""


class EndedCallbacks(_Callbacks):
    """The callbacks of a task after the last delivery."""


def status_changes(task: Task, now: float) -> Sequence[tuple[V3Status, float]]:
    """Return the statuses that a task has had by `now`, and since when.

    A cancellation is none of them: the documents list no callback for it.
    """
    current = stage(task, now)
    changes = [(V3Status.QUEUED, task.created)]
    if task.cancelled_at is not None:
        return changes
    if current is not Stage.PENDING and not will_expire(task):
        changes.append((V3Status.RUNNING, min(start_time(task), now)))
    if current is Stage.ENDED:
        changes.append((v3_status(task, now), min(end_time(task), now)))
    return changes


def next_change(task: Task, now: float) -> float | None:
    """Return when the task changes next, or None if it has ended."""
    match stage(task, now):
        case Stage.PENDING:
            return start_time(task)
        case Stage.PROCESSING:
            return end_time(task)
    return None


def with_changes(callbacks: TaskCallbacks, task: Task, now: float) -> TaskCallbacks:
    """Return the callbacks with a delivery for each change by `now`, in the form of the script.

    The same object is returned if there is nothing new.
    """
    form = task.script.callback_form
    changes = status_changes(task, now)
    # By status, as a task has each of them once: whatever the clock does, none is sent twice.
    known = {delivery.status for delivery in callbacks.deliveries}
    added = [(state, at) for state, at in changes if str(state) not in known]
    if form == "shuffled":
        # In reverse, so nothing can be sent before the end is known.
        added = added[::-1] if stage(task, now) is Stage.ENDED else []
    if not added:
        return callbacks
    late = float(form.removeprefix("late-").removesuffix("s")) if form.startswith("late-") else 0.0
    deliveries = callbacks.deliveries
    for state, at in added:
        deliveries += (
            Delivery(
                id=f"{shown_id(task.id)}-{len(deliveries) + 1}",
                status=str(state),
                changed=at,
                due=at + late,
                copies=2 if form == "twice" else 1,
                is_ended=form == "never",
            ),
        )
    return replace(callbacks, deliveries=deliveries)


def due_delivery(callbacks: TaskCallbacks, now: float) -> Delivery | None:
    """Return the delivery whose attempt is due: the first that has not ended, as order matters."""
    # One after the other: a receiver that is slow gets the next status after the one before.
    pending = next((item for item in callbacks.deliveries if not item.is_ended), None)
    return pending if pending is not None and pending.due <= now else None


def judged_attempt(delivery: Delivery, attempt: Attempt, form: str) -> Attempt:
    """Return the next attempt of a delivery as it counts in the form of the script."""
    if form.startswith("fail-x") and len(delivery.attempts) < int(form.removeprefix("fail-x")):
        return replace(attempt, problem=f"callback-{form} ignores the response")
    return attempt


def with_attempt(callbacks: TaskCallbacks, delivery_id: str, attempt: Attempt) -> TaskCallbacks:
    """Return the callbacks after an attempt: acknowledged, to be repeated, or given up."""
    return replace(
        callbacks,
        lease_until=0.0,
        deliveries=tuple(
            _after_attempt(delivery, attempt) if delivery.id == delivery_id else delivery
            for delivery in callbacks.deliveries
        ),
    )


def _after_attempt(delivery: Delivery, attempt: Attempt) -> Delivery:
    attempts = (*delivery.attempts, attempt)
    if attempt.is_acknowledged:
        acknowledged = sum(item.is_acknowledged for item in attempts)
        return replace(delivery, attempts=attempts, is_ended=acknowledged >= delivery.copies)
    can_retry = delivery.status in RETRIED_STATUSES and len(attempts) < MAX_ATTEMPTS
    due = attempt.at + RETRY_PAUSE_SECONDS
    return replace(delivery, attempts=attempts, due=due, is_ended=not can_retry)


def with_redelivery(
    callbacks: TaskCallbacks | EndedCallbacks, delivery_id: str, now: float
) -> TaskCallbacks | None:
    """Return the callbacks with a further delivery like a former one, due at once.

    None if there is no such delivery, or if there are too many.
    """
    former = next((item for item in callbacks.deliveries if item.id == delivery_id), None)
    if former is None or len(callbacks.deliveries) >= MAX_DELIVERIES:
        return None
    number = len(callbacks.deliveries) + 1
    added = replace(
        former,
        id=f"{former.id.rpartition('-')[0]}-{number}",
        due=now,
        attempts=(),
        copies=1,
        is_ended=False,
    )
    callbacks = replace(callbacks, deliveries=(*callbacks.deliveries, added))
    return TaskCallbacks(*astuple(callbacks))


def are_complete(callbacks: TaskCallbacks, task: Task, now: float) -> bool:
    """Return whether nothing remains to be sent, whatever the time."""
    return stage(task, now) is Stage.ENDED and all(
        delivery.is_ended for delivery in callbacks.deliveries
    )


def next_due(callbacks: TaskCallbacks, task: Task, now: float) -> float | None:
    """Return when the account's clock must be looked at again, or None if it need not be."""
    pending = next((item for item in callbacks.deliveries if not item.is_ended), None)
    return next_change(task, now) if pending is None else pending.due
