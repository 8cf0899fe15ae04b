"""A record tells what came, and survives a trip through text."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from seedance_contract.client.record import Exchange, Record, as_json, from_json

MakeExchange = Callable[..., Exchange]


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
        rate=2.0,
    )


def test_a_record_survives_a_trip_through_text(record: Record) -> None:
    assert from_json(json.loads(json.dumps(as_json(record)))) == record


def test_exchanges_are_found_by_place(record: Record) -> None:
    assert [len(record.creates), len(record.polls), len(record.at("poll", "asset"))] == [1, 2, 3]


def test_gaps_are_in_the_clients_time(record: Record) -> None:
    gaps = [round(gap, 3) for _, _, gap in record.gaps(list(record.exchanges))]

    assert gaps == [1.8, 1.0, 4.0]


def test_headers_are_found_in_any_case(record: Record) -> None:
    assert record.exchanges[0].header("hOST") == ["a"]
