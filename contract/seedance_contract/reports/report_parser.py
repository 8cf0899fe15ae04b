"""A report read back from its JSON. What is no report, or one of another version, is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from seedance_contract.case import Case, Finding, Level, Result, Verdict
from seedance_contract.declared.sources import Document, Source
from seedance_contract.reports.report import SCHEMA_VERSION, Report

Told = Mapping[str, object]
T = TypeVar("T")


class ReportFormatError(ValueError):
    """Some JSON is not what `report.as_json` writes. The message says where it differs."""


def parse_report(told: object) -> Report:
    """Return the report that `report.as_json` wrote, also after a trip through text.

    The level of a case comes back as the level that counts. Raises NotAReport.
    """
    if not isinstance(told, dict) or "schema" not in told:
        raise ReportFormatError("this is no report: it has no `schema`")
    if told["schema"] != SCHEMA_VERSION:
        raise ReportFormatError(
            f"the report has schema {told['schema']!r}, and only {SCHEMA_VERSION} can be read;"
            " use the version of the kit that wrote it"
        )
    return Report(
        suite=_chosen(told, "suite", ("server", "client")),
        subject=_get(told, "subject", str),
        version=_get(_get(told, "kit", dict), "version", str),
        started=_get(told, "started", str),
        seconds=_seconds(told),
        results=tuple(map(_result, _get(told, "results", list))),
        options=_get(told, "options", dict),
        details=_get(told, "details", dict),
    )


def _result(told: object) -> Result:
    result = _object(told, "a result")
    case = Case(
        id=_get(result, "id", str),
        group=_get(result, "group", str),
        level=Level(_chosen(result, "level", list(Level))),
        requirement=_get(result, "requirement", str),
        source=_source(_get(result, "source", str)),
    )
    return Result(
        case=case,
        findings=tuple(map(_finding, _get(result, "findings", list))),
        seconds=_seconds(result),
        reproduce=_get(result, "reproduce", str),
        evidence=_get(result, "evidence", dict),
    )


def _finding(told: object) -> Finding:
    finding = _object(told, "a finding")
    return Finding(
        check=_get(finding, "check", str),
        level=Level(_chosen(finding, "level", list(Level))),
        verdict=Verdict(_chosen(finding, "verdict", list(Verdict))),
        expected=_get(finding, "expected", str),
        actual=_get(finding, "actual", str),
    )


def _source(told: str) -> Source:
    document, _, place = told.partition(": ")
    try:
        return Source(Document(document), place)
    except ValueError:
        raise ReportFormatError(f"`source` names no document: {told[:80]!r}") from None


def _get(told: Told, name: str, kind: type[T]) -> T:
    value = told.get(name)
    if not isinstance(value, kind):
        raise ReportFormatError(
            f"`{name}` is {type(value).__name__}, and {kind.__name__} is needed"
        )
    return value


def _seconds(told: Told) -> float:
    value = told.get("seconds")
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ReportFormatError("`seconds` is no number")
    return value


def _chosen(told: Told, name: str, allowed: tuple[str, ...] | list[Level] | list[Verdict]) -> str:
    value = _get(told, name, str)
    if value not in allowed:
        raise ReportFormatError(f"`{name}` is {value[:40]!r}, and not one of {', '.join(allowed)}")
    return value


def _object(told: object, what: str) -> Told:
    if not isinstance(told, dict):
        raise ReportFormatError(f"{what} is {type(told).__name__}, and dict is needed")
    return told
