"""Writes the failures of a run as a baseline, to start with or to bring one up to date."""

from __future__ import annotations

import json
from collections.abc import Iterator

from seedance_contract.case import Finding, Verdict
from seedance_contract.reports.baseline import Baseline, BaselineEntry
from seedance_contract.reports.report import Report
from seedance_contract.reports.text import one_line

WRITTEN_VERDICTS = (Verdict.FAIL, Verdict.NON_STRICT, Verdict.XFAIL)
"""The verdicts of the findings that become entries."""

MAX_REASON_LENGTH = 200

HEADER = """\
# Known failures of {subject}
# Written by seedance-mock {version} from the run of {started}.
#
# Each entry excuses one failure, and fails the run as soon as the check passes. Replace the reasons
# by your own, such as the number of a ticket. `until = "2027-01-31"` ends an excuse on that day.
"""

Key = tuple[str, str]
"""The ids of a case and of one of its checks."""


def baseline_text(report: Report, known: Baseline | None = None) -> str:
    """Return the baseline that excuses every failure of a run, as the text of a TOML file.

    The reason of an entry says since when the check fails, and how. The entries of the known
    baseline stay as they are, also those of checks that were not exercised. One whose check passes
    is left out, and one that has expired loses its date.

    Args:
        report: the report of the run, with the verdicts that the known baseline gave.
        known: the baseline of the run.
    """
    known = known or Baseline()
    header = HEADER.format(
        subject=one_line(report.subject),
        version=one_line(report.version),
        started=one_line(report.started),
    )
    entries = [
        *(_entry_text("expect", entry) for entry in _expected_entries(report, known)),
        *(_entry_text("flaky", entry) for entry in known.flaky),
    ]
    return "\n".join([header, *entries])


def _expected_entries(report: Report, known: Baseline) -> Iterator[BaselineEntry]:
    by_key = {(entry.case, entry.check): entry for entry in known.expected}
    flaky = {(entry.case, entry.check) for entry in known.flaky}
    findings: dict[Key, Finding] = {
        (result.case.id, finding.check): finding
        for result in report.results
        for finding in result.findings
    }
    failures = {
        key: finding
        for key, finding in findings.items()
        if finding.verdict in WRITTEN_VERDICTS and key not in flaky
    }
    for (case_id, check), finding in failures.items():
        entry = by_key.get((case_id, check))
        if finding.verdict is Verdict.XFAIL and entry is not None:
            yield entry
        else:
            reason = entry.reason if entry else _generated_reason(report, finding)
            yield BaselineEntry(case=case_id, check=check, reason=reason)
    stale = {key for key, finding in findings.items() if finding.verdict is Verdict.XPASS}
    yield from (entry for key, entry in by_key.items() if key not in failures.keys() | stale)


def _generated_reason(report: Report, finding: Finding) -> str:
    since = f"fails since {report.started.partition('T')[0]}"
    expected = f": expected {finding.expected}" if finding.expected else ""
    separator = ", got" if expected else ":"
    actual = f"{separator} {finding.actual}" if finding.actual else ""
    return one_line(since + expected + actual, MAX_REASON_LENGTH)


def _entry_text(table: str, entry: BaselineEntry) -> str:
    lines = [
        f"[[{table}]]",
        f"case = {_toml_string(entry.case)}",
        f"check = {_toml_string(entry.check)}",
        f"reason = {_toml_string(entry.reason)}",
    ]
    if entry.until is not None:
        lines.append(f"until = {entry.until}")
    return "\n".join(lines) + "\n"


def _toml_string(text: str) -> str:
    # The escapes of a JSON string mean the same in TOML, except those of surrogates, which
    # `one_line` replaces.
    return json.dumps(one_line(text), ensure_ascii=False)
