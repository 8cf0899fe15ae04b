"""Reports for the tests of their forms."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from seedance_contract.case import Case, Level, Result, Verdict, failed_finding
from seedance_contract.cause import Cause
from seedance_contract.declared.sources import page as vendor_page
from seedance_contract.reports.report import Report

RETRY = Cause(
    id="retry",
    title="A create is repeated",
    happened="The client sent a create again.",
    consequence="Each create is paid.",
    fix="Repeat a create only if `retryable` is true.",
    source=vendor_page("error-handling"),
    hints={"python": "if retryable:\n    create()", "javascript": "if (retryable) create();"},
)
HURRY = Cause(
    id="hurry",
    title="The client polls too fast",
    happened="The pauses were short.",
    consequence="The rate limit is used up.",
    fix="Wait 5 s.",
    source=vendor_page("polling"),
)
MakeResult = Callable[..., Result]
MakeReport = Callable[..., Report]


@pytest.fixture
def make_result() -> MakeResult:
    """Give a function that returns a result with one finding."""

    def make(
        case_id: str,
        verdict: Verdict = Verdict.FAIL,
        cause: str = "",
        *,
        expected: str = "1 create",
        actual: str = "2",
        group: str = "duplicates",
        reproduce: str = "",
        check: str = "once",
    ) -> Result:
        case = Case(
            id=case_id,
            group=group,
            level=Level.MUST,
            requirement=f"{case_id} holds.",
            source=vendor_page("p"),
        )
        finding = replace(
            failed_finding(check, Level.MUST, expected, actual, cause), verdict=verdict
        )
        return Result(case=case, findings=(finding,), seconds=0.5, reproduce=reproduce)

    return make


@pytest.fixture
def make_report() -> MakeReport:
    """Give a function that returns a report with results."""

    def make(*results: Result, subject: str = "my client", **changes: Any) -> Report:
        report = Report(
            suite="client",
            subject=subject,
            version="0.1.0",
            started="2026-11-28T12:00:00+00:00",
            seconds=1.25,
            results=results,
            causes=(RETRY, HURRY),
        )
        return replace(report, **changes)

    return make
