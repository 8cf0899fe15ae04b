"""Races: requests that overlap, from several connections at once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from threading import Barrier

from seedance_contract.case import Case, Level, Mismatch
from seedance_contract.declared.examples import request
from seedance_contract.declared.operations import TEXT_TO_VIDEO
from seedance_contract.declared.routes import CANCEL, READ
from seedance_contract.declared.sources import Source, page
from seedance_contract.server.check_context import CheckContext, ServerCheck
from seedance_contract.server.linearizability import TimedOperation, linearizable
from seedance_contract.server.reference_model import expected_costs
from seedance_contract.server.target import ReceivedResponse, UnreachableError

GROUP = "races"

START, END = 3.0, 86_400.0
"""Seconds on an account's clock by which a task may have started, and has ended."""

CONNECTIONS = 6


def _state(answer: ReceivedResponse) -> str | int:
    """Return the state that a read shows, or the status of what else came."""
    if answer.status != 200:
        return answer.status
    told = answer.json
    return "cancelled" if told.get("cancelled") is True else str(told.get("status"))


def _cancel(subject: CheckContext, task_id: str, key: str) -> str | int:
    return subject.target.send("DELETE", CANCEL.path.format(id=task_id), key=key).status


def _read(subject: CheckContext, task_id: str, key: str) -> str | int:
    return _state(subject.target.send("GET", READ.path.format(id=task_id), key=key))


Act = tuple[str, Callable[[], str | int | None]]


def _at_once(acts: Sequence[Act]) -> list[TimedOperation]:
    """Do everything at once, and return the history of it."""
    barrier = Barrier(len(acts))
    began = time.perf_counter()

    def do(act: Act) -> TimedOperation:
        kind, function = act
        barrier.wait()
        invoked = time.perf_counter() - began
        try:
            told = function()
        except UnreachableError:
            return TimedOperation(kind, None, invoked)
        return TimedOperation(kind, told, invoked, time.perf_counter() - began)

    with ThreadPoolExecutor(len(acts)) as threads:
        return list(threads.map(do, acts))


def _race(subject: CheckContext, seconds: float | None) -> None:
    """Cancel a task from two connections while it is read, and while time passes."""
    subject.require_spending()
    for _ in range(subject.max_examples):
        key = subject.keys.new_key()
        if subject.control is not None:
            subject.control.open_account(key)
        subject.target.clear_log()
        task_id = subject.create_task(request(TEXT_TO_VIDEO), key)
        history = _at_once(_acts(subject, task_id, key, seconds))
        later = [TimedOperation("read", _read(subject, task_id, key), time.perf_counter())]
        _hold([one for one in history if one.kind != "clock"] + later)


def _acts(subject: CheckContext, task_id: str, key: str, seconds: float | None) -> list[Act]:
    cancel = ("cancel", partial(_cancel, subject, task_id, key))
    read = ("read", partial(_read, subject, task_id, key))
    acts: list[Act] = [cancel, read, cancel, read]
    steering = subject.control
    if seconds is not None and steering is not None:

        def move() -> None:
            steering.advance_clock(key, seconds)

        acts.insert(1, ("clock", move))
    return acts


def _hold(history: list[TimedOperation]) -> None:
    if not linearizable(history):
        told = "; ".join(map(str, sorted(history, key=lambda one: one.started_at)))
        raise Mismatch("answers that some order of the requests explains", told)


def _waiting(subject: CheckContext) -> None:
    _race(subject, None)


def _starting(subject: CheckContext) -> None:
    subject.require_control()
    _race(subject, START)


def _ending(subject: CheckContext) -> None:
    subject.require_control()
    _race(subject, END)


def _spending(subject: CheckContext) -> None:
    """Create more tasks at once than there is money for."""
    steering = subject.require_control()
    body = request(TEXT_TO_VIDEO)
    price, _ = expected_costs(body)
    key = subject.keys.new_key()
    affordable = CONNECTIONS // 2
    steering.open_account(key, balance=price * affordable)

    def create() -> str | int:
        return subject.create(body, key).status

    history = _at_once([("create", create)] * CONNECTIONS)
    told = " ".join(sorted(str(one.result) for one in history))
    wanted = " ".join(["200"] * affordable + ["402"] * (CONNECTIONS - affordable))
    money = steering.funds(key)
    if (told, money.reserved, money.balance) != (wanted, price * affordable, Decimal(0)):
        raise Mismatch(f"{wanted}, and {price * affordable} reserved", f"{told}, and {money}")


def _case(name: str, requirement: str, source: Source) -> Case:
    return Case(id=name, group=GROUP, level=Level.MUST, requirement=requirement, source=source)


_CANCEL_SOURCE = page("cancel-task")

CHECKS = (
    ServerCheck(
        case=_case("races.cancel", "Of two cancellations at once one wins.", _CANCEL_SOURCE),
        run=_waiting,
    ),
    ServerCheck(
        case=_case(
            "races.cancel-start",
            "A cancellation that meets the start wins or loses, never both.",
            _CANCEL_SOURCE,
        ),
        run=_starting,
    ),
    ServerCheck(
        case=_case(
            "races.cancel-end",
            "A cancellation that meets the end wins or loses, never both.",
            _CANCEL_SOURCE,
        ),
        run=_ending,
    ),
    ServerCheck(
        case=_case(
            "races.spending",
            "Creates at once never spend more than there is.",
            page("billing"),
        ),
        run=_spending,
    ),
)
