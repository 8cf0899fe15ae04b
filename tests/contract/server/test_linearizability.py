"""Histories of one task that some order explains, and such that none does."""

import math

import pytest

from seedance_contract.server.linearizability import TimedOperation, linearizable


def cancel(told: int | None, invoked: float, returned: float = math.inf) -> TimedOperation:
    return TimedOperation("cancel", told, invoked, returned)


def read(told: str | None, invoked: float, returned: float = math.inf) -> TimedOperation:
    return TimedOperation("read", told, invoked, returned)


EXPLAINED = {
    "nothing happens": [],
    "it runs its course": [
        read("pending", 0, 1),
        read("processing", 2, 3),
        read("completed", 4, 5),
    ],
    "stages go unseen": [read("pending", 0, 1), read("completed", 2, 3)],
    "it is cancelled": [cancel(200, 0, 1), read("cancelled", 2, 3)],
    "the second cancel is late": [cancel(200, 0, 1), cancel(409, 2, 3)],
    "of two at once one wins": [cancel(409, 0, 5), cancel(200, 0, 5), read("cancelled", 6, 7)],
    "the start wins": [cancel(409, 0, 5), read("processing", 1, 2), read("completed", 6, 7)],
    "a read overlaps": [cancel(200, 0, 5), read("pending", 1, 4), read("cancelled", 6, 7)],
    "a lost cancel was carried out": [cancel(None, 0), read("cancelled", 9, 10)],
    "a lost cancel never came": [cancel(None, 0), read("completed", 9, 10)],
    "a lost read": [read(None, 0), cancel(200, 1, 2)],
}
UNEXPLAINED = {
    "cancelled, then completed": [cancel(200, 0, 1), read("completed", 2, 3)],
    "cancelled after it ran": [read("processing", 0, 1), cancel(200, 2, 3)],
    "refused, yet it still waits": [cancel(409, 0, 1), read("pending", 2, 3)],
    "two cancels win": [cancel(200, 0, 5), cancel(200, 0, 5)],
    "back to waiting": [read("processing", 0, 1), read("pending", 2, 3)],
    "completed, then failed": [read("completed", 0, 1), read("failed", 2, 3)],
    "cancelled by nobody": [read("cancelled", 0, 1)],
    "an answer that there is none of": [cancel(500, 0, 1)],
    "a flap after a lost cancel": [cancel(None, 0), read("cancelled", 1, 2), read("pending", 3, 4)],
}


@pytest.mark.parametrize("history", EXPLAINED.values(), ids=EXPLAINED)
def test_some_order_explains_it(history: list[TimedOperation]) -> None:
    assert linearizable(history)


@pytest.mark.parametrize("history", UNEXPLAINED.values(), ids=UNEXPLAINED)
def test_no_order_explains_it(history: list[TimedOperation]) -> None:
    assert not linearizable(history)


def test_ten_overlapping_requests_are_decided_at_once() -> None:
    history = [cancel(409, 0, 9)] * 5 + [read("pending", 0, 9)] * 5

    assert linearizable(history)
    assert not linearizable([*history, read("pending", 10, 11)])


def test_an_operation_is_shown_in_a_line() -> None:
    assert str(cancel(200, 0.001, 0.0025)) == "cancel 1.0-2.5 ms: 200"
    assert str(read(None, 0.001)) == "read 1.0-… ms: lost"
