"""Facts that checks derive from a record."""

from __future__ import annotations

from collections.abc import Callable

from seedance_contract.client.record import Record
from seedance_contract.client.traffic import first_final_poll


def test_first_final_poll_is_not_the_first_poll(record_story: Callable[[str, str], Record]) -> None:
    record = record_story("POLL-01", "create / poll / poll processing / poll failed / poll failed")

    assert first_final_poll(record) is record.polls[2]
