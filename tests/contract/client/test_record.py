"""A record finds exchanges and gaps, and survives a trip through JSON."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from seedance_contract.client.record import (
    Record,
    RecordedExchange,
    record_from_json,
    record_to_json,
)

MakeExchange = Callable[..., RecordedExchange]


@pytest.fixture
def record(make_exchange: MakeExchange) -> Record:
    """Give a record of a create, two polls and a download."""
    return Record(
        case="POLL-90",
        job={"action": "generate"},
        exchanges=(
            make_exchange(place="create", seen=0.0, sent=0.1, headers=(("Host", "a"),)),
            make_exchange(place="poll", seen=1.0, ended=1.5),
            make_exchange(place="poll", seen=2.0, answer_headers=(("Date", "b"),)),
            make_exchange(place="asset", seen=4.0),
        ),
        leaks=("stdout",),
        passed_fields=("prompt",),
        rate=2.0,
    )


def test_record_survives_json(record: Record) -> None:
    assert record_from_json(json.loads(json.dumps(record_to_json(record)))) == record


def test_exchanges_are_found_by_place(record: Record) -> None:
    assert (len(record.creates), len(record.polls)) == (1, 2)
    assert len(record.exchanges_at("poll", "asset")) == 3


def test_gaps_are_on_the_clock_of_the_client(record: Record) -> None:
    gaps = [round(gap, 3) for _, _, gap in record.gaps(list(record.exchanges))]

    assert gaps == [1.8, 1.0, 4.0]


def test_header_names_have_no_case(record: Record) -> None:
    assert record.exchanges[0].header("hOST") == ["a"]
