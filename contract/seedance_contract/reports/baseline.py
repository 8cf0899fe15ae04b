"""Known failures: a TOML file that excuses them. Stale entries fail in their turn.

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
    """A baseline file is malformed. The message says how."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineEntry:
    """A check of a case that may fail, and the reason. `until` is the last day of the excuse."""

    case: str
    check: str
    reason: str
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """Known failures.

    `expected` checks must fail: an entry whose check passes is stale. `flaky` checks may pass or
    fail.
    """

    expected: tuple[BaselineEntry, ...] = ()
    flaky: tuple[BaselineEntry, ...] = ()


def parse_baseline(text: str) -> Baseline:
    """Return the baseline in a file's text. Raises BaselineError."""
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BaselineError(f"it is not TOML: {error}") from None
    if unknown_names := tables.keys() - {"expect", "flaky"}:
        raise BaselineError(f"it has [[expect]] and [[flaky]] only, not {min(unknown_names)}")
    return Baseline(
        expected=tuple(_parse_entries(tables, "expect", ("until",))),
        flaky=tuple(_parse_entries(tables, "flaky", ())),
    )


def _parse_entries(
    tables: Mapping[str, object], name: str, optional_keys: tuple[str, ...]
) -> Iterator[BaselineEntry]:
    for number, row in enumerate(_rows(tables, name), start=1):
        try:
            yield _parse_entry(row, optional_keys)
        except BaselineError as error:
            raise BaselineError(f"{_position(name, number, row)}: {error}") from None


def _position(table: str, number: int, row: object) -> str:
    """Return which entry it is, with the names in it by which its author finds it."""
    names = [row.get(key) for key in ("case", "check")] if isinstance(row, dict) else []
    shown = " ".join(name for name in names if isinstance(name, str))
    return f"entry {number} of [[{table}]]" + (f" ({shown})" if shown else "")


def _rows(tables: Mapping[str, object], name: str) -> list[object]:
    rows = tables.get(name, [])
    if not isinstance(rows, list):
        raise BaselineError(f"{name} is a list: [[{name}]]")
    return rows


REQUIRED_KEYS = ("case", "check", "reason")


def _parse_entry(row: object, optional_keys: tuple[str, ...]) -> BaselineEntry:
    if not isinstance(row, dict) or row.keys() - {*REQUIRED_KEYS, *optional_keys}:
        raise BaselineError(f"it may have {', '.join((*REQUIRED_KEYS, *optional_keys))} only")
    for name in REQUIRED_KEYS:
        if not isinstance(row.get(name), str) or not row[name]:
            raise BaselineError(f"it needs {name}, a text")
    return BaselineEntry(**{**row, "until": _parse_date(row.get("until"))})


def _parse_date(value: object) -> date | None:
    # A date with a time is a `datetime`, a subclass of `date`. It is refused: the excuse ends with
    # a day, in whatever time zone the run takes place.
    if value is None or type(value) is date:
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise BaselineError(f"until is a date such as 2027-01-01, not {value}") from None


def unknown_entries(baseline: Baseline, checks: Mapping[str, Collection[str]]) -> Iterator[str]:
    """Yield the cases and checks of a baseline that do not exist, and which entry names them.

    Args:
        baseline: the baseline.
        checks: the id of each case to the ids of its checks.
    """
    for table, entries in (("expect", baseline.expected), ("flaky", baseline.flaky)):
        for number, entry in enumerate(entries, start=1):
            place = f"(entry {number} of [[{table}]])"
            if entry.case not in checks:
                yield f"case {entry.case} {place}"
            elif entry.check not in checks[entry.case]:
                yield f"check {entry.check} of {entry.case} {place}"


def apply_baseline(baseline: Baseline, result: Result, today: date) -> Result:
    """Return a result with the verdicts that the baseline gives to known failures."""
    case_id = result.case.id
    expected = {entry.check: entry for entry in baseline.expected if entry.case == case_id}
    flaky = {entry.check: entry for entry in baseline.flaky if entry.case == case_id}
    findings = tuple(
        _expected_failure(finding, expected[finding.check], today)
        if finding.check in expected
        else _excused(finding, flaky[finding.check])
        if finding.check in flaky
        else finding
        for finding in result.findings
    )
    return replace(result, findings=findings)


FAILING_VERDICTS = (Verdict.FAIL, Verdict.NON_STRICT)
PASSING_VERDICTS = (Verdict.PASS, Verdict.INFO)


def _expected_failure(finding: Finding, entry: BaselineEntry, today: date) -> Finding:
    if finding.verdict in PASSING_VERDICTS:
        expected = f"a failure, by the baseline: {entry.reason}"
        actual = "it passes: remove the entry"
        return replace(finding, verdict=Verdict.XPASS, expected=expected, actual=actual)
    is_overdue = entry.until is not None and entry.until < today
    if is_overdue and finding.verdict in FAILING_VERDICTS:
        actual = f"{finding.actual}; the baseline excused it until {entry.until} only"
        return replace(finding, verdict=Verdict.FAIL, actual=actual)
    return _excused(finding, entry)


def _excused(finding: Finding, entry: BaselineEntry) -> Finding:
    if finding.verdict not in FAILING_VERDICTS:
        return finding
    actual = f"{finding.actual} (known: {entry.reason})"
    return replace(finding, verdict=Verdict.XFAIL, actual=actual)
