"""Every invariant: runs that keep it, runs that break it, and runs that do not exercise it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from seedance_contract.case import Mismatch
from seedance_contract.client.causes import CAUSES
from seedance_contract.client.client_case import NotExercised
from seedance_contract.client.invariants.catalogue import INVARIANT_CHECKS, INVARIANTS
from seedance_contract.client.record import Record

RecordStory = Callable[[str, str], Record]

STORIES: Mapping[str, Any] = tomllib.loads(Path(__file__).with_name("stories.toml").read_text())


def stories(kind: str) -> list[tuple[str, str]]:
    """Return the invariants and stories of a kind."""
    return [(name, story) for name, kinds in STORIES.items() for story in kinds[kind]]


def test_every_invariant_has_stories() -> None:
    assert list(STORIES) == list(INVARIANTS)
    assert all(kinds["bad"] and kinds["idle"] for kinds in STORIES.values())


@pytest.mark.parametrize(("name", "story"), stories("good"))
def test_good_run_keeps_the_invariant(name: str, story: str, record_story: RecordStory) -> None:
    INVARIANTS[name].check.evaluate(record_story("EXPLORE", story))


@pytest.mark.parametrize(("name", "story"), stories("bad"))
def test_bad_run_breaks_the_invariant(name: str, story: str, record_story: RecordStory) -> None:
    check = INVARIANTS[name].check

    with pytest.raises(Mismatch) as raised:
        check.evaluate(record_story("EXPLORE", story))

    assert (raised.value.cause or check.cause) in CAUSES


@pytest.mark.parametrize(("name", "story"), stories("idle"))
def test_other_run_does_not_exercise_it(name: str, story: str, record_story: RecordStory) -> None:
    with pytest.raises(NotExercised):
        INVARIANTS[name].check.evaluate(record_story("EXPLORE", story))


def test_an_invariant_is_a_case_of_a_report() -> None:
    case = INVARIANTS["no-blind-create"].case

    assert case.id == "EXP-no-blind-create"
    assert case.requirement == INVARIANT_CHECKS[0].requirement


@pytest.mark.parametrize(
    ("story", "cause"),
    [
        ("create none / create", "blind-create-retry"),
        ("create / create", "duplicate-create"),
        ("create / poll failed / create", "paid-again"),
    ],
)
def test_second_create_has_a_precise_cause(
    story: str, cause: str, record_story: RecordStory
) -> None:
    record = record_story("EXPLORE", story)
    causes = []
    for name in ("no-blind-create", "no-second-task"):
        try:
            INVARIANTS[name].check.evaluate(record)
        except NotExercised:
            continue
        except Mismatch as mismatch:
            causes.append(mismatch.cause)

    assert causes == [cause]
