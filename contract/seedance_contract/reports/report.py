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
    """Return the number of results with each verdict, the worst verdict first."""
    counts = Counter(result.verdict for result in results)
    return {verdict.value: counts[verdict] for verdict in Verdict if counts[verdict]}


def summary_line(report: Report) -> str:
    """Return the subject, the number of results with each verdict, and the time in one line."""
    counts = verdict_counts(report.results).items()
    text = ", ".join(f"{count} {verdict}" for verdict, count in counts)
    return f"{report.subject}: {text or 'no cases'} in {report.seconds:.1f} s"


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


def exit_code(
    results: Iterable[Result], *, strict: bool = False, require_exercised: bool = False
) -> int:
    """Return 0 if the subject conforms, 1 if it does not, 3 if there is no result.

    Args:
        results: the results of the cases.
        strict: whether a requirement with SHOULD must be met.
        require_exercised: whether a case that was not exercised fails the run.
    """
    verdicts = {result.verdict for result in results}
    failing = {*FAILED_VERDICTS}
    failing |= {Verdict.NON_STRICT} if strict else set()
    failing |= {Verdict.UNEXERCISED} if require_exercised else set()
    # A failure is certain even if other cases could not be run, so 1 takes precedence over 3. Exit
    # code 2 is left to wrong options of the command line.
    if verdicts & failing:
        return 1
    return 3 if Verdict.BROKEN in verdicts else 0
