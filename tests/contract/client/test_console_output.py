"""The console output of `check-client`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from seedance_contract.case import Finding, Level, Result, Verdict
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.console_output import (
    case_list,
    case_list_json,
    profile_line,
    progress_line,
    report_lines,
)
from seedance_contract.profiles import Profile, ProfileStatus
from seedance_contract.reports.report import Report

MakeCase = Callable[..., ClientCase]


def test_cases_are_listed_under_their_groups(make_case: MakeCase) -> None:
    cases = [
        make_case("DUP-01", core=True, safe=True),
        make_case("DUP-02", Level.SHOULD),
        make_case("POLL-01"),
    ]

    assert list(case_list(cases)) == [
        "DUP Things",
        "  DUP-01: It works. (MUST, core, safe)",
        "  DUP-02: It works. (SHOULD)",
        "POLL Things",
        "  POLL-01: It works. (MUST)",
    ]


def test_json_list_has_words_and_checks(make_case: MakeCase) -> None:
    [row] = case_list_json([make_case()])

    assert row["words"] == "clock-polls after-2polls ok"
    assert row["checks"] == [{"id": "works", "level": "MUST", "says": "It works."}]


@pytest.fixture
def results(make_case: MakeCase) -> list[Result]:
    """Give a result that passed and one that failed."""

    def result_of(case_id: str, verdict: Verdict) -> Result:
        finding = Finding(
            check="works", level=Level.MUST, verdict=verdict, expected="1", actual="2"
        )
        return Result(case=make_case(case_id).case, findings=(finding,), seconds=3.2)

    return [result_of("DUP-01", Verdict.PASS), result_of("DUP-02", Verdict.FAIL)]


def test_progress_is_one_line_for_each_case(results: list[Result]) -> None:
    assert progress_line(1, 76, results[0]) == "[ 1/76] PASS        DUP-01 3.2 s"


STATUS = ProfileStatus(
    profile=Profile.SAFE,
    promise="the client wastes no money and discloses no secret",
    reached=True,
    cases=2,
)


def test_only_failures_are_explained(results: list[Result]) -> None:
    report = Report(
        suite="client",
        subject="c.js",
        version="1",
        started="",
        seconds=4.0,
        results=results,
        profiles=[replace(STATUS, reached=False, blocking=("DUP-02",))],
    )

    assert list(report_lines(report)) == [
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
        ({}, "SAFE: reached: the client wastes no money and discloses no secret"),
        (
            {"unexercised": ("A",)},
            "SAFE: reached: the client wastes no money and discloses no secret;"
            " 1 of 2 cases were not exercised",
        ),
        ({"reached": None}, "SAFE: unknown: not all of its 2 cases were run"),
        ({"reached": False}, "SAFE: not reached: no case was exercised"),
    ],
    ids=["reached", "unexercised", "unknown", "not-reached"],
)
def test_profile_is_one_line(changes: dict[str, Any], line: str) -> None:
    assert profile_line(replace(STATUS, **changes)) == line
