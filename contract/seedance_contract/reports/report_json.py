"""A report as JSON, and the JSON Schema of it. `report_parser` reads it back."""

from __future__ import annotations

from typing import Any

from seedance_contract.case import Finding, Level, Result, Verdict
from seedance_contract.reports.report import Report, verdict_counts

# Stored reports are compared with later ones. A change of the form needs a new version:
# `report_parser` refuses all others.
SCHEMA_VERSION = 1


def report_json(report: Report) -> dict[str, object]:
    """Return the report as JSON. `report_schema` describes it."""
    return {
        "schema": SCHEMA_VERSION,
        "kit": {"name": "seedance-mock", "version": report.version},
        "suite": report.suite,
        "subject": report.subject,
        "started": report.started,
        "seconds": round(report.seconds, 3),
        "interrupted": report.interrupted,
        "options": dict(report.options),
        "verdicts": verdict_counts(report.results),
        "details": dict(report.details),
        "results": [_result_json(result) for result in report.results],
    }


def _result_json(result: Result) -> dict[str, object]:
    case = result.case
    return {
        "id": case.id,
        "group": case.group,
        "level": case.effective_level.value,
        "requirement": case.requirement,
        "source": str(case.source),
        "verdict": result.verdict.value,
        "seconds": round(result.seconds, 3),
        "findings": [_finding_json(finding) for finding in result.findings],
        "reproduce": result.reproduce,
        "evidence": dict(result.evidence),
    }


def _finding_json(finding: Finding) -> dict[str, object]:
    return {
        "check": finding.check,
        "level": finding.level.value,
        "verdict": finding.verdict.value,
        "expected": finding.expected,
        "actual": finding.actual,
    }


def report_schema() -> dict[str, object]:
    """Return the JSON Schema of `report_json`."""
    string, number, any_object = {"type": "string"}, {"type": "number"}, {"type": "object"}
    verdict = {"enum": [verdict.value for verdict in Verdict]}
    level = {"enum": [level.value for level in Level]}
    finding = _closed_object(
        check=string, level=level, verdict=verdict, expected=string, actual=string
    )
    result = _closed_object(
        **dict.fromkeys(("id", "group", "requirement", "source", "reproduce"), string),
        level=level,
        verdict=verdict,
        seconds=number,
        findings={"type": "array", "items": finding},
        evidence=any_object,
    )
    count = {"type": "integer", "minimum": 1}
    report = _closed_object(
        schema={"const": SCHEMA_VERSION},
        kit=_closed_object(name=string, version=string),
        suite={"enum": ["server", "client"]},
        subject=string,
        started={"type": "string", "format": "date-time"},
        seconds=number,
        interrupted={"type": "boolean"},
        options=any_object,
        details=any_object,
        verdicts={"type": "object", "propertyNames": verdict, "additionalProperties": count},
        results={"type": "array", "items": result},
    )
    # Reports that were stored before this member existed are of the same version.
    required = [name for name in report["properties"] if name != "interrupted"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Report of a conformance run",
        **report,
        "required": required,
    }


def _closed_object(**properties: object) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }
