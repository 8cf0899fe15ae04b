"""Deletions: what a delete under /api/v3 does to a task, by its state."""

from __future__ import annotations

from functools import partial

from seedance_contract.case import Group, Mismatch
from seedance_contract.declared.errors import TASK_NOT_CANCELLABLE
from seedance_contract.declared.sources import assumed, page
from seedance_contract.declared.v3.errors import v3_form
from seedance_contract.declared.v3.examples import example_v3_request
from seedance_contract.server.check_context import CheckContext, server_check
from seedance_contract.server.responses.response_checks import expect_status
from seedance_contract.server.responses.v3_expectations import (
    create_v3_task,
    delete_v3_task,
    expect_v3_error,
    read_v3_task,
)

GROUP = Group(name="deletions", prefix="deletions", title="deletions")

BODY = example_v3_request()

END_SECONDS = 10 * 86_400.0
"""Seconds on an account's clock after which any task has ended."""


def _queued(context: CheckContext) -> None:
    context.require_spending()
    control, key = context.require_control(), context.open_account()
    task_id = create_v3_task(context, key, BODY)
    response = expect_status(delete_v3_task(context, task_id, key), 200)
    context.exercised += 1
    if response.body:
        raise Mismatch("an empty body", response.summary)
    # Also when it would have ended: a server may cancel the task and charge its video all the same.
    for seconds in (0.0, END_SECONDS):
        if seconds:
            control.advance_clock(key, seconds)
        funds = control.funds(key)
        if funds.reserved or funds.charged:
            actual = f"{funds.reserved} reserved, {funds.charged} charged"
            raise Mismatch("no reservation and no charge", actual, cause="charged-wrongly")


def _shown(context: CheckContext) -> None:
    context.require_spending()
    context.require_control()
    key = context.open_account()
    task_id = create_v3_task(context, key, BODY)
    expect_status(delete_v3_task(context, task_id, key), 200)
    status = read_v3_task(context, task_id, key).get("status")
    context.exercised += 1
    if status != "cancelled":
        raise Mismatch("the status cancelled", f"{status}")


def _ended_task(context: CheckContext) -> tuple[str, str]:
    """Return a key and a task of it that has ended."""
    context.require_spending()
    control, key = context.require_control(), context.open_account()
    # The longest expiry, so that a slow task does not expire before it succeeds.
    task_id = create_v3_task(context, key, {**BODY, "execution_expires_after": 259_200})
    for _ in range(100):
        control.advance_clock(key, 60.0)
        if read_v3_task(context, task_id, key).get("status") == "succeeded":
            return key, task_id
    raise Mismatch("a task that has succeeded", "none after 100 minutes", cause="task-never-ends")


def _ended(context: CheckContext) -> None:
    key, task_id = _ended_task(context)
    response = delete_v3_task(context, task_id, key)
    context.exercised += 1
    # Any error: which one is an assumption, and has a check of its own.
    if response.status < 400:
        raise Mismatch("an error", response.summary)
    read_v3_task(context, task_id, key)


def _code(context: CheckContext) -> None:
    key, task_id = _ended_task(context)
    form = v3_form(TASK_NOT_CANCELLABLE)
    expect_v3_error(delete_v3_task(context, task_id, key), form.status, form.code)
    context.exercised += 1


_check = partial(server_check, GROUP)
_DELETE = page("delete-volc")

CHECKS = (
    _check(
        "queued",
        "Deleting a queued task is a 200 without a body, and the task costs nothing.",
        _DELETE,
        _queued,
        cause="cancellation-wrong",
        safe=True,
    ),
    _check(
        "shown",
        "A task that was deleted while it was queued is cancelled.",
        _DELETE,
        _shown,
        cause="cancellation-wrong",
    ),
    _check(
        "ended",
        "Deleting a task that has ended is an error, and the task stays.",
        _DELETE,
        _ended,
        cause="cancellation-wrong",
    ),
    _check(
        "code",
        "A refused delete is a 409 OperationDenied.InvalidState.",
        assumed("how v3 refuses to delete a task that has started"),
        _code,
        cause="wrong-error",
    ),
)
