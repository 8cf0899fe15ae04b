"""BILL: how a client uses the ids of charges, and whether it pays twice."""

from __future__ import annotations

from seedance_contract.case import Group, Level, Mismatch
from seedance_contract.client.checks import STOPS_POLLING
from seedance_contract.client.client_case import OUTCOME, NotExercised, group, must, should
from seedance_contract.client.invariants.creates import check_created_once
from seedance_contract.client.record import Record
from seedance_contract.client.traffic import (
    accepted_creates,
    completed_task,
    created_task_id,
    first_final_poll,
    outcome_line,
    response_body,
)
from seedance_contract.client.wording import shown
from seedance_contract.declared.sources import page

GROUP = Group(name="billing", prefix="BILL", title="Billing")

case = group(GROUP)

BILLING = "billing_transaction_id"


def _check_not_in_a_path(record: Record) -> None:
    charge = completed_task(record).get(BILLING)
    if not isinstance(charge, str):
        raise NotExercised("the completed task had no id of a charge")
    targets = [exchange.target for exchange in record.exchanges if charge in exchange.target]
    if targets:
        raise Mismatch(expected="the id of the task in paths", actual=targets[0])


def _check_ids_kept(record: Record) -> None:
    expected = {
        "task_id": created_task_id(accepted_creates(record)[0]),
        BILLING: completed_task(record).get(BILLING),
    }
    ids = {**outcome_line(record), **(outcome_line(record).get("ids") or {})}
    for name, value in expected.items():
        if ids.get(name) != value:
            actual = f"{name}: {shown(ids.get(name))}"
            raise Mismatch(expected=f"{name}: {shown(value)}", actual=actual)
    if not ids.get("request_id"):
        raise Mismatch(expected="a request_id", actual="none")


def _check_not_made_again(record: Record) -> None:
    if response_body(first_final_poll(record)).get("status") != "failed":
        raise NotExercised("no poll showed the client that the task has failed")
    check_created_once(record)


CASES = (
    # The id of the charge looks like an id of a task, so a client that confuses the two uses the
    # wrong one in a path.
    case(
        "BILL-01",
        Level.MUST,
        "The client never uses the id of a charge as the id of a task.",
        page("create-video, video-generation"),
        "clock-polls after-1polls billing-task",
        must("not-in-a-path", "No path contains the id of a charge.", _check_not_in_a_path),
        core=True,
        safe=True,
        cause="ids-confused",
    ),
    case(
        "BILL-02",
        Level.SHOULD,
        "The client keeps the ids of the request, the task and the charge for its user.",
        page("best-practices, observability"),
        "clock-polls after-1polls",
        should("ids-kept", "The outcome line contains all three ids.", _check_ids_kept),
        needs=OUTCOME,
        cause="ids-confused",
    ),
    case(
        "BILL-03",
        Level.MUST,
        "The client does not pay for a failed generation again on its own.",
        page("async-jobs-polling"),
        "clock-polls after-1polls policy",
        must(
            "not-made-again",
            "The client sends no create after the failure.",
            _check_not_made_again,
        ),
        core=True,
        safe=True,
        cause="paid-again",
    ),
    # A client that waits for the id of the charge would poll forever.
    case(
        "BILL-04",
        Level.SHOULD,
        "The client treats a completed task as ended, even if it has no id of a charge.",
        page("billing, observability"),
        "clock-polls after-1polls billing-none",
        STOPS_POLLING,
    ),
)
