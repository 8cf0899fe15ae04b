from decimal import Decimal

import pytest

from seedance_mock.scripting.script import (
    PLAIN,
    STORM_FAULTS,
    matching_fault,
    script_of,
    storm_fault,
)
from seedance_mock.scripting.vocabulary import PLACES, PRESETS


def struck(words: str, where: str, requests: int) -> list[str | None]:
    faults = (matching_fault(script_of(words), where, ordinal + 1) for ordinal in range(requests))
    return [None if fault is None else fault.word for fault in faults]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("create-503", ["create-503", None, None]),
        ("create-503x2", ["create-503x2", "create-503x2", None]),
        ("create-503x0", ["create-503x0"] * 3),
        ("create-503~2", [None, "create-503~2", None]),
        ("create-503 create-429", ["create-503", "create-429", None]),
        ("create-503 poll-500 create-429", ["create-503", "create-429", None]),
        ("create-503~3 create-429", [None, None, "create-503~3"]),
        ("poll-503", [None, None, None]),
        ("", [None, None, None]),
    ],
)
def test_clauses_strike_in_their_order(words: str, expected: list[str | None]) -> None:
    assert struck(words, "create", 3) == expected


@pytest.mark.parametrize(
    ("words", "member", "value"),
    [
        ("queue-10s", "queue_seconds", 10.0),
        ("run-40s", "run_seconds", 40.0),
        ("after-3polls", "end_at_poll", 3),
        ("end-failed", "end", "failed"),
        ("out-videos", "out", "videos"),
        ("err-object", "err", "object"),
        ("progress-lie", "progress", "lie"),
        ("shape-odd", "shape", "odd"),
        ("shape-plain", "shape", "plain"),
        ("at-query", "at", "query"),
        ("id-task", "ids", "task"),
        ("retry-5s", "retry", "5"),
        ("retry-soon", "retry", "soon"),
        ("retry-none", "retry", "none"),
        ("retry-date", "retry", "date"),
        ("delay-3s", "delay", 3.0),
        ("clock-x20", "clock", "x20"),
        ("balance-50c", "balance", Decimal("0.5")),
        ("quota-1c", "quota", Decimal("0.01")),
        ("limit-60", "rate_limit", 60),
        ("keep-60s", "retention_seconds", 60.0),
        ("key-expired", "key", "expired"),
        ("seed-7", "seed", 7),
        ("storm-7", "storm", 7),
    ],
)
def test_a_setting_sets_one_member(words: str, member: str, value: object) -> None:
    assert getattr(script_of(words), member) == value


def test_the_last_setting_holds() -> None:
    assert script_of("end-failed end-never").end == "never"
    assert script_of("policy end-completed").end == "completed"


def test_no_words_are_the_plain_script() -> None:
    assert script_of("") is PLAIN
    assert script_of("ok") is PLAIN


def test_every_preset_means_something_else() -> None:
    meanings = [script_of(name) for name in PRESETS]

    assert all(one not in meanings[:at] for at, one in enumerate(meanings))


def test_a_storm_is_the_same_every_time() -> None:
    one, other = ([storm_fault(7, "poll", ordinal) for ordinal in range(1, 61)] for _ in range(2))

    assert one == other
    assert one != [storm_fault(8, "poll", ordinal) for ordinal in range(1, 61)]


@pytest.mark.parametrize("where", [name for name in PLACES if name not in ("asset", "any")])
def test_a_storm_strikes_about_a_third(where: str) -> None:
    faults = [storm_fault(7, where, ordinal) for ordinal in range(1, 301)]

    assert 60 < sum(fault is not None for fault in faults) < 140
    assert {fault.word.rpartition("-")[2] for fault in faults if fault} == set(STORM_FAULTS)
