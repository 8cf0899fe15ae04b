import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedance_mock.scripting.presets import PRESETS
from seedance_mock.scripting.script import (
    PLAIN,
    STORM_FAULTS,
    Script,
    is_plain,
    matching_fault,
    script_of,
    storm_fault,
    with_words,
    words_of,
)
from seedance_mock.scripting.vocabulary import PLACES, SETTINGS
from seedance_mock.scripting.words import parse


def injected_words(words: str, place: str, requests: int) -> list[str | None]:
    faults = [matching_fault(script_of(words), place, ordinal + 1) for ordinal in range(requests)]
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
def test_clauses_apply_in_their_order(words: str, expected: list[str | None]) -> None:
    assert injected_words(words, "create", 3) == expected


@pytest.mark.parametrize(
    ("words", "field", "value"),
    [
        ("queue-10s", "queue_seconds", 10.0),
        ("run-40s", "run_seconds", 40.0),
        ("after-3polls", "end_at_poll", 3),
        ("end-failed", "end", "failed"),
        ("out-videos", "result_form", "videos"),
        ("err-object", "failure_form", "object"),
        ("progress-lie", "progress_form", "lie"),
        ("shape-odd", "body_form", "odd"),
        ("shape-plain", "body_form", "plain"),
        ("at-query", "poll_url_form", "query"),
        ("id-task", "created_ids", "task"),
        ("retry-05s", "retry_hint", "5"),
        ("retry-soon", "retry_hint", "soon"),
        ("retry-none", "retry_hint", "none"),
        ("retry-date", "retry_hint", "date"),
        ("delay-3s", "delay_seconds", 3.0),
        ("clock-x20", "clock_mode", "x20"),
        ("balance-50c", "balance", Decimal("0.5")),
        ("quota-1c", "quota", Decimal("0.01")),
        ("limit-60", "rate_limit", 60),
        ("keep-60s", "retention_seconds", 60.0),
        ("key-expired", "key_state", "expired"),
        ("tiers-official", "delivery_tiers", "official"),
        ("seed-7", "seed", 7),
        ("storm-7", "storm", 7),
    ],
)
def test_a_setting_sets_one_field(words: str, field: str, value: object) -> None:
    assert getattr(script_of(words), field) == value


def test_the_last_setting_wins() -> None:
    assert script_of("end-failed end-never").end == "never"
    assert script_of("policy end-completed").end == "completed"


@pytest.mark.parametrize("words", ["", "ok", "end-completed"])
def test_a_script_without_effect_is_plain(words: str) -> None:
    assert is_plain(script_of(words))


@pytest.mark.parametrize("words", ["end-failed", "create-503", "seed-0"])
def test_a_script_with_an_effect_is_not_plain(words: str) -> None:
    assert not is_plain(script_of(words))


def test_no_words_share_one_script() -> None:
    assert script_of("") is PLAIN
    assert script_of("ok") is PLAIN


def test_presets_have_different_meanings() -> None:
    scripts = [script_of(name) for name in PRESETS]

    assert all(script not in scripts[:position] for position, script in enumerate(scripts))


def test_a_storm_repeats_for_its_seed() -> None:
    first, second, different = (
        [storm_fault(seed, "poll", ordinal) for ordinal in range(1, 61)] for seed in (7, 7, 8)
    )

    assert first == second
    assert first != different


@pytest.mark.parametrize("place", [name for name in PLACES if name not in ("asset", "any")])
def test_a_storm_hits_about_a_third_of_requests(place: str) -> None:
    faults = [storm_fault(7, place, ordinal) for ordinal in range(1, 301)]

    assert 60 < sum(fault is not None for fault in faults) < 140
    assert {fault.word.rpartition("-")[2] for fault in faults if fault} == set(STORM_FAULTS)


EXAMPLES = [word for setting in SETTINGS.values() for word in setting.examples()]


@given(
    st.lists(
        st.sampled_from([*PRESETS, *EXAMPLES, "create-503x2", "any-429~3", "cancel-hang+"]),
        max_size=5,
    )
)
def test_every_script_has_words(words: list[str]) -> None:
    script = script_of(" ".join(words))

    text = words_of(script)

    assert text is not None
    assert script_of(text) == script


@pytest.mark.parametrize(
    "script",
    [
        PLAIN._replace(queue_seconds=0.5),
        PLAIN._replace(run_seconds=math.inf),
        PLAIN._replace(balance=Decimal("0.001")),
        PLAIN._replace(balance=Decimal("9E+999999")),
        PLAIN._replace(end="later"),
        with_words(script_of("flaky " * 5), parse("flaky " * 5)),
    ],
    ids=["half-second", "infinite", "fraction", "huge", "unknown", "long"],
)
def test_a_script_without_words_has_none(script: Script) -> None:
    assert words_of(script) is None
