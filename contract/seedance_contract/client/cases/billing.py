"""BILL: what a client does with the ids of charges, and whether it pays again unasked."""

from __future__ import annotations

from seedance_contract.case import Level, Mismatch
from seedance_contract.client.checks import ONE_CREATE, STOPS
from seedance_contract.client.record import Record
from seedance_contract.client.scene import OUTCOME, Unexercised, group, must, should
from seedance_contract.client.traffic import accepted, completion, end_shown, outcome, task_id, told
from seedance_contract.declared.sources import page

GROUP = "BILL Billing"

BILLING = "billing_transaction_id"


def _never_in_a_path(record: Record) -> None:
    charge = completion(record).get(BILLING)
    if not isinstance(charge, str):
        raise Unexercised("the client was given no id of a charge")
    if used := [one.target for one in record.exchanges if charge in one.target]:
        raise Mismatch(expected="the task's own id in paths", actual=used[0])


def _ids_kept(record: Record) -> None:
    wanted = {"task_id": task_id(accepted(record)[0]), BILLING: completion(record).get(BILLING)}
    ids = {**outcome(record), **(outcome(record).get("ids") or {})}
    for name, value in wanted.items():
        if ids.get(name) != value:
            raise Mismatch(expected=f"{name}: {value}", actual=str(ids.get(name)))
    if not ids.get("request_id"):
        raise Mismatch(expected="a request_id", actual="none")


def _not_made_again(record: Record) -> None:
    if told(end_shown(record)).get("status") != "failed":
        raise Unexercised("the client never saw the task failed")
    ONE_CREATE.judge(record)


scene = group(GROUP)

SCENES = (
    scene(
        "BILL-01",
        Level.MUST,
        "The id of a charge is never taken for that of a task.",
        page("create-video, video-generation"),
        "clock-polls after-1polls billing-task",
        must("not-in-a-path", "No path has it.", _never_in_a_path),
        core=True,
        safe=True,
    ),
    scene(
        "BILL-02",
        Level.SHOULD,
        "The ids of request, task and charge are kept for the user.",
        page("best-practices, observability"),
        "clock-polls after-1polls",
        should("ids-kept", "The outcome has all three.", _ids_kept),
        needs=OUTCOME,
    ),
    scene(
        "BILL-03",
        Level.MUST,
        "A failed generation is not paid for again unasked.",
        page("async-jobs-polling"),
        "clock-polls after-1polls policy",
        must("not-made-again", "Nothing is created after the failure.", _not_made_again),
        core=True,
        safe=True,
    ),
    scene(
        "BILL-04",
        Level.SHOULD,
        "A task that is completed is over, also without the id of a charge.",
        page("billing, observability"),
        "clock-polls after-1polls billing-none",
        STOPS,
    ),
)
