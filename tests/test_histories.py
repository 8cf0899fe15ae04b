"""The model of a workspace that judges histories: what it explains, and what it does not."""

from __future__ import annotations

from decimal import Decimal

import pytest

from histories import (
    COST,
    FIRST_BALANCE,
    TOP_UP,
    UnexplainedError,
    require_explained,
)
from seedance_contract.server.properties.linearizability import TimedOperation


def operation(
    kind: str, result: object, moment: int, task_id: str = "", seconds: float = 1.0
) -> TimedOperation:
    """Return an operation that starts at a moment and takes some seconds."""
    end = float("inf") if result is None else moment + seconds
    return TimedOperation(kind, result, moment, end, task_id)


def funds(balance: Decimal, reserved: Decimal) -> tuple[Decimal, Decimal]:
    """Return the result of a read."""
    return balance, reserved


CREATED = operation("create", "a", 0, "a")
RESERVED = funds(FIRST_BALANCE - COST, COST)
RELEASED = funds(FIRST_BALANCE, Decimal(0))
EVERYTHING = [operation("create", name, 0, name) for name in "abcde"]

EXPLAINED = {
    "a whole life": [
        CREATED,
        operation("poll", "pending", 2, "a"),
        operation("read", RESERVED, 4),
        operation("cancel", 200, 6, "a"),
        operation("poll", "cancelled", 8, "a"),
        operation("cancel", 409, 10, "a"),
        operation("read", RELEASED, 12),
    ],
    "a top-up": [
        operation("top up", 200, 0),
        operation("read", funds(FIRST_BALANCE + TOP_UP, Decimal(0)), 2),
    ],
    "a balance that is spent": [*EVERYTHING, operation("create", 402, 2)],
    "a read during a create": [CREATED, operation("read", RELEASED, 0)],
    "a lost create that was carried out": [
        operation("create", None, 0),
        operation("read", RESERVED, 2),
    ],
    "a lost create that was not": [operation("create", None, 0), operation("read", RELEASED, 2)],
    "a lost cancellation": [
        CREATED,
        operation("cancel", None, 2, "a"),
        operation("read", RELEASED, 4),
    ],
}

UNEXPLAINED = {
    "a stale read": [CREATED, operation("read", RELEASED, 2)],
    "a task of nobody": [operation("poll", "pending", 0, "b")],
    "a task that is gone": [CREATED, operation("poll", 404, 2, "a")],
    "two cancellations": [
        CREATED,
        operation("cancel", 200, 2, "a", 3),
        operation("cancel", 200, 2, "a", 3),
    ],
    "a cancellation that is forgotten": [
        CREATED,
        operation("cancel", 200, 2, "a"),
        operation("poll", "pending", 4, "a"),
    ],
    "a lost top-up": [operation("top up", 200, 0), operation("read", RELEASED, 2)],
    "two creates that reserve once": [
        CREATED,
        operation("create", "b", 0, "b"),
        operation("read", RESERVED, 2),
    ],
    "more than the balance": [*EVERYTHING, operation("create", "f", 2, "f")],
    "a refusal in spite of the balance": [operation("create", 402, 0)],
    "another status": [operation("create", 500, 0)],
    "a state that comes and goes": [
        operation("create", None, 0),
        operation("read", RESERVED, 2),
        operation("read", RELEASED, 4),
    ],
}


@pytest.mark.parametrize("history", EXPLAINED.values(), ids=EXPLAINED)
def test_some_order_explains_a_history(history: list[TimedOperation]) -> None:
    require_explained(history)


@pytest.mark.parametrize("history", UNEXPLAINED.values(), ids=UNEXPLAINED)
def test_no_order_explains_a_history(history: list[TimedOperation]) -> None:
    with pytest.raises(UnexplainedError, match="ms: "):
        require_explained(history)
