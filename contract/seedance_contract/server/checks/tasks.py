"""Tasks: what the state machine holds, promise by promise."""

from __future__ import annotations

import time
from functools import partial

from seedance_contract.case import Case, Level, Mismatch
from seedance_contract.declared.examples import request
from seedance_contract.declared.operations import TEXT_TO_VIDEO
from seedance_contract.declared.sources import Source, openapi, page
from seedance_contract.server.check_context import CheckContext, ServerCheck
from seedance_contract.server.checks.state_machine import breach_of
from seedance_contract.server.reference_model import ENDED_RANK, RANK

GROUP = "tasks"

_STATUS, _CANCEL, _BILLING = page("get-task-status"), page("cancel-task"), page("billing")
_POLLING = page("async-jobs-polling")

PROMISES: dict[str, tuple[str, Source]] = {
    "tasks.ids": ("Create answers id and task_id, and they are equal.", _STATUS),
    "tasks.poll-url": ("Create answers the path to poll.", _POLLING),
    "tasks.created": ("A new task is pending and names its model.", _STATUS),
    "tasks.readable": ("A task stays readable, also once it was cancelled.", _CANCEL),
    "tasks.order": ("The status never goes back.", _POLLING),
    "tasks.ended": ("An ended task never changes.", _POLLING),
    "tasks.pure": ("Reading a task changes nothing.", _POLLING),
    "tasks.old-path": (
        "The older path shows the same task.",
        openapi("GET /v1/videos/generations/{id}"),
    ),
    "tasks.updated": (
        "created <= updated, and updated tells when the task last changed.",
        openapi("VideoTaskResponse.updated"),
    ),
    "tasks.result": ("A task names its video once it is completed, not before.", _STATUS),
    "tasks.isolation": ("A key can neither read nor cancel another's tasks.", _CANCEL),
    "tasks.cancelled": ("A cancelled task is failed, and says that it was cancelled.", _CANCEL),
    "tasks.cancel-waiting": ("A task that waits can be cancelled.", _CANCEL),
    "tasks.cancel-late": ("A task that no longer waits cannot be cancelled: 409.", _CANCEL),
    "tasks.cancel-model": ("Tasks of some models cannot be cancelled at all: 400.", _CANCEL),
    "tasks.billing-id": (
        "A completed task has a billing_transaction_id of its own, no other has one.",
        _BILLING,
    ),
    "tasks.affordable": ("What the balance covers is accepted.", _BILLING),
    "tasks.unaffordable": ("What the balance does not cover is 402.", _BILLING),
    "tasks.money": ("Balance, reservations and charges add up to what was granted.", _BILLING),
    "tasks.charged": ("A completed task is charged once, and no other is.", _BILLING),
    "tasks.reserved": ("Only tasks that have not ended hold money back.", _BILLING),
}
"""Each promise of the machine, in one sentence, and where it is documented."""

STEERED = frozenset(
    {
        "tasks.pure",
        "tasks.old-path",
        "tasks.unaffordable",
        "tasks.money",
        "tasks.charged",
        "tasks.reserved",
        "tasks.cancel-waiting",
    }
)
"""Promises that can be judged only where the clock and the money can be moved."""


def _kept(promise: str, subject: CheckContext) -> None:
    subject.require_spending()
    if promise in STEERED:
        subject.require_control()
    breach = breach_of(subject, promise)
    if breach is not None:
        raise breach


POLL_SECONDS = 1.0
"""Real seconds between two looks at a task whose clock cannot be moved."""


def _ends(subject: CheckContext) -> None:
    """Watch one task from its creation to its end."""
    subject.require_spending()
    key = subject.keys.new_key()
    if subject.control is not None:
        subject.control.open_account(key)
    task_id = subject.create_task(request(TEXT_TO_VIDEO), key)
    seen: list[str] = []
    deadline = time.monotonic() + subject.task_timeout
    while not seen or RANK.get(seen[-1], 0) < ENDED_RANK:
        if time.monotonic() > deadline:
            raise Mismatch(f"an end within {subject.task_timeout:.0f} s", " ".join(seen))
        _pass(subject, key)
        seen.append(str(subject.read_task(task_id, key).get("status")))


def _pass(subject: CheckContext, key: str) -> None:
    if subject.control is None:
        time.sleep(POLL_SECONDS)
    else:
        subject.control.advance_clock(key, 10 * POLL_SECONDS)


def _case(name: str, requirement: str, source: Source) -> Case:
    return Case(id=name, group=GROUP, level=Level.MUST, requirement=requirement, source=source)


CHECKS = (
    *(
        ServerCheck(case=_case(name, says, source), run=partial(_kept, name))
        for name, (says, source) in PROMISES.items()
    ),
    ServerCheck(
        case=_case("tasks.ends", "A task comes to an end.", _POLLING),
        run=_ends,
    ),
)
