"""The report as JUnit XML: what CI systems show of it."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest

from seedance_contract.case import Result, Verdict
from seedance_contract.reports.junit import junit_report
from seedance_contract.reports.report import Report

MakeResult = Callable[..., Result]
MakeReport = Callable[..., Report]


def parsed(*reports: Report) -> ET.Element:
    return ET.fromstring(junit_report(*reports))


def properties(element: ET.Element) -> dict[str | None, str | None]:
    return {item.get("name"): item.get("value") for item in element.findall("properties/property")}


def test_failures_errors_and_skips_are_counted(
    make_result: MakeResult, make_report: MakeReport
) -> None:
    results = [make_result(f"X-{verdict}", verdict) for verdict in Verdict]
    other = make_result("Y", Verdict.PASS, group="polling")

    first, second = parsed(make_report(*results, other))

    counts = {key: first.get(key) for key in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": "9", "failures": "2", "errors": "1", "skipped": "2"}
    assert second.get("name") == "polling"


def test_a_failure_says_what_to_fix(make_result: MakeResult, make_report: MakeReport) -> None:
    [[_, case]] = parsed(make_report(make_result("X", cause="retry")))

    text = case.findtext("failure")

    assert text is not None
    assert "expected: 1 create\n  actual:   2\ncause: A create is repeated\n" in text
    assert properties(case) == {"level": "MUST", "source": "page: p", "verdict": "FAIL"}


@pytest.mark.parametrize("verdict", [Verdict.NON_STRICT, Verdict.XFAIL])
def test_a_requirement_that_is_not_met_is_no_plain_pass(
    verdict: Verdict, make_result: MakeResult, make_report: MakeReport
) -> None:
    [[_, case]] = parsed(make_report(make_result("X", verdict, "retry")))

    text = case.findtext("system-out")

    assert text is not None
    assert text.startswith(f"{verdict}: ")
    assert "expected: 1 create" in text
    assert properties(case)["verdict"] == verdict


@pytest.mark.parametrize("verdict", [Verdict.PASS, Verdict.INFO])
def test_a_pass_has_no_message(
    verdict: Verdict, make_result: MakeResult, make_report: MakeReport
) -> None:
    [[_, case]] = parsed(make_report(make_result("X", verdict)))

    assert [child.tag for child in case] == ["properties"]


def test_each_suite_carries_the_versions(make_result: MakeResult, make_report: MakeReport) -> None:
    [suite] = parsed(make_report(make_result("X")))

    assert properties(suite) == {
        "subject": "my client",
        "kit-version": "0.1.0",
        "contract-version": "2.0",
    }


def test_several_reports_keep_their_subjects_and_versions(
    make_result: MakeResult, make_report: MakeReport
) -> None:
    first = make_report(make_result("X"), subject="a", version="0.1.0")
    second = make_report(make_result("X"), subject="b", version="0.2.0", interrupted=True)

    suites = parsed(first, second)

    names = [suite.get("name") for suite in suites]
    assert names == ["a: duplicates", "b: duplicates", "b: interrupted"]
    assert [properties(suite).get("kit-version") for suite in suites] == ["0.1.0", "0.2.0", None]


def test_no_text_breaks_the_document(make_result: MakeResult, make_report: MakeReport) -> None:
    hostile = "<a>&\x00\x1b]]>\ud800"
    result = make_result(hostile, actual=hostile, group=hostile, reproduce=hostile)

    [suite] = parsed(make_report(result, subject=hostile))

    assert suite.get("name") == "<a>&��]]>�"
