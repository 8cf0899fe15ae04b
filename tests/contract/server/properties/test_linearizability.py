"""Histories of one task: those that some order explains, and those that none does."""

import math

import pytest

from seedance_contract.server.properties.linearizability import TimedOperation, linearizable


def cancel(status: int | None, started_at: float, finished_at: float = math.inf) -> TimedOperation:
    return TimedOperation("cancel", status, started_at, finished_at)


def read(state: str | None, started_at: float, finished_at: float = math.inf) -> TimedOperation:
    return TimedOperation("read", state, started_at, finished_at)


EXPLAINED = {
    "no operations": [],
    "an ordinary task": [
        read("pending", 0, 1),
        read("processing", 2, 3),
        read("completed", 4, 5),
    ],
    "a state that was not read": [read("pending", 0, 1), read("completed", 2, 3)],
    "a cancellation": [cancel(200, 0, 1), read("cancelled", 2, 3)],
    "a second cancellation, too late": [cancel(200, 0, 1), cancel(409, 2, 3)],
    "one of two cancellations": [cancel(409, 0, 5), cancel(200, 0, 5), read("cancelled", 6, 7)],
    "a start before the cancellation": [
        cancel(409, 0, 5),
        read("processing", 1, 2),
        read("completed", 6, 7),
    ],
    "an overlapping read": [cancel(200, 0, 5), read("pending", 1, 4), read("cancelled", 6, 7)],
    "a lost cancellation, carried out": [cancel(None, 0), read("cancelled", 9, 10)],
    "a lost cancellation, not carried out": [cancel(None, 0), read("completed", 9, 10)],
    "a lost read": [read(None, 0), cancel(200, 1, 2)],
}
UNEXPLAINED = {
    "cancelled, then completed": [cancel(200, 0, 1), read("completed", 2, 3)],
    "cancelled after it started": [read("processing", 0, 1), cancel(200, 2, 3)],
    "refused, but still pending": [cancel(409, 0, 1), read("pending", 2, 3)],
    "two successful cancellations": [cancel(200, 0, 5), cancel(200, 0, 5)],
    "back to pending": [read("processing", 0, 1), read("pending", 2, 3)],
    "completed, then failed": [read("completed", 0, 1), read("failed", 2, 3)],
    "cancelled without a cancellation": [read("cancelled", 0, 1)],
    "a status that no order explains": [cancel(500, 0, 1)],
    "back to pending after a lost cancellation": [
        cancel(None, 0),
        read("cancelled", 1, 2),
        read("pending", 3, 4),
    ],
}


@pytest.mark.parametrize("history", EXPLAINED.values(), ids=EXPLAINED)
def test_some_order_explains_the_history(history: list[TimedOperation]) -> None:
    assert linearizable(history)


@pytest.mark.parametrize("history", UNEXPLAINED.values(), ids=UNEXPLAINED)
def test_no_order_explains_the_history(history: list[TimedOperation]) -> None:
    assert not linearizable(history)


def test_ten_overlapping_operations_are_fast() -> None:
    history = [cancel(409, 0, 9)] * 5 + [read("pending", 0, 9)] * 5

    assert linearizable(history)
    assert not linearizable([*history, read("pending", 10, 11)])


def test_operation_is_shown_in_one_line() -> None:
    assert str(cancel(200, 0.001, 0.0025)) == "cancel 1.0-2.5 ms: 200"
    assert str(read(None, 0.001)) == "read 1.0-… ms: lost"
