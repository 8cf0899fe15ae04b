"""Tasks: the promises that the state machine tests, and whether a task comes to an end."""

from __future__ import annotations

import time
from collections.abc import Mapping
from functools import partial

from seedance_contract.case import Group, Mismatch
from seedance_contract.declared.examples import example_request
from seedance_contract.declared.operations import TEXT_TO_VIDEO
from seedance_contract.declared.sources import Source, openapi, page
from seedance_contract.server.check_context import CheckContext, server_check
from seedance_contract.server.errors import UnexercisedError
from seedance_contract.server.properties.promise_search import PROMISE_SEARCH, PromiseSearch
from seedance_contract.server.properties.reference_model import ENDED_RANK, RANK

GROUP = Group(name="tasks", prefix="tasks", title="tasks")

_STATUS, _CANCEL, _BILLING = page("get-task-status"), page("cancel-task"), page("billing")
_POLLING = page("async-jobs-polling")

PROMISES: Mapping[str, tuple[str, Source, str]] = {
    "ids": (
        "The response to create has id and task_id, and they are equal.",
        _STATUS,
        "task-not-found",
    ),
    "poll-url": (
        "The response to create has the path of the task as poll_url.",
        _POLLING,
        "task-not-found",
    ),
    "created": ("A new task is pending and names its model.", _STATUS, "task-incomplete"),
    "readable": ("A task stays readable, even after its cancellation.", _CANCEL, "task-not-found"),
    "order": ("The status never goes back.", _POLLING, "status-goes-back"),
    "ended": ("A task that has ended never changes.", _POLLING, "status-goes-back"),
    "pure": ("Reading a task changes nothing.", _POLLING, "read-changes-task"),
    "old-path": (
        "The older path shows the same task.",
        openapi("GET /v1/videos/generations/{id}"),
        "task-not-found",
    ),
    "updated": (
        "created <= updated, and updated is the time of the last change.",
        openapi("VideoTaskResponse.updated"),
        "task-incomplete",
    ),
    "result": (
        "A task has a video_url once it is completed, and not before.",
        _STATUS,
        "task-incomplete",
    ),
    "isolation": (
        "A key can neither read nor cancel the tasks of another workspace.",
        _CANCEL,
        "workspaces-not-separated",
    ),
    "cancelled": (
        "A cancelled task is failed, with cancelled: true.",
        _CANCEL,
        "cancellation-wrong",
    ),
    "cancel-waiting": ("A pending task can be cancelled.", _CANCEL, "cancellation-wrong"),
    "cancel-late": (
        "Cancelling a task that is no longer pending is a 409.",
        _CANCEL,
        "cancellation-wrong",
    ),
    "cancel-model": (
        "Cancelling a task of a model without cancellation is a 400.",
        _CANCEL,
        "cancellation-wrong",
    ),
    "billing-id": (
        "Every completed task has its own billing_transaction_id, and no other task has one.",
        _BILLING,
        "charged-wrongly",
    ),
    "affordable": (
        "A request that the balance covers is accepted.",
        _BILLING,
        "balance-check-wrong",
    ),
    "unaffordable": (
        "A request that the balance does not cover is a 402.",
        _BILLING,
        "balance-check-wrong",
    ),
    "money": (
        "Balance, reservations and charges add up to what was granted.",
        _BILLING,
        "reservation-not-released",
    ),
    "charged": (
        "A completed task is charged once, and no other task is charged.",
        _BILLING,
        "charged-wrongly",
    ),
    "reserved": (
        "Money is reserved only for tasks that have not ended.",
        _BILLING,
        "reservation-not-released",
    ),
}
"""The requirement, the source and the cause of each promise, by the second part of its id."""

SAFE_PROMISES = frozenset(
    {"isolation", "billing-id", "affordable", "unaffordable", "money", "charged", "reserved"}
)
"""Promises about money and workspaces, which the profile SAFE consists of."""

PROMISES_WITH_CONTROL = frozenset(
    {"pure", "old-path", "unaffordable", "money", "charged", "reserved", "cancel-waiting"}
)
"""Promises that can be checked only if the clock and the money can be moved."""

_NO_TASK = "no task could be created"

UNEXERCISED_REASONS: Mapping[str, str] = {
    "order": "no task was read twice",
    "ended": "no task ended while it was read",
    "updated": "no task had the times created and updated",
    "result": "no task was completed while it was read",
    "isolation": "a key of another workspace is needed: --other-key",
    "cancelled": "no task was cancelled",
    "cancel-late": "no task was cancelled after it had started",
    "cancel-model": "no task of a model without cancellation was cancelled",
    "billing-id": "no task was completed while it was read",
    "unaffordable": "no request cost more than the balance",
    "charged": "no task ended while it was read",
}
"""Why a promise was never at stake, by its name; the others need a task and nothing else."""


def _promise(name: str, context: CheckContext) -> None:
    context.require_spending()
    if name in PROMISES_WITH_CONTROL:
        context.require_control()
    search: PromiseSearch = context.outcome_of(PROMISE_SEARCH)
    promise = f"{GROUP.prefix}.{name}"
    # One search serves all these checks. What it counted is how often this promise was at stake.
    context.exercised = search.counts[promise]
    if promise in search.mismatches:
        raise search.mismatches[promise]
    # A promise without a mismatch may have been broken in the part that was not searched.
    if search.is_cut_short:
        raise UnexercisedError("the search ended early: repair the broken promises first")
    if not context.exercised:
        raise UnexercisedError(UNEXERCISED_REASONS.get(name, _NO_TASK))


POLL_SECONDS = 1.0
"""Real seconds between two reads if the clock cannot be moved."""

CLOCK_STEP_SECONDS = 10.0
"""Seconds between two reads on a clock that can be moved."""


def _end(context: CheckContext) -> None:
    """Read one task from its creation to its end."""
    context.require_spending()
    key = context.open_account()
    task_id = context.create_task(example_request(TEXT_TO_VIDEO), key)
    statuses: list[str] = []
    deadline = time.monotonic() + context.task_timeout
    while not statuses or RANK.get(statuses[-1], 0) < ENDED_RANK:
        if time.monotonic() > deadline:
            seen = " ".join(dict.fromkeys(statuses)) or "no status"
            raise Mismatch(f"an end within {context.task_timeout:.0f} s", seen)
        _wait(context, key)
        statuses.append(str(context.read_task(task_id, key).get("status")))
        context.exercised += 1


def _wait(context: CheckContext, key: str) -> None:
    if context.control is None:
        time.sleep(POLL_SECONDS)
    else:
        context.control.advance_clock(key, CLOCK_STEP_SECONDS)


_check = partial(server_check, GROUP)

CHECKS = (
    *(
        _check(
            name,
            requirement,
            source,
            partial(_promise, name),
            cause=cause,
            safe=name in SAFE_PROMISES,
            shared=PROMISE_SEARCH,
        )
        for name, (requirement, source, cause) in PROMISES.items()
    ),
    _check("ends", "Every task comes to an end.", _POLLING, _end, cause="task-never-ends"),
)
