"""Reports as a JUnit XML document, which CI systems display."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from seedance_contract.case import VERDICT_MEANINGS, Result, Verdict
from seedance_contract.reports.overview import grouped_results
from seedance_contract.reports.report import (
    FAILED_VERDICTS,
    INTERRUPTED,
    SKIPPED_VERDICTS,
    Report,
    explanation_lines,
)
from seedance_contract.reports.text import printable_text

# A mismatch is a failure, never an error: JUnit's errors are cases that could not be run, and CI
# systems show the two apart.
_OUTCOME_ELEMENTS = {
    Verdict.BROKEN: "error",
    **dict.fromkeys(FAILED_VERDICTS, "failure"),
    **dict.fromkeys(SKIPPED_VERDICTS, "skipped"),
}

# JUnit has no outcome between failed and passed, so these pass. Without a message they could not be
# told from a real pass.
_EXPLAINED_PASSES = (Verdict.NON_STRICT, Verdict.XFAIL)
"""Verdicts of cases that pass for JUnit although a requirement is not met."""


def junit_report(*reports: Report) -> str:
    """Return a JUnit XML document with a test suite for each group.

    Of several reports, each suite is named with its subject.
    """
    suites = ET.Element("testsuites")
    for report in reports:
        prefix = f"{report.subject}: " if len(reports) > 1 else ""
        for group in grouped_results(report):
            _add_suite(suites, report, f"{prefix}{group.name}", group.results)
        if report.interrupted:
            _add_interruption(suites, prefix)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _add_interruption(suites: ET.Element, prefix: str) -> None:
    """Add a suite with an error: without it, a partial report looks like a complete one."""
    name = printable_text(f"{prefix}interrupted")
    counts = {"tests": "1", "failures": "0", "errors": "1", "skipped": "0", "time": "0.000"}
    suite = ET.SubElement(suites, "testsuite", {"name": name, **counts})
    case = ET.SubElement(suite, "testcase", name=name, classname=name, time="0.000")
    ET.SubElement(case, "error", message=INTERRUPTED)


def _add_suite(suites: ET.Element, report: Report, name: str, results: Sequence[Result]) -> None:
    verdicts = [result.verdict for result in results]
    attributes = {
        "name": printable_text(name),
        "tests": len(results),
        "failures": sum(verdict in FAILED_VERDICTS for verdict in verdicts),
        "errors": verdicts.count(Verdict.BROKEN),
        "skipped": sum(verdict in SKIPPED_VERDICTS for verdict in verdicts),
        "time": f"{sum(result.seconds for result in results):.3f}",
    }
    suite = ET.SubElement(
        suites, "testsuite", {name: str(value) for name, value in attributes.items()}
    )
    versions = {"kit-version": report.version, "contract-version": report.contract}
    _add_properties(suite, {"subject": report.subject, **versions})
    for result in results:
        _add_case(suite, report, name, result)


def _add_case(suite: ET.Element, report: Report, suite_name: str, result: Result) -> None:
    case = result.case
    element = ET.SubElement(
        suite,
        "testcase",
        name=printable_text(case.id),
        classname=printable_text(suite_name),
        time=f"{result.seconds:.3f}",
    )
    properties = {
        "level": case.effective_level.value,
        "source": str(case.source),
        "verdict": result.verdict.value,
    }
    _add_properties(element, properties)
    explanation = printable_text("\n".join(explanation_lines(result, report.causes)))
    if result.verdict in _OUTCOME_ELEMENTS:
        message = printable_text(case.requirement)
        outcome = ET.SubElement(element, _OUTCOME_ELEMENTS[result.verdict], message=message)
        outcome.text = explanation
    elif result.verdict in _EXPLAINED_PASSES:
        meaning = f"{result.verdict}: {VERDICT_MEANINGS[result.verdict]}"
        ET.SubElement(element, "system-out").text = f"{meaning}\n{explanation}"


def _add_properties(parent: ET.Element, properties: dict[str, str]) -> None:
    element = ET.SubElement(parent, "properties")
    for name, value in properties.items():
        ET.SubElement(element, "property", name=name, value=printable_text(value))
