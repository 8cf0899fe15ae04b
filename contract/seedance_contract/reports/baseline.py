"""What is known to fail: a file in TOML, whose stale entries fail in their turn.

[[expect]]
case = "POLL-15"
check = "repeats-poll"
reason = "ticket 123"
until = "2027-01-01"

[[flaky]]
case = "POLL-06"
check = "interval"
reason = "a shared machine"
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date

from seedance_contract.case import Finding, Result, Verdict


class BaselineError(ValueError):
    """A baseline file does not say what it should."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineEntry:
    """A check of a case that may fail, and why. `until` is the last day of an expectation."""

    case: str
    check: str
    reason: str
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """`expected` checks fail, and must: one that holds is stale. `flaky` ones may do either."""

    expected: tuple[BaselineEntry, ...] = ()
    flaky: tuple[BaselineEntry, ...] = ()


def parse_baseline(text: str) -> Baseline:
    """Return what a file says. Raises BaselineError."""
    try:
        told = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BaselineError(f"it is not TOML: {error}") from None
    if strange := told.keys() - {"expect", "flaky"}:
        raise BaselineError(f"it has [[expect]] and [[flaky]] only, not {min(strange)}")
    return Baseline(
        expected=tuple(_entry(row, ("until",)) for row in _rows(told, "expect")),
        flaky=tuple(_entry(row, ()) for row in _rows(told, "flaky")),
    )


def _rows(told: Mapping[str, object], name: str) -> list[object]:
    rows = told.get(name, [])
    if not isinstance(rows, list):
        raise BaselineError(f"{name} is a list: [[{name}]]")
    return rows


REQUIRED_KEYS = ("case", "check", "reason")


def _entry(row: object, more: tuple[str, ...]) -> BaselineEntry:
    if not isinstance(row, dict) or row.keys() - {*REQUIRED_KEYS, *more}:
        raise BaselineError(f"an entry has {', '.join((*REQUIRED_KEYS, *more))}")
    for name in REQUIRED_KEYS:
        if not isinstance(row.get(name), str) or not row[name]:
            raise BaselineError(f"an entry needs {name}, a text")
    return BaselineEntry(**{**row, "until": _date(row.get("until"))})


def _date(value: object) -> date | None:
    if value is None or type(value) is date:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise BaselineError(f"until is a date such as 2027-01-01, not {value}") from None


def unknown_entries(baseline: Baseline, checks: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Yield what a baseline names that does not exist; `checks` are those of each case."""
    for entry in (*baseline.expected, *baseline.flaky):
        if entry.case not in checks:
            yield f"case {entry.case}"
        elif entry.check not in checks[entry.case]:
            yield f"check {entry.check} of {entry.case}"


def apply_baseline(baseline: Baseline, result: Result, today: date) -> Result:
    """Return a result in the light of what was known."""
    expected = {one.check: one for one in baseline.expected if one.case == result.case.id}
    flaky = {one.check: one for one in baseline.flaky if one.case == result.case.id}
    findings = tuple(
        _expected(finding, expected[finding.check], today)
        if finding.check in expected
        else _excused(finding, flaky[finding.check])
        if finding.check in flaky
        else finding
        for finding in result.findings
    )
    return replace(result, findings=findings)


FAILING_VERDICTS = (Verdict.FAIL, Verdict.NON_STRICT)
PASSING_VERDICTS = (Verdict.PASS, Verdict.INFO)


def _expected(finding: Finding, entry: BaselineEntry, today: date) -> Finding:
    if finding.verdict in PASSING_VERDICTS:
        told = f"a failure, by the baseline: {entry.reason}"
        actual = "it holds: remove the entry"
        return replace(finding, verdict=Verdict.XPASS, expected=told, actual=actual)
    if entry.until is not None and entry.until < today and finding.verdict in FAILING_VERDICTS:
        late = f"{finding.actual}; the baseline excused it until {entry.until} only"
        return replace(finding, verdict=Verdict.FAIL, actual=late)
    return _excused(finding, entry)


def _excused(finding: Finding, entry: BaselineEntry) -> Finding:
    if finding.verdict not in FAILING_VERDICTS:
        return finding
    actual = f"{finding.actual} (known: {entry.reason})"
    return replace(finding, verdict=Verdict.XFAIL, actual=actual)
