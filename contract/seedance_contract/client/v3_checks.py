"""Checks of clients of the Volc-compatible routes: repeated creates, and callbacks."""

from __future__ import annotations

from seedance_contract.case import Mismatch
from seedance_contract.client.checks import check_ends_by_itself
from seedance_contract.client.client_case import CheckFunction, NotExercised
from seedance_contract.client.invariants.creates import is_idempotent_repetition
from seedance_contract.client.invariants.waits import check_waits_out_retry_after
from seedance_contract.client.job_fields import require_known, require_time_known
from seedance_contract.client.record import Record, RecordedExchange
from seedance_contract.client.traffic import (
    FINAL_STATUSES,
    accepted_creates,
    created_task_id,
    error_members,
    exchanges_after,
    faulted_requests,
    is_v3_request,
    reports_success,
    request_body,
    response_body,
    sent_creates,
    task_status,
)
from seedance_contract.client.wording import counted
from seedance_contract.declared.v3.errors import IDEMPOTENCY_IN_PROGRESS
from seedance_contract.declared.v3.tasks import V3Status

COST = "cost_usd"
"""The fact with what all tasks of the client cost together, as a decimal number in a text."""

CALLBACKS = "callbacks"
"""The fact with what was sent to `callback_url`: `task_id`, `status` and `attempts` of each."""


def _v3_creates(record: Record) -> list[RecordedExchange]:
    creates = [create for create in sent_creates(record) if is_v3_request(create)]
    if not creates:
        raise NotExercised("the client makes its job under /v1")
    return creates


def check_works_under_v3(record: Record) -> None:
    """Check that every create is one of /api/v3."""
    other = [create.target for create in sent_creates(record) if not is_v3_request(create)]
    if other:
        require_known(record, "dialect")
        raise Mismatch(expected="a create under /api/v3", actual=f"POST {other[0]}")


def check_repeats_with_key(record: Record) -> None:
    """Check that each further create repeats the first one, with its key and body."""
    creates = _v3_creates(record)
    faulted_requests(record, "create")
    if any(not is_idempotent_repetition(creates[0], create) for create in creates[1:]):
        raise Mismatch(
            expected="no second create but with the same Idempotency-Key and body",
            actual=f"{counted(len(creates), 'create')}{_paid(record)}",
        )


def _paid(record: Record) -> str:
    """Return what the creates of one job cost, if that is known."""
    tasks = record.facts.get("tasks")
    if not tasks:
        return ""
    return f": {counted(tasks, 'task')} for {float(record.facts[COST]):.2f} USD"


def _in_progress(record: Record) -> RecordedExchange:
    """Return the first create that was refused because an earlier one is still in progress."""
    for create in _v3_creates(record):
        if error_members(create).get("code") == IDEMPOTENCY_IN_PROGRESS.code:
            return create
    raise NotExercised("the client repeated no create with its key")


def check_recovers_task(record: Record) -> None:
    """Check that a create that was refused as in progress is followed by one with a task."""
    later = exchanges_after(record, _in_progress(record))
    if not any(
        exchange.place == "create" and "id" in response_body(exchange) for exchange in later
    ):
        require_time_known(record)
        raise Mismatch(expected="the task of the first create", actual="no further create")


def check_waits_for_first_create(record: Record) -> None:
    """Check that the client waits out the Retry-After of a create that is in progress."""
    _in_progress(record)
    check_waits_out_retry_after(record)


def _creates_with_callback(record: Record) -> list[RecordedExchange]:
    creates = [create for create in accepted_creates(record) if is_v3_request(create)]
    called = [create for create in creates if request_body(create).get("callback_url")]
    if not called:
        require_known(record, "callbacks")
        raise NotExercised("the client sent no callback_url")
    return called


def with_callback(check: CheckFunction) -> CheckFunction:
    """Return a check function that only a client exercises that receives callbacks."""

    def evaluate(record: Record) -> None:
        _creates_with_callback(record)
        check(record)

    return evaluate


def check_waits_for_each_end(record: Record) -> None:
    """Check that the client does not end before the end of each of two tasks was shown to it."""
    creates = _creates_with_callback(record)
    if len(creates) < 2:
        raise NotExercised("the client created fewer than 2 tasks with a callback_url")
    ends = [
        callback
        for callback in record.facts.get(CALLBACKS, ())
        if callback["status"] == V3Status.SUCCEEDED and callback["attempts"]
    ]
    if all(callback["attempts"] < 2 for callback in ends):
        raise NotExercised("no end of a task was reported twice")
    shown = {callback["task_id"] for callback in ends}
    shown.update(poll.task_id for poll in record.polls if task_status(poll) in FINAL_STATUSES)
    if any(created_task_id(create) not in shown for create in creates):
        raise Mismatch(
            expected=f"the ends of {len(creates)} tasks",
            actual=f"the client ended after that of {len(shown)}, which was reported twice",
        )


def check_succeeds(record: Record) -> None:
    """Check that a client that receives callbacks ends by itself, with a success."""
    _creates_with_callback(record)
    check_ends_by_itself(record)
    if not reports_success(record):
        raise Mismatch(expected="a success", actual="a failure")
