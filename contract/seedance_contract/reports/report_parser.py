"""Reads a report back from its JSON. Refuses other JSON, and reports of another version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

from seedance_contract.case import Case, Finding, Level, Result, Verdict
from seedance_contract.cause import Cause
from seedance_contract.declared.sources import Document, Source
from seedance_contract.profiles import Profile, ProfileStatus
from seedance_contract.reports.report import Report
from seedance_contract.reports.report_json import SCHEMA_VERSION

Members = Mapping[str, object]
T = TypeVar("T")


class ReportFormatError(ValueError):
    """The JSON is not what `report_json` returns. The message says where it differs."""


def parse_report(value: object) -> Report:
    """Return the report that `report_json` returned as `value`, also after a round trip as text.

    The level of a case becomes its effective level. Raises ReportFormatError.
    """
    if not isinstance(value, dict) or "schema" not in value:
        raise ReportFormatError("this is no report: it has no `schema`")
    if value["schema"] != SCHEMA_VERSION:
        raise ReportFormatError(
            f"the report has schema {value['schema']!r}, and only {SCHEMA_VERSION} can be read;"
            " use the version of the kit that wrote it"
        )
    return Report(
        suite=_enumerated(value, "suite", ("server", "client")),
        subject=_member(value, "subject", str),
        version=_member(_member(value, "kit", dict), "version", str),
        contract=_member(_member(value, "contract", dict), "version", str),
        started=_member(value, "started", str),
        seconds=_seconds(value),
        results=tuple(map(_parse_result, _member(value, "results", list))),
        profiles=tuple(map(_parse_profile, _member(value, "profiles", list))),
        causes=tuple(map(_parse_cause, _member(value, "causes", list))),
        options=_member(value, "options", dict),
        details=_member(value, "details", dict),
        interrupted=_member(value, "interrupted", bool),
    )


def _parse_profile(value: object) -> ProfileStatus:
    status = _object(value, "a profile")
    reached = status.get("reached")
    return ProfileStatus(
        profile=Profile(_enumerated(status, "name", list(Profile))),
        promise=_member(status, "promise", str),
        reached=None if reached is None else _member(status, "reached", bool),
        cases=_member(status, "cases", int),
        blocking=_strings(status, "blocking"),
        unexercised=_strings(status, "unexercised"),
        not_run=_member(status, "not_run", int),
    )


def _parse_cause(value: object) -> Cause:
    cause = _object(value, "a cause")
    hints = _member(cause, "hints", dict)
    return Cause(
        id=_member(cause, "id", str),
        title=_member(cause, "title", str),
        happened=_member(cause, "happened", str),
        consequence=_member(cause, "consequence", str),
        fix=_member(cause, "fix", str),
        source=_parse_source(_member(cause, "source", str)),
        hints={language: _member(hints, language, str) for language in hints},
    )


def _parse_result(value: object) -> Result:
    result = _object(value, "a result")
    case = Case(
        id=_member(result, "id", str),
        group=_member(result, "group", str),
        level=Level(_enumerated(result, "level", list(Level))),
        requirement=_member(result, "requirement", str),
        source=_parse_source(_member(result, "source", str)),
    )
    # The verdict is not read: it follows from the findings.
    return Result(
        case=case,
        findings=tuple(map(_parse_finding, _member(result, "findings", list))),
        seconds=_seconds(result),
        reproduce=_member(result, "reproduce", str),
        evidence=_member(result, "evidence", dict),
    )


def _parse_finding(value: object) -> Finding:
    finding = _object(value, "a finding")
    return Finding(
        check=_member(finding, "check", str),
        level=Level(_enumerated(finding, "level", list(Level))),
        verdict=Verdict(_enumerated(finding, "verdict", list(Verdict))),
        expected=_member(finding, "expected", str),
        actual=_member(finding, "actual", str),
        cause=_member(finding, "cause", str),
    )


def _parse_source(text: str) -> Source:
    document, _, place = text.partition(": ")
    try:
        return Source(Document(document), place)
    except ValueError:
        raise ReportFormatError(f"`source` names no document: {text[:80]!r}") from None


def _member(members: Members, name: str, kind: type[T]) -> T:
    value = members.get(name)
    if not isinstance(value, kind):
        raise ReportFormatError(
            f"`{name}` is {type(value).__name__}, and {kind.__name__} is needed"
        )
    return value


def _strings(members: Members, name: str) -> tuple[str, ...]:
    values = _member(members, name, list)
    if not all(isinstance(value, str) for value in values):
        raise ReportFormatError(f"`{name}` is no list of texts")
    return tuple(values)


def _seconds(members: Members) -> float:
    value = members.get("seconds")
    # In Python a boolean is an integer, too.
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ReportFormatError("`seconds` is no number")
    return value


def _enumerated(members: Members, name: str, allowed: Sequence[str]) -> str:
    value = _member(members, name, str)
    if value not in allowed:
        raise ReportFormatError(f"`{name}` is {value[:40]!r}, and not one of {', '.join(allowed)}")
    return value


def _object(value: object, what: str) -> Members:
    if not isinstance(value, dict):
        raise ReportFormatError(f"{what} is {type(value).__name__}, and dict is needed")
    return value
