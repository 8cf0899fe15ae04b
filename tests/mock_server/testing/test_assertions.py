import pytest
from msgspec.structs import replace

from seedance_mock.testing import (
    JournalEntry,
    assert_creates,
    assert_no_create,
    assert_no_poll_after_end,
    assert_polls_apart,
)

CREATE = JournalEntry(
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


def poll(number: int, received: float, status: str, task_id: str = "ldtask_1") -> JournalEntry:
    return replace(
        CREATE,
        number=number,
        place="poll",
        received=received,
        answered=received + 0.5,
        task_status=status,
        task_id=task_id,
    )


def test_polls_are_not_counted_as_creates() -> None:
    assert_creates([CREATE, poll(2, 15, "pending")])
    assert_no_create([poll(2, 15, "pending")])


def test_a_second_create_is_an_error() -> None:
    lost = replace(CREATE, number=2, status=None, fault="create-reset+")

    with pytest.raises(
        AssertionError, match=r"received 2: .*; request 2: no response, create-reset"
    ):
        assert_creates([CREATE, lost])


def test_a_missing_create_is_reported() -> None:
    with pytest.raises(AssertionError, match="expected 1 create requests, received 0: none"):
        assert_creates([])


def test_the_gap_is_measured_within_one_task() -> None:
    poll_of_another_task = poll(4, 20.7, "pending", "ldtask_2")

    assert_polls_apart([CREATE, poll(2, 15, "pending"), poll(3, 20.5, "pending")], 5.0)
    assert_polls_apart([poll(3, 20.5, "pending"), poll_of_another_task], 5.0)


def test_the_gap_starts_at_the_response() -> None:
    with pytest.raises(AssertionError, match=r"requests 2 and 3 are 4\.500 s apart"):
        assert_polls_apart([poll(2, 15, "pending"), poll(3, 20, "pending")], 5.0)


def test_the_gap_after_a_lost_poll_is_measured() -> None:
    lost = replace(poll(2, 15, "pending"), answered=None)

    assert_polls_apart([lost, poll(3, 20, "pending")], 5.0)


@pytest.mark.parametrize("status", ["completed", "failed"])
def test_a_poll_after_the_end_is_reported(status: str) -> None:
    polls = [poll(2, 15, "processing"), poll(3, 20, status), poll(4, 25, status)]

    assert_no_poll_after_end(polls[:2])
    with pytest.raises(
        AssertionError, match=f"after it was {status}, but request 4 followed request 3"
    ):
        assert_no_poll_after_end(polls)
