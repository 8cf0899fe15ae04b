"""The words that all readable forms of a report have in common."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from seedance_contract.case import Finding, Level, Result, Verdict
from seedance_contract.profiles import Profile, ProfileStatus
from seedance_contract.reports.overview import (
    failure_text,
    finding_name,
    finding_text,
    folded_reasons,
    grouped_results,
    profile_line,
    shown_hints,
)
from seedance_contract.reports.report import Report

SAFE = ProfileStatus(profile=Profile.SAFE, promise="it wastes no money", reached=True, cases=12)
MANY = tuple(f"A-{number}" for number in range(1, 11))


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({}, "SAFE: reached (it wastes no money)"),
        (
            {"unexercised": ("A",)},
            "SAFE: reached (it wastes no money); 1 of 12 cases was not exercised",
        ),
        (
            {"reached": False, "blocking": ("A",)},
            "SAFE: not reached (it wastes no money): 1 of 12 cases fails: A",
        ),
        (
            {"reached": False, "blocking": MANY},
            "SAFE: not reached (it wastes no money): 10 of 12 cases fail:"
            " A-1, A-2, A-3, A-4, A-5, A-6, A-7, A-8 and 2 more",
        ),
        (
            {"reached": False, "unexercised": MANY},
            "SAFE: not reached (it wastes no money): none of its 12 cases was exercised",
        ),
        (
            {"reached": None, "unexercised": ("A",), "not_run": 1},
            "SAFE: unknown (it wastes no money): no case fails, but 1 of 12 cases was not run",
        ),
        (
            {"reached": None, "not_run": 4},
            "SAFE: unknown (it wastes no money): no case fails, but 4 of 12 cases were not run",
        ),
        (
            {"reached": None, "unexercised": ("A", "B")},
            "SAFE: unknown (it wastes no money): no case fails, but 2 of 12 cases were not"
            " exercised",
        ),
    ],
    ids=["reached", "open", "one", "many", "nothing", "not-run", "partial", "server"],
)
def test_a_profile_is_a_sentence(changes: dict[str, Any], line: str) -> None:
    assert profile_line(replace(SAFE, **changes)) == line


@pytest.mark.parametrize(
    ("expected", "actual", "text"),
    [
        ("1", "2", "expected 1, got 2"),
        ("1", "", "expected 1"),
        ("", "it crashed", "it crashed"),
        ("", "", "A holds."),
        ("a\nb", "\x1b[0m", "expected a b, got �[0m"),
    ],
)
def test_an_empty_side_is_left_out(
    expected: str, actual: str, text: str, make_result: Callable[..., Result]
) -> None:
    result = make_result("A", expected=expected, actual=actual)

    assert failure_text(result, result.findings[0]) == text


def test_a_check_with_the_name_of_its_case_is_named_once(
    make_result: Callable[..., Result],
) -> None:
    result = make_result("tasks.order", check="tasks.order")

    assert finding_name(result, result.findings[0]) == "tasks.order"
    assert finding_text(result.findings[0]) == "expected 1 create, got 2"


def test_equal_reasons_are_folded(make_result: Callable[..., Result]) -> None:
    unexercised = Verdict.UNEXERCISED
    results = [
        make_result("A", unexercised, actual="no key"),
        *(make_result(name, unexercised, actual="no money") for name in "BCDE"),
        make_result("F", unexercised, actual=""),
        make_result("G", Verdict.PASS),
    ]

    assert list(map(str, folded_reasons(results, unexercised))) == [
        "4 cases: no money",
        "A: no key",
        "F: no reason was given",
    ]


def test_a_case_has_the_reasons_of_its_verdict_only(make_result: Callable[..., Result]) -> None:
    unexercised = make_result("A", Verdict.UNEXERCISED, actual="no poll")
    passed = Finding(check="other", level=Level.MUST, verdict=Verdict.PASS, actual="fine")
    result = replace(unexercised, findings=(*unexercised.findings * 2, passed))

    [reason] = folded_reasons([result], Verdict.UNEXERCISED)

    assert reason.reason == "no poll"


@pytest.mark.parametrize(
    ("subject", "languages"),
    [
        ("python client.py", ["python"]),
        ("/usr/bin/python3.12 -m client", ["python"]),
        ("npx tsx client.ts", ["javascript"]),
        ("java -jar client.jar", ["python", "javascript"]),
        ("", ["python", "javascript"]),
    ],
)
def test_hints_are_in_the_language_of_the_client(
    subject: str, languages: list[str], make_report: Callable[..., Report]
) -> None:
    report = make_report(subject=subject)

    assert list(shown_hints(report, report.causes[0])) == languages


def test_groups_list_their_worst_results_first(
    make_result: Callable[..., Result], make_report: Callable[..., Report]
) -> None:
    run = make_report(
        make_result("A", Verdict.PASS),
        make_result("B", Verdict.PASS, group="polling"),
        make_result("C", Verdict.FAIL),
    )
    duplicates, polling = grouped_results(run)

    assert [result.case.id for result in duplicates.results] == ["C", "A"]
    assert (duplicates.counts, polling.counts) == ("1 FAIL, 1 PASS", "1 PASS")
