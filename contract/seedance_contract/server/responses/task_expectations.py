"""What each promise about tasks requires of a single response. Pure functions.

The state machine makes the requests and passes what it knows about the task.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from seedance_contract.declared.operations import Body
from seedance_contract.declared.routes import READ
from seedance_contract.server.http.exchange import ReceivedResponse
from seedance_contract.server.properties.reference_model import RANK, KnownTask


@dataclass(frozen=True, slots=True)
class TaskExpectation:
    """Whether a response keeps a promise, with what was expected and what is the case.

    `is_at_stake` says whether the response could show that the promise is kept: a task that is
    still pending says nothing about what a completed one must have.
    """

    promise: str
    is_met: bool
    expected: str
    actual: object
    is_at_stake: bool = True


def creation_expectations(body: Body, response: ReceivedResponse) -> Iterator[TaskExpectation]:
    """Yield what the response to a successful create request must fulfil."""
    task, summary = response.json_object, response.summary
    task_id = task.get("id")
    has_ids = isinstance(task_id, str) and task_id == task.get("task_id")
    yield TaskExpectation("tasks.ids", has_ids, "id and task_id, equal", summary)
    path = READ.path.format(id=task_id)
    yield TaskExpectation("tasks.poll-url", task.get("poll_url") == path, path, summary)
    is_pending = task.get("status") == "pending"
    yield TaskExpectation("tasks.created", is_pending, "the status pending", summary)
    names_model = task.get("model") == body["model"]
    yield TaskExpectation("tasks.created", names_model, f"the model {body['model']}", summary)


def read_expectations(
    task: KnownTask, response: ReceivedResponse, *, clock: float | None
) -> Iterator[TaskExpectation]:
    """Yield what a read of a task must fulfil, given what was known before.

    Args:
        task: the task as it was known before the read.
        response: the response to the read.
        clock: the time of the read on the clock of the account, None if it is unknown.
    """
    summary = response.summary
    yield TaskExpectation("tasks.readable", response.status == 200, "200", summary)
    body = response.json_object if response.status == 200 else {}
    previous = task.last_body or {}
    is_in_order = read_rank(task, response) >= task.rank
    expected = f"{previous.get('status')}, or later"
    yield TaskExpectation(
        "tasks.order", is_in_order, expected, summary, is_at_stake=task.last_body is not None
    )
    if task.has_ended:
        is_unchanged = all(body.get(name) == value for name, value in previous.items())
        yield TaskExpectation("tasks.ended", is_unchanged, f"{previous}, unchanged", summary)
    yield from _time_expectations(task, response, clock)
    yield from _result_expectations(task, response)


def read_rank(task: KnownTask, response: ReceivedResponse) -> int:
    """Return the rank of the status that a read shows, the known rank if it shows none."""
    status = str(response.json_object.get("status")) if response.status == 200 else ""
    return RANK.get(status, task.rank)


def _time_expectations(
    task: KnownTask, response: ReceivedResponse, clock: float | None
) -> Iterator[TaskExpectation]:
    body = response.json_object if response.status == 200 else {}
    created, updated = _time(body.get("created")), _time(body.get("updated"))
    if created is None or updated is None:
        is_met = not body
        expected = "created and updated, numbers of seconds"
        yield TaskExpectation("tasks.updated", is_met, expected, body, is_at_stake=False)
        return
    is_ordered = created <= updated
    yield TaskExpectation("tasks.updated", is_ordered, "created <= updated", body)
    if clock is None or read_rank(task, response) == task.rank:
        return
    # The status changed between the last read and this one. Both times are whole seconds since the
    # creation, as are all spans of the state machine, so the API loses nothing when it rounds.
    earliest, latest = task.read_at - task.created_at, clock - task.created_at
    is_in_span = earliest <= updated - created <= latest
    expected = f"updated {earliest:.0f} to {latest:.0f} s after created"
    yield TaskExpectation("tasks.updated", is_in_span, expected, f"{updated - created} s: {body}")


def _time(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(str(value)) if is_number else None


def _result_expectations(task: KnownTask, response: ReceivedResponse) -> Iterator[TaskExpectation]:
    body = response.json_object if response.status == 200 else {}
    is_completed = body.get("status") == "completed"
    with_or_without = "with" if is_completed else "without"
    has_video = bool(body.get("video_url"))
    expected = f"{with_or_without} video_url"
    yield TaskExpectation(
        "tasks.result", has_video == is_completed, expected, body, is_at_stake=is_completed
    )
    has_billing_id = bool(body.get("billing_transaction_id"))
    expected = f"{with_or_without} billing_transaction_id"
    yield TaskExpectation(
        "tasks.billing-id", has_billing_id == is_completed, expected, body, is_at_stake=is_completed
    )
    is_cancelled = body.get("cancelled") is True
    expected = f"cancelled {str(task.is_cancelled).lower()}"
    yield TaskExpectation(
        "tasks.cancelled",
        is_cancelled == task.is_cancelled,
        expected,
        body,
        is_at_stake=task.is_cancelled,
    )


CANCELLED_MEMBERS = {"status": "failed", "cancelled": True, "cancellation_status": "cancelled"}


def cancellation_expectation(response: ReceivedResponse) -> TaskExpectation:
    """Return what the response to a successful cancellation must fulfil."""
    members = {name: response.json_object.get(name) for name in CANCELLED_MEMBERS}
    is_cancelled = members == CANCELLED_MEMBERS
    return TaskExpectation(
        "tasks.cancelled", is_cancelled, f"{CANCELLED_MEMBERS}", response.summary
    )
