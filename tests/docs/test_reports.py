"""The report that docs/reference/reports.md shows is the report that the kit prints."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seedance_contract.case import Finding, Level, Result, Verdict
from seedance_contract.client.catalogue import CASES
from seedance_contract.client.causes import CAUSES
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.grading import grade
from seedance_contract.client.record import Record, RecordedExchange
from seedance_contract.declared.dialects import V1
from seedance_contract.profiles import profile_statuses
from seedance_contract.reports.console import console_lines
from seedance_contract.reports.report import Report, named_causes

from .markdown import DOCS, blocks

ELLIPSIS = "   …"
"""The line that stands for lines that the page leaves out."""


@pytest.fixture
def sample() -> list[str]:
    """Give the lines of the sample on the page."""
    [block] = [block for block in blocks(DOCS / "reference/reports.md") if block.language == "text"]
    return block.text.splitlines()


def create(seen: float) -> RecordedExchange:
    """Return a create that was carried out, but whose connection broke."""
    return RecordedExchange(
        origin="api",
        connection=1,
        turn=1,
        method="POST",
        target="/v1/videos/generations",
        headers=(),
        body="{}",
        seen=seen,
        ended=seen,
        place="create",
        job="1",
        complete=False,
        fault="create-reset+",
        applied=True,
    )


def result(client_case: ClientCase) -> Result:
    """Return the result of a client that repeats a create after a broken connection."""
    command = f"seedance-mock check-client --case {client_case.id} -- node my-client.js"
    if client_case.id in ("DUP-02", "DUP-03"):
        record = Record(case=client_case.id, job={}, exchanges=(create(0.1), create(1.3)), exit=1)
        return replace(grade(client_case, record), reproduce=command)
    passed = Finding(check="passed", level=Level.MUST, verdict=Verdict.PASS)
    return Result(case=client_case.case, findings=(passed,))


def test_the_sample_report_is_what_is_printed(sample: list[str]) -> None:
    results = [result(client_case) for client_case in CASES.values()]
    v1_cases = [case for case in CASES.values() if case.dialect is V1]
    report = Report(
        suite="client",
        subject="node my-client.js",
        version="0.1.0",
        started="2026-11-28T12:00:00+00:00",
        seconds=1.0,
        results=results,
        profiles=profile_statuses("client", v1_cases, results),
        causes=named_causes(results, CAUSES),
    )
    printed = list(console_lines(report))

    shown = [line for line in sample if line and line != ELLIPSIS]

    assert ELLIPSIS in sample
    assert [line for line in printed if line in shown] == shown
