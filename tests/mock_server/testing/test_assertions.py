from dataclasses import replace

import pytest

from seedance_mock.service.journal import JournalEntry
from seedance_mock.testing.assertions import (
    assert_creates,
    assert_no_create,
    assert_polls_apart,
    assert_stops_at_the_end,
)

CREATED = JournalEntry(
    number=1,
    request_id="req_1",
    account="key-1",
    time=0.0,
    received=10.0,
    answered=10.1,
    connection=0,
    turn=0,
    method="POST",
    target="/v1/videos/generations",
    place="create",
    authorized=True,
    task_id="ldtask_1",
    status=200,
    code=None,
    task_status="pending",
    fault=None,
    applied=None,
    rules=(),
    warnings=(),
    request=None,
)


def polled(number: int, at: float, status: str, task: str = "ldtask_1") -> JournalEntry:
    return replace(
        CREATED,
        number=number,
        place="poll",
        received=at,
        answered=at + 0.5,
        task_status=status,
        task_id=task,
    )


def test_one_create_is_one_create() -> None:
    assert_creates([CREATED, polled(2, 15, "pending")])
    assert_no_create([polled(2, 15, "pending")])


def test_a_second_create_is_told_with_its_fault() -> None:
    lost = replace(CREATED, number=2, status=None, fault="create-reset+")

    with pytest.raises(AssertionError, match=r"2 came: .*; request 2 answered None, create-reset"):
        assert_creates([CREATED, lost])


def test_a_create_too_few_is_told() -> None:
    with pytest.raises(AssertionError, match="1 create requests expected, 0 came: none"):
        assert_creates([])


def test_patient_polls_are_apart() -> None:
    hurried_elsewhere = polled(4, 20.7, "pending", "ldtask_2")

    assert_polls_apart([CREATED, polled(2, 15, "pending"), polled(3, 20.5, "pending")], 5.0)
    assert_polls_apart([polled(3, 20.5, "pending"), hurried_elsewhere], 5.0)


def test_a_gap_is_counted_from_the_answer() -> None:
    with pytest.raises(AssertionError, match=r"requests 2 and 3 are 4\.500 s apart"):
        assert_polls_apart([polled(2, 15, "pending"), polled(3, 20, "pending")], 5.0)


def test_an_unanswered_poll_counts_from_its_coming() -> None:
    lost = replace(polled(2, 15, "pending"), answered=None)

    assert_polls_apart([lost, polled(3, 20, "pending")], 5.0)


@pytest.mark.parametrize("end", ["completed", "failed"])
def test_a_poll_after_the_end_is_told(end: str) -> None:
    polls = [polled(2, 15, "processing"), polled(3, 20, end), polled(4, 25, end)]

    assert_stops_at_the_end(polls[:2])
    with pytest.raises(AssertionError, match=f"after it was {end}, but request 4 followed 3"):
        assert_stops_at_the_end(polls)
