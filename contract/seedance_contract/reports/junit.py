"""A report as a JUnit XML document, which CI systems display."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from seedance_contract.case import Result, Verdict
from seedance_contract.reports.report import (
    FAILED_VERDICTS,
    INTERRUPTED,
    SKIPPED_VERDICTS,
    Report,
    explanation_lines,
)

# A mismatch is a failure, never an error: JUnit's errors are cases that could not be run, and CI
# systems show the two apart.
_OUTCOME_ELEMENTS = {
    Verdict.BROKEN: "error",
    **dict.fromkeys(FAILED_VERDICTS, "failure"),
    **dict.fromkeys(SKIPPED_VERDICTS, "skipped"),
}


def junit_report(report: Report) -> str:
    """Return a JUnit XML document with a test suite for each group."""
    suites = ET.Element("testsuites")
    groups: dict[str, list[Result]] = {}
    for result in report.results:
        groups.setdefault(result.case.group, []).append(result)
    for name, results in groups.items():
        _add_suite(suites, name, results)
    if report.interrupted:
        _add_interruption(suites)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


def _add_interruption(suites: ET.Element) -> None:
    """Add a suite with an error: without it, a partial report looks like a complete one."""
    name = "interrupted"
    counts = {"tests": "1", "failures": "0", "errors": "1", "skipped": "0", "time": "0.000"}
    suite = ET.SubElement(suites, "testsuite", {"name": name, **counts})
    case = ET.SubElement(suite, "testcase", name=name, classname=name, time="0.000")
    ET.SubElement(case, "error", message=INTERRUPTED)


def _add_suite(suites: ET.Element, name: str, results: Sequence[Result]) -> None:
    verdicts = [result.verdict for result in results]
    attributes = {
        "name": xml_text(name),
        "tests": len(results),
        "failures": sum(verdict in FAILED_VERDICTS for verdict in verdicts),
        "errors": verdicts.count(Verdict.BROKEN),
        "skipped": sum(verdict in SKIPPED_VERDICTS for verdict in verdicts),
        "time": f"{sum(result.seconds for result in results):.3f}",
    }
    suite = ET.SubElement(
        suites, "testsuite", {name: str(value) for name, value in attributes.items()}
    )
    for result in results:
        _add_case(suite, result)


def _add_case(suite: ET.Element, result: Result) -> None:
    case = result.case
    element = ET.SubElement(
        suite,
        "testcase",
        name=xml_text(case.id),
        classname=xml_text(case.group),
        time=f"{result.seconds:.3f}",
    )
    properties = ET.SubElement(element, "properties")
    for name, value in (
        ("level", case.effective_level.value),
        ("source", xml_text(str(case.source))),
        ("verdict", result.verdict.value),
    ):
        ET.SubElement(properties, "property", name=name, value=value)
    if result.verdict in _OUTCOME_ELEMENTS:
        name, message = _OUTCOME_ELEMENTS[result.verdict], xml_text(case.requirement)
        outcome = ET.SubElement(element, name, message=message)
        outcome.text = xml_text("\n".join(explanation_lines(result)))


def xml_text(text: str) -> str:
    """Return the text without the characters that XML 1.0 cannot represent, not even escaped."""
    return "".join(
        character if character.isprintable() or character in "\n\t" else "�" for character in text
    )
