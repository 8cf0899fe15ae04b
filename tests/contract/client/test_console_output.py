"""What a person reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from seedance_contract.case import Finding, Level, Result, Verdict
from seedance_contract.client.console_output import (
    listed,
    listed_as_json,
    progress,
    standing_told,
    told,
)
from seedance_contract.client.scene import Scene
from seedance_contract.client.selection import Profile
from seedance_contract.reports.report import Report

MakeScene = Callable[..., Scene]


def test_cases_are_listed_under_their_groups(make_scene: MakeScene) -> None:
    scenes = [make_scene("DUP-01", core=True, safe=True), make_scene("DUP-02", Level.SHOULD)]

    assert list(listed(scenes)) == [
        "DUP Things",
        "  DUP-01: It works. (MUST, core, safe)",
        "  DUP-02: It works. (SHOULD)",
    ]


def test_a_list_as_json_has_words_and_checks(make_scene: MakeScene) -> None:
    [row] = listed_as_json([make_scene()])

    assert row["words"] == "clock-polls after-2polls ok"
    assert row["checks"] == [{"id": "works", "level": "MUST", "says": "It works."}]


@pytest.fixture
def results(make_scene: MakeScene) -> list[Result]:
    """Give a result that is good and one that is not."""

    def of(name: str, verdict: Verdict) -> Result:
        finding = Finding(
            check="works", level=Level.MUST, verdict=verdict, expected="1", actual="2"
        )
        return Result(case=make_scene(name).case, findings=(finding,), seconds=3.2)

    return [of("DUP-01", Verdict.PASS), of("DUP-02", Verdict.FAIL)]


def test_progress_is_a_line_for_each_case(results: list[Result]) -> None:
    assert progress(1, 76, results[0]) == "[ 1/76] PASS        DUP-01 3.2 s"


def test_only_what_is_wrong_is_explained(results: list[Result]) -> None:
    report = Report(
        suite="client", subject="c.js", version="1", started="", seconds=4.0, results=results
    )
    stands = {"reached": False, "cases": 2, "spoilt": ["DUP-02"], "unseen": []}

    assert list(told(report, [(Profile.SAFE, stands)])) == [
        "FAIL DUP-02",
        "  requirement: It works. (page: here)",
        "  FAIL works (MUST)",
        "    expected: 1",
        "    actual:   2",
        "c.js: 1 FAIL, 1 PASS in 4.0 s",
        "SAFE: not reached: DUP-02",
    ]


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "SAFE: reached: it wastes no money and gives no secret away"),
        (
            {"unseen": ["A"]},
            "SAFE: reached: it wastes no money and gives no secret away; 1 of 2 cases left open",
        ),
        ({"reached": None}, "SAFE: not all of its 2 cases were run"),
        ({"reached": False}, "SAFE: not reached: nothing was put to the test"),
    ],
)
def test_a_standing_is_one_line(changes: dict[str, Any], line: str) -> None:
    stands = {"reached": True, "cases": 2, "spoilt": [], "unseen": [], **changes}

    assert standing_told(Profile.SAFE, stands) == line
