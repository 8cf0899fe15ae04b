"""A report as JSON, and the JSON Schema of it. `report_parser` reads it back."""

from __future__ import annotations

from typing import Any

from seedance_contract.case import Finding, Level, Result, Verdict
from seedance_contract.cause import Cause
from seedance_contract.profiles import Profile, ProfileStatus
from seedance_contract.reports.report import (
    CauseFailures,
    Report,
    failures_by_cause,
    verdict_counts,
)

# Stored reports are compared with later ones. A change of the form needs a new version:
# `report_parser` refuses all others.
SCHEMA_VERSION = 2


def report_json(report: Report) -> dict[str, object]:
    """Return the report as JSON. `report_schema` describes it."""
    return {
        "schema": SCHEMA_VERSION,
        "kit": {"name": "seedance-mock", "version": report.version},
        "contract": {"version": report.contract},
        "suite": report.suite,
        "subject": report.subject,
        "started": report.started,
        "seconds": round(report.seconds, 3),
        "interrupted": report.interrupted,
        "options": dict(report.options),
        "verdicts": verdict_counts(report.results),
        "profiles": [_profile_json(status) for status in report.profiles],
        "causes": [
            _cause_json(group.cause, group)
            for group in failures_by_cause(report)
            if group.cause is not None
        ],
        "details": dict(report.details),
        "results": [_result_json(result) for result in report.results],
    }


def _profile_json(status: ProfileStatus) -> dict[str, object]:
    return {
        "name": status.profile.value,
        "promise": status.promise,
        "reached": status.reached,
        "cases": status.cases,
        "blocking": list(status.blocking),
        "unexercised": list(status.unexercised),
        "not_run": status.not_run,
    }


def _cause_json(cause: Cause, group: CauseFailures) -> dict[str, object]:
    return {
        "id": cause.id,
        "title": cause.title,
        "happened": cause.happened,
        "consequence": cause.consequence,
        "fix": cause.fix,
        "hints": dict(cause.hints),
        "source": str(cause.source),
        "cases": [result.case.id for result in group.results],
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
        "cause": finding.cause,
    }


def report_schema() -> dict[str, object]:
    """Return the JSON Schema of `report_json`."""
    string, number, any_object = {"type": "string"}, {"type": "number"}, {"type": "object"}
    verdict = {"enum": [verdict.value for verdict in Verdict]}
    level = {"enum": [level.value for level in Level]}
    finding = _closed_object(
        **dict.fromkeys(("check", "expected", "actual", "cause"), string),
        level=level,
        verdict=verdict,
    )
    result = _closed_object(
        **dict.fromkeys(("id", "group", "requirement", "source", "reproduce"), string),
        level=level,
        verdict=verdict,
        seconds=number,
        findings={"type": "array", "items": finding},
        evidence=any_object,
    )
    strings = {"type": "array", "items": string}
    profile = _closed_object(
        name={"enum": [profile.value for profile in Profile]},
        promise=string,
        reached={"type": ["boolean", "null"]},
        cases={"type": "integer", "minimum": 0},
        blocking=strings,
        unexercised=strings,
        not_run={"type": "integer", "minimum": 0},
    )
    cause = _closed_object(
        **dict.fromkeys(("id", "title", "happened", "consequence", "fix", "source"), string),
        hints={"type": "object", "additionalProperties": string},
        cases=strings,
    )
    count = {"type": "integer", "minimum": 1}
    report = _closed_object(
        schema={"const": SCHEMA_VERSION},
        kit=_closed_object(name=string, version=string),
        contract=_closed_object(version=string),
        suite={"enum": ["server", "client"]},
        subject=string,
        started={"type": "string", "format": "date-time"},
        seconds=number,
        interrupted={"type": "boolean"},
        options=any_object,
        details=any_object,
        profiles={"type": "array", "items": profile},
        causes={"type": "array", "items": cause},
        verdicts={"type": "object", "propertyNames": verdict, "additionalProperties": count},
        results={"type": "array", "items": result},
    )
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Report of a conformance run",
        **report,
    }


def _closed_object(**properties: object) -> dict[str, Any]:
    return {
        "type": "object",
        "additionalProperties": False,
        "required": list(properties),
        "properties": properties,
    }
