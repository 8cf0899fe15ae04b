"""The forms of a report have the same content, and no text breaks them."""

import json
from xml.etree import ElementTree as ET

import jsonschema_rs

from seedance_contract.case import Case, Finding, Level, Result, Verdict, failed_finding
from seedance_contract.cause import Cause
from seedance_contract.declared.sources import page
from seedance_contract.reports.console import console_lines
from seedance_contract.reports.html_report import html_report
from seedance_contract.reports.junit import junit_report
from seedance_contract.reports.markdown import markdown_report
from seedance_contract.reports.report import Report, explanation_lines
from seedance_contract.reports.report_json import report_json, report_schema
from seedance_contract.reports.report_parser import parse_report

CAUSE = Cause(
    id="retry",
    title="A create is repeated",
    happened="It sent two.",
    consequence="Both are paid.",
    fix="Repeat nothing.",
    source=page("polling"),
)


def result(verdict: Verdict, number: int = 1, group: str = "polling") -> Result:
    case = Case(
        id=f"X-{number:02}",
        group=group,
        level=Level.MUST,
        requirement="It holds | always.",
        source=page("polling"),
    )
    finding = Finding(
        check="holds",
        level=Level.MUST,
        verdict=verdict,
        expected="one <create>",
        actual="two\x00 |",
        cause="retry",
    )
    return Result(case=case, findings=(finding,), seconds=0.5, reproduce="curl http://127.0.0.1/")


def report(*results: Result, interrupted: bool = False) -> Report:
    return Report(
        suite="server",
        subject="http://127.0.0.1:1",
        version="1.2.3",
        started="2026-01-01T00:00:00Z",
        seconds=1.25,
        results=results,
        interrupted=interrupted,
    )


RESULTS = tuple(result(verdict, number) for number, verdict in enumerate(Verdict))


def test_json_matches_its_schema() -> None:
    document = json.loads(json.dumps(report_json(report(*RESULTS))))

    jsonschema_rs.Draft202012Validator(report_schema(), validate_formats=True).validate(document)
    assert document["verdicts"]["FAIL"] == 1
    assert document["results"][1]["findings"][0]["expected"] == "one <create>"


def test_an_unknown_member_is_invalid() -> None:
    document = {**report_json(report()), "more": 1}

    assert not jsonschema_rs.Draft202012Validator(report_schema()).is_valid(document)


def test_an_explanation_has_expected_actual_and_fix() -> None:
    lines = explanation_lines(result(Verdict.FAIL), [CAUSE])

    assert lines == [
        "requirement: It holds | always. (page: polling)",
        "FAIL holds (MUST)",
        "  expected: one <create>",
        "  actual:   two\x00 |",
        "cause: A create is repeated",
        "  fix: Repeat nothing.",
        "reproduce: curl http://127.0.0.1/",
    ]


def test_an_explanation_names_only_causes_of_failures() -> None:
    assert "cause" not in " ".join(explanation_lines(result(Verdict.XFAIL), [CAUSE]))


def test_an_empty_explanation_has_no_empty_lines() -> None:
    bare = Result(case=RESULTS[0].case, findings=(failed_finding("holds", Level.MUST, "", ""),))

    assert explanation_lines(bare)[1:] == ["FAIL holds (MUST)"]


INTERRUPTED = report(result(Verdict.PASS), interrupted=True)


def test_an_interrupted_report_is_marked_as_json() -> None:
    document = report_json(INTERRUPTED)

    jsonschema_rs.Draft202012Validator(report_schema()).validate(document)
    assert document["interrupted"] is True
    assert parse_report(document).interrupted


def test_an_interrupted_report_is_an_error_in_junit() -> None:
    suites = ET.fromstring(junit_report(INTERRUPTED))

    assert [suite.get("name") for suite in suites] == ["polling", "interrupted"]
    error = suites[1].find("testcase/error")
    assert error is not None
    assert error.get("message") == "interrupted: not every selected case was run"


def test_an_interrupted_report_is_marked_as_text() -> None:
    mark = "; interrupted: not every selected case was run"

    assert list(console_lines(INTERRUPTED))[-1].endswith(mark)
    assert markdown_report(INTERRUPTED).splitlines()[0].endswith(mark)
    assert "<title>Conformance: http://127.0.0.1:1 (interrupted)</title>" in html_report(
        [report_json(INTERRUPTED)]
    )
