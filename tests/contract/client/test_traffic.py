"""Facts that checks derive from a record."""

from __future__ import annotations

from collections.abc import Callable

from seedance_contract.client.record import Record
from seedance_contract.client.traffic import first_final_poll, poll_url, task_status


def test_first_final_poll_is_not_the_first_poll(record_story: Callable[[str, str], Record]) -> None:
    record = record_story("POLL-01", "create / poll / poll processing / poll failed / poll failed")

    assert first_final_poll(record) is record.polls[2]


def test_states_of_v3_are_those_of_v1(record_story: Callable[[str, str], Record]) -> None:
    ended = ("succeeded", "cancelled", "expired", "failed", "running")
    steps = (f'poll target=v3 response={{"status":"{status}"}}' for status in ended)

    record = record_story("POLL-01", " / ".join(("create target=v3", *steps)))

    statuses = [task_status(poll) for poll in record.polls]
    assert statuses == ["completed", "failed", "failed", "failed", "running"]


def test_a_task_of_v3_is_polled_under_its_id(record_story: Callable[[str, str], Record]) -> None:
    record = record_story("POLL-01", 'create target=v3 response={"id":"cgt-1"}')

    assert poll_url(record.creates[0]) == "/api/v3/contents/generations/tasks/cgt-1"
