"""The report of a run, and what all its forms have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from seedance_contract.case import Result, Verdict

OK_VERDICTS = (Verdict.PASS, Verdict.INFO, Verdict.XFAIL)
"""Verdicts that need no explanation."""

SKIPPED_VERDICTS = (Verdict.UNEXERCISED, Verdict.UNSUPPORTED)
"""Verdicts of cases that say nothing about the subject."""

# A stale entry of a baseline fails like a broken requirement. Otherwise baselines would grow, and
# would excuse failures that come back.
FAILED_VERDICTS = (Verdict.FAIL, Verdict.XPASS)
"""Verdicts that fail a run."""

INTERRUPTED = "interrupted: not every selected case was run"
"""The text that marks the report of an interrupted run, in every form."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A run of a suite on a subject.

    Args:
        suite: "server" or "client".
        subject: the name of the subject: a URL, or the name of a client.
        version: the version of this kit.
        started: the time of the start, in ISO 8601 and UTC.
        seconds: how long the run took.
        results: the results of the cases.
        options: the options of the run: JSON.
        details: facts of the suite, such as which rules were reached: JSON.
        interrupted: whether the run was stopped before all selected cases had a result.
    """

    suite: str
    subject: str
    version: str
    started: str
    seconds: float
    results: Sequence[Result]
    options: Mapping[str, object] = field(default_factory=dict)
    details: Mapping[str, object] = field(default_factory=dict)
    interrupted: bool = False


def verdict_counts(results: Iterable[Result]) -> dict[str, int]:
    """Return the number of results with each verdict, the worst verdict first."""
    counts = Counter(result.verdict for result in results)
    return {verdict.value: counts[verdict] for verdict in Verdict if counts[verdict]}


def summary_line(report: Report) -> str:
    """Return the subject, the number of results with each verdict, and the time in one line."""
    counts = verdict_counts(report.results).items()
    text = ", ".join(f"{count} {verdict}" for verdict, count in counts)
    line = f"{report.subject}: {text or 'no cases'} in {report.seconds:.1f} s"
    return f"{line}; {INTERRUPTED}" if report.interrupted else line


def explanation_lines(result: Result) -> list[str]:
    """Return the lines that explain a failure: requirement, expected, actual, how to reproduce."""
    lines = [f"requirement: {result.case.requirement} ({result.case.source})"]
    for finding in result.findings:
        if finding.verdict in OK_VERDICTS:
            continue
        lines.append(f"{finding.verdict} {finding.check} ({finding.level})")
        lines += [f"  expected: {finding.expected}"] if finding.expected else []
        lines += [f"  actual:   {finding.actual}"] if finding.actual else []
    return lines + ([f"reproduce: {result.reproduce}"] if result.reproduce else [])
