"""What a run found, and the forms it is written in. Pure functions to text and JSON."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from seedance_contract.case import Finding, Result, Verdict

SCHEMA_VERSION = 1

OK_VERDICTS = (Verdict.PASS, Verdict.INFO, Verdict.XFAIL)
"""Verdicts of which nothing more need be said."""

SKIPPED_VERDICTS = (Verdict.UNEXERCISED, Verdict.UNSUPPORTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A run of one suite on one subject.

    Args:
        suite: "server" or "client".
        subject: the name of what was checked: a URL, or the name of a client.
        version: the version of this kit.
        started: when, in ISO 8601 and UTC.
        seconds: how long the run took.
        results: what became of each case.
        options: what was chosen for the run: JSON.
        details: what the suite has to say besides, such as which rules were reached: JSON.
    """

    suite: str
    subject: str
    version: str
    started: str
    seconds: float
    results: Sequence[Result]
    options: Mapping[str, object] = field(default_factory=dict)
    details: Mapping[str, object] = field(default_factory=dict)


def verdict_counts(results: Iterable[Result]) -> dict[str, int]:
    """Return how many cases came to each verdict, worst first."""
    counted = Counter(result.verdict for result in results)
    return {verdict.value: counted[verdict] for verdict in Verdict if counted[verdict]}


def report_json(report: Report) -> dict[str, object]:
    """Return the report as JSON; `schema()` describes it."""
    return {
        "schema": SCHEMA_VERSION,
        "kit": {"name": "seedance-mock", "version": report.version},
        "suite": report.suite,
        "subject": report.subject,
        "started": report.started,
        "seconds": round(report.seconds, 3),
        "options": dict(report.options),
        "verdicts": verdict_counts(report.results),
        "details": dict(report.details),
        "results": [_result(result) for result in report.results],
    }


def _result(result: Result) -> dict[str, object]:
    case = result.case
    return {
        "id": case.id,
        "group": case.group,
        "level": case.effective_level.value,
        "requirement": case.requirement,
        "source": str(case.source),
        "verdict": result.verdict.value,
        "seconds": round(result.seconds, 3),
        "findings": [_finding(finding) for finding in result.findings],
        "reproduce": result.reproduce,
        "evidence": dict(result.evidence),
    }


def _finding(finding: Finding) -> dict[str, object]:
    return {
        "check": finding.check,
        "level": finding.level.value,
        "verdict": finding.verdict.value,
        "expected": finding.expected,
        "actual": finding.actual,
    }


def report_schema() -> dict[str, object]:
    """Return the JSON Schema of `as_json`."""
    text, number, thing = {"type": "string"}, {"type": "number"}, {"type": "object"}
    verdict = {"enum": [verdict.value for verdict in Verdict]}
    level = {"enum": ["MUST", "SHOULD", "MAY", "INFO"]}
    finding = _closed(check=text, level=level, verdict=verdict, expected=text, actual=text)
    result = _closed(
        **dict.fromkeys(("id", "group", "requirement", "source", "reproduce"), text),
        level=level,
        verdict=verdict,
        seconds=number,
        findings={"type": "array", "items": finding},
        evidence=thing,
    )
    count = {"type": "integer", "minimum": 1}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Report of a conformance run",
        **_closed(
            schema={"const": SCHEMA_VERSION},
            kit=_closed(name=text, version=text),
            suite={"enum": ["server", "client"]},
            subject=text,
            started={"type": "string", "format": "date-time"},
            seconds=number,
            options=thing,
            details=thing,
            verdicts={"type": "object", "propertyNames": verdict, "additionalProperties": count},
            results={"type": "array", "items": result},
        ),
    }


def _closed(**properties: object) -> dict[str, object]:
    required = list(properties)
    closed = {"type": "object", "additionalProperties": False}
    return {**closed, "required": required, "properties": properties}


def explanation_lines(result: Result) -> list[str]:
    """Return the lines that say what is wrong, as h2spec does: requirement, expected, actual."""
    lines = [f"requirement: {result.case.requirement} ({result.case.source})"]
    for finding in result.findings:
        if finding.verdict in OK_VERDICTS:
            continue
        lines.append(f"{finding.verdict} {finding.check} ({finding.level})")
        lines += [f"  expected: {finding.expected}"] if finding.expected else []
        lines += [f"  actual:   {finding.actual}"] if finding.actual else []
    return lines + ([f"reproduce: {result.reproduce}"] if result.reproduce else [])


def console_lines(report: Report) -> Iterator[str]:
    """Yield the lines of a console report: a line a case, what is wrong with it, the sums."""
    group = None
    for result in report.results:
        if result.case.group != group:
            group = result.case.group
            yield group
        yield f"  {result.verdict:<11} {result.case.id}: {result.case.requirement}"
        if result.verdict not in OK_VERDICTS:
            yield from (f"              {line}" for line in explanation_lines(result)[1:])
    yield summary_line(report)


def summary_line(report: Report) -> str:
    """Return one line with the sums."""
    sums = ", ".join(
        f"{count} {verdict}" for verdict, count in verdict_counts(report.results).items()
    )
    return f"{report.subject}: {sums or 'no cases'} in {report.seconds:.1f} s"


def junit_report(report: Report) -> str:
    """Return a JUnit XML document: a failure for what must hold, a skip for what was not put."""
    suites = ET.Element("testsuites")
    groups: dict[str, list[Result]] = {}
    for result in report.results:
        groups.setdefault(result.case.group, []).append(result)
    for name, results in groups.items():
        _suite(suites, name, results)
    ET.indent(suites)
    return ET.tostring(suites, encoding="unicode", xml_declaration=True) + "\n"


FAILED_VERDICTS = (Verdict.FAIL, Verdict.XPASS)


def _suite(suites: ET.Element, name: str, results: Sequence[Result]) -> None:
    verdicts = [result.verdict for result in results]
    attributes = {
        "name": xml_text(name),
        "tests": len(results),
        "failures": sum(verdict in FAILED_VERDICTS for verdict in verdicts),
        "errors": verdicts.count(Verdict.BROKEN),
        "skipped": sum(verdict in SKIPPED_VERDICTS for verdict in verdicts),
        "time": f"{sum(result.seconds for result in results):.3f}",
    }
    suite = ET.SubElement(suites, "testsuite", {key: str(each) for key, each in attributes.items()})
    for result in results:
        _case(suite, result)


def _case(suite: ET.Element, result: Result) -> None:
    case, verdict = result.case, result.verdict
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
        ("verdict", verdict.value),
    ):
        ET.SubElement(properties, "property", name=name, value=value)
    kind = (
        {Verdict.BROKEN: "error"}
        | dict.fromkeys(FAILED_VERDICTS, "failure")
        | dict.fromkeys(SKIPPED_VERDICTS, "skipped")
    )
    if verdict in kind:
        outcome = ET.SubElement(element, kind[verdict], message=xml_text(case.requirement))
        outcome.text = xml_text("\n".join(explanation_lines(result)))


def xml_text(text: str) -> str:
    """Return the text without the characters that XML 1.0 cannot hold."""
    return "".join(each if each.isprintable() or each in "\n\t" else "�" for each in text)


def markdown_report(report: Report) -> str:
    """Return a summary for the page of a CI job: the sums, and a row for what is not good."""
    rows = [f"### {_cell(summary_line(report))}", ""]
    wrong = [result for result in report.results if result.verdict not in OK_VERDICTS]
    if wrong:
        rows += ["| verdict | case | requirement | what happened |", "|---|---|---|---|"]
    for result in wrong:
        cells = (result.verdict.value, result.case.id, result.case.requirement, _happened(result))
        rows.append("| " + " | ".join(map(_cell, cells)) + " |")
    return "\n".join(rows) + "\n"


def _happened(result: Result) -> str:
    told = [
        f"expected {finding.expected}, got {finding.actual}"
        for finding in result.findings
        if finding.verdict not in OK_VERDICTS and (finding.expected or finding.actual)
    ]
    return "; ".join(told)


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def exit_code(
    results: Iterable[Result], *, strict: bool = False, require_exercised: bool = False
) -> int:
    """Return 0 where the subject conforms, 1 where it does not, 3 where nothing can be said.

    Args:
        results: what became of each case.
        strict: whether what SHOULD hold must hold.
        exercised: whether what was never put to the test counts as failed.
    """
    verdicts = {result.verdict for result in results}
    failing = {*FAILED_VERDICTS}
    failing |= {Verdict.NON_STRICT} if strict else set()
    failing |= {Verdict.UNEXERCISED} if require_exercised else set()
    if verdicts & failing:
        return 1
    return 3 if Verdict.BROKEN in verdicts else 0
