"""Races: requests that overlap, from several connections at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from threading import Barrier

from seedance_contract.case import Group, Mismatch
from seedance_contract.declared.examples import example_request
from seedance_contract.declared.operations import TEXT_TO_VIDEO
from seedance_contract.declared.routes import CANCEL, READ
from seedance_contract.declared.sources import page
from seedance_contract.server.check_context import CheckContext, Stage, server_check
from seedance_contract.server.errors import UnreachableError
from seedance_contract.server.http.exchange import ReceivedResponse
from seedance_contract.server.properties.linearizability import TimedOperation, linearizable
from seedance_contract.server.properties.reference_model import expected_costs

GROUP = Group(name="races", prefix="races", title="races")

START_SECONDS, END_SECONDS = 3.0, 86_400.0
"""Seconds on an account's clock after which a task may have started, and has ended."""

CONNECTIONS = 6

Action = tuple[str, Callable[[], str | int | None]]
"""The kind of an operation, and a function that carries it out and returns its result."""


def _task_state(response: ReceivedResponse) -> str | int:
    """Return the state of the task in a response, or the status if there is no task in it."""
    if response.status != 200:
        return response.status
    task = response.require_object()
    return "cancelled" if task.get("cancelled") is True else str(task.get("status"))


def _cancel(context: CheckContext, task_id: str, key: str) -> str | int:
    return context.send_about_task(CANCEL, task_id, key).status


def _read(context: CheckContext, task_id: str, key: str) -> str | int:
    return _task_state(context.send_about_task(READ, task_id, key))


def run_at_once(actions: Sequence[Action], start: float) -> list[TimedOperation]:
    """Carry out all actions at the same time. Return them with their times since `start`."""
    # Without the barrier the first request is often over before the last thread has started.
    barrier = Barrier(len(actions))

    def carry_out(action: Action) -> TimedOperation:
        kind, function = action
        barrier.wait()
        started_at = time.perf_counter() - start
        try:
            result = function()
        except UnreachableError:
            return TimedOperation(kind, None, started_at)
        return TimedOperation(kind, result, started_at, time.perf_counter() - start)

    with ThreadPoolExecutor(len(actions)) as threads:
        return list(threads.map(carry_out, actions))


def _cancel_race(context: CheckContext, seconds: float | None) -> None:
    """Cancel a task from two connections while it is read and, if `seconds`, time passes."""
    context.require_spending()
    for _ in range(context.max_examples):
        context.target.log.start_example()
        key = context.open_account()
        task_id = context.create_task(example_request(TEXT_TO_VIDEO), key)
        start = time.perf_counter()
        operations = run_at_once(_actions(context, task_id, key, seconds), start)
        context.exercised += 1
        read_at = time.perf_counter() - start
        final_state = _read(context, task_id, key)
        final_read = TimedOperation("read", final_state, read_at, time.perf_counter() - start)
        history = [operation for operation in operations if operation.kind != "clock"]
        _expect_linearizable([*history, final_read])


def _actions(context: CheckContext, task_id: str, key: str, seconds: float | None) -> list[Action]:
    cancel = ("cancel", partial(_cancel, context, task_id, key))
    read = ("read", partial(_read, context, task_id, key))
    actions: list[Action] = [cancel, read, cancel, read]
    control = context.control
    if seconds is not None and control is not None:

        def advance_clock() -> None:
            control.advance_clock(key, seconds)

        actions.insert(1, ("clock", advance_clock))
    return actions


def _expect_linearizable(history: list[TimedOperation]) -> None:
    if not linearizable(history):
        operations = sorted(history, key=lambda operation: operation.started_at)
        expected = "responses that some order of the requests explains"
        raise Mismatch(expected, "; ".join(map(str, operations)))


def _cancel_while_pending(context: CheckContext) -> None:
    _cancel_race(context, None)


def _cancel_at_start(context: CheckContext) -> None:
    context.require_control()
    _cancel_race(context, START_SECONDS)


def _cancel_at_end(context: CheckContext) -> None:
    context.require_control()
    _cancel_race(context, END_SECONDS)


def _spending(context: CheckContext) -> None:
    """Create more tasks at once than the balance covers."""
    control = context.require_control()
    body = example_request(TEXT_TO_VIDEO)
    cost, _ = expected_costs(body)
    key = context.keys.new_key()
    affordable = CONNECTIONS // 2
    control.open_account(key, balance=cost * affordable)

    def create() -> str | int:
        return context.send_create(body, key).status

    operations = run_at_once([("create", create)] * CONNECTIONS, time.perf_counter())
    statuses = " ".join(sorted(str(operation.result) for operation in operations))
    expected = " ".join(["200"] * affordable + ["402"] * (CONNECTIONS - affordable))
    context.exercised += 1
    funds = control.funds(key)
    reserved = cost * affordable
    if (statuses, funds.reserved, funds.balance) != (expected, reserved, Decimal(0)):
        raise Mismatch(f"{expected}, and {reserved} reserved", f"{statuses}, and {funds}")


_check = partial(server_check, GROUP, stage=Stage.RACE)

CHECKS = (
    _check(
        "cancel",
        "If two connections cancel a pending task at once, one succeeds.",
        page("cancel-task"),
        _cancel_while_pending,
        cause="cancellation-race",
        safe=True,
    ),
    _check(
        "cancel-start",
        "If a task starts while it is cancelled, it either starts or is cancelled, never both.",
        page("cancel-task"),
        _cancel_at_start,
        cause="cancellation-race",
        safe=True,
    ),
    _check(
        "cancel-end",
        "If a task ends while it is cancelled, it either ends or is cancelled, never both.",
        page("cancel-task"),
        _cancel_at_end,
        cause="cancellation-race",
        safe=True,
    ),
    _check(
        "spending",
        "Create requests at once never spend more than the balance.",
        page("billing"),
        _spending,
        cause="balance-check-wrong",
        safe=True,
    ),
)
