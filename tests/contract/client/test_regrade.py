"""Recorded runs are graded again by the current checks."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from seedance_contract.case import Level, Mismatch, Verdict
from seedance_contract.client.client_case import ClientCase, ClientCheck
from seedance_contract.client.grading import grade
from seedance_contract.client.record import Record, RecordedExchange
from seedance_contract.client.regrade import UnreadableReport, regrade
from seedance_contract.reports.report import Report
from seedance_contract.reports.report_json import report_json

MakeCase = Callable[..., ClientCase]


@pytest.fixture
def report(make_case: MakeCase, make_exchange: Callable[..., RecordedExchange]) -> Any:
    """Give the JSON report of one case that passed."""
    record = Record(case="POLL-90", job={}, exchanges=(make_exchange(),), exit=0)
    result = replace(grade(make_case(), record), reproduce="do it again")
    report = Report(
        suite="client", subject="x", version="1", started="", seconds=0.0, results=[result]
    )
    return json.loads(json.dumps(report_json(report)))


def test_changed_check_counts(report: Any, make_case: MakeCase) -> None:
    def check_stricter(record: Record) -> None:
        raise Mismatch("2 requests", str(len(record.exchanges)))

    check = ClientCheck(
        id="works", level=Level.MUST, requirement="It works.", evaluate=check_stricter
    )

    [result] = regrade(report, [make_case(checks=(check,))])

    assert (result.verdict, result.findings[0].actual) == (Verdict.FAIL, "1")
    assert result.reproduce == "do it again"


def test_same_check_gives_the_same_verdict(report: Any, make_case: MakeCase) -> None:
    [result] = regrade(report, [make_case()])

    assert result.verdict is Verdict.PASS


@pytest.mark.parametrize("change", [{"suite": "server"}, {"schema": 1}], ids=["suite", "schema"])
def test_other_report_is_rejected(report: Any, change: Any) -> None:
    with pytest.raises(UnreadableReport, match="not a client report with schema 2"):
        regrade({**report, **change}, [])


def test_exploration_is_rejected_with_what_to_do(report: Any) -> None:
    report["details"] = {"explore": {"seed": 0}}

    with pytest.raises(UnreadableReport, match="run --explore with --situation or --regressions"):
        regrade(report, [])


def test_missing_case_is_named(report: Any) -> None:
    with pytest.raises(UnreadableReport, match="contains POLL-90, which is not a case"):
        regrade(report, [])


def test_evidence_must_be_a_record(report: Any, make_case: MakeCase) -> None:
    report["results"][0]["evidence"] = {"exchanges": []}

    with pytest.raises(UnreadableReport, match="the evidence of POLL-90 is not a record"):
        regrade(report, [make_case()])
