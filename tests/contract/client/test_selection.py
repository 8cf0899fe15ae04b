"""Choosing cases, and reaching profiles."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from seedance_contract.case import Finding, Level, Result, Verdict
from seedance_contract.client.scene import Scene
from seedance_contract.client.selection import Profile, Unknown, belongs, choose, standing

MakeScene = Callable[..., Scene]


@pytest.fixture
def scenes(make_scene: MakeScene) -> tuple[Scene, ...]:
    """Give three scenes: a safe one that MUST, one that SHOULD, one that asks nothing."""
    return (
        make_scene("DUP-01", safe=True, core=True),
        make_scene("POLL-07", Level.SHOULD),
        make_scene("POLL-08", Level.INFO),
    )


@pytest.mark.parametrize(
    ("chosen", "expected"),
    [
        ({}, ["DUP-01", "POLL-07", "POLL-08"]),
        ({"cases": ["poll-*"]}, ["POLL-07", "POLL-08"]),
        ({"cases": ["DUP-01", "POLL-08"]}, ["DUP-01", "POLL-08"]),
        ({"groups": ["poll"]}, ["POLL-07", "POLL-08"]),
        ({"core": True}, ["DUP-01"]),
        ({"profile": Profile.SAFE}, ["DUP-01"]),
        ({"profile": Profile.CORRECT}, ["DUP-01"]),
        ({"profile": Profile.POLITE, "groups": ["POLL"]}, ["POLL-07"]),
    ],
    ids=["all", "pattern", "ids", "group", "core", "safe", "correct", "polite"],
)
def test_cases_are_chosen(
    chosen: dict[str, Any], expected: list[str], scenes: tuple[Scene, ...]
) -> None:
    assert [scene.case.id for scene in choose(scenes, **chosen)] == expected


@pytest.mark.parametrize(
    ("chosen", "complaint"),
    [
        ({"cases": ["POLL-99"]}, "no case is called POLL-99"),
        ({"groups": ["POL"]}, "no group is called POL"),
    ],
    ids=["case", "group"],
)
def test_unknown_names_are_refused(
    chosen: dict[str, Any], complaint: str, scenes: tuple[Scene, ...]
) -> None:
    with pytest.raises(Unknown, match=complaint):
        choose(scenes, **chosen)


def results(scenes: tuple[Scene, ...], *verdicts: Verdict) -> list[Result]:
    """Return a result of each scene."""
    return [
        Result(
            case=scene.case,
            findings=(Finding(check="works", level=Level.MUST, verdict=verdict),),
        )
        for scene, verdict in zip(scenes, verdicts, strict=False)
    ]


@pytest.mark.parametrize(
    ("verdicts", "profile", "reached"),
    [
        ((Verdict.PASS, Verdict.PASS), Profile.POLITE, True),
        ((Verdict.PASS, Verdict.NON_STRICT), Profile.POLITE, False),
        ((Verdict.PASS, Verdict.NON_STRICT), Profile.CORRECT, True),
        ((Verdict.NON_STRICT, Verdict.PASS), Profile.CORRECT, True),
        ((Verdict.NON_STRICT, Verdict.PASS), Profile.SAFE, False),
        ((Verdict.XFAIL, Verdict.PASS), Profile.SAFE, False),
        ((Verdict.BROKEN, Verdict.PASS), Profile.CORRECT, False),
        ((Verdict.UNEXERCISED, Verdict.PASS), Profile.SAFE, False),
        ((Verdict.UNEXERCISED, Verdict.PASS), Profile.POLITE, True),
        ((Verdict.PASS,), Profile.SAFE, True),
        ((Verdict.PASS,), Profile.POLITE, None),
        ((Verdict.FAIL,), Profile.POLITE, False),
    ],
)
def test_a_profile_is_reached_or_not(
    verdicts: tuple[Verdict, ...],
    profile: Profile,
    reached: bool | None,
    scenes: tuple[Scene, ...],
) -> None:
    stands = standing(profile, scenes, results(scenes, *verdicts))

    assert stands["reached"] is reached


def test_what_spoils_a_profile_is_told(scenes: tuple[Scene, ...]) -> None:
    told = standing(Profile.POLITE, scenes, results(scenes, Verdict.FAIL, Verdict.UNSUPPORTED))

    assert told == {"reached": False, "cases": 2, "spoilt": ["DUP-01"], "unseen": ["POLL-07"]}


def test_safe_is_a_mark_of_the_scene(make_scene: MakeScene) -> None:
    assert belongs(make_scene(safe=True), Profile.SAFE)
    assert not belongs(make_scene(), Profile.SAFE)
