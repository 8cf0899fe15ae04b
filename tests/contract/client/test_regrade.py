"""What was recorded is graded anew."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from seedance_contract.case import Level, Mismatch, Verdict
from seedance_contract.client.record import Exchange, Record
from seedance_contract.client.runner import Unreadable, regraded
from seedance_contract.client.scene import Check, Scene, grade
from seedance_contract.reports.report import Report, as_json

MakeScene = Callable[..., Scene]


@pytest.fixture
def report(make_scene: MakeScene, make_exchange: Callable[..., Exchange]) -> Any:
    """Give a report of one case that passed, as it is read from a file."""
    record = Record(case="POLL-90", job={}, exchanges=(make_exchange(),), exit=0)
    result = replace(grade(make_scene(), record), reproduce="do it again")
    told = Report(
        suite="client", subject="x", version="1", started="", seconds=0.0, results=[result]
    )
    return json.loads(json.dumps(as_json(told)))


def test_a_rule_that_has_changed_counts(report: Any, make_scene: MakeScene) -> None:
    def stricter(record: Record) -> None:
        raise Mismatch("2 requests", str(len(record.exchanges)))

    check = Check(id="works", level=Level.MUST, says="It works.", judge=stricter)

    [result] = regraded(report, [make_scene(checks=(check,))])

    assert (result.verdict, result.findings[0].actual) == (Verdict.FAIL, "1")
    assert result.reproduce == "do it again"


def test_the_same_rule_says_the_same(report: Any, make_scene: MakeScene) -> None:
    [result] = regraded(report, [make_scene()])

    assert result.verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"suite": "server"}, "no report of clients"),
        ({"schema": 2}, "no report of clients"),
    ],
    ids=["suite", "schema"],
)
def test_other_reports_are_refused(report: Any, change: Any, complaint: str) -> None:
    with pytest.raises(Unreadable, match=complaint):
        regraded({**report, **change}, [])


def test_a_case_that_is_gone_is_told(report: Any) -> None:
    with pytest.raises(Unreadable, match="no case is called POLL-90 here"):
        regraded(report, [])


def test_evidence_must_be_a_record(report: Any, make_scene: MakeScene) -> None:
    report["results"][0]["evidence"] = {"exchanges": []}

    with pytest.raises(Unreadable, match="the evidence of POLL-90 is no record"):
        regraded(report, [make_scene()])
