"""The report of a run, and what all its forms have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from seedance_contract.case import UNMET_VERDICTS, Finding, Result, Verdict, worst_verdict
from seedance_contract.cause import Cause
from seedance_contract.declared.contract import CONTRACT_VERSION
from seedance_contract.profiles import ProfileStatus

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
        profiles: the profiles of the suite, and whether the subject reached them.
        causes: the causes that the findings name.
        contract: the version of the contract.
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
    profiles: Sequence[ProfileStatus] = ()
    causes: Sequence[Cause] = ()
    contract: str = CONTRACT_VERSION
    options: Mapping[str, object] = field(default_factory=dict)
    details: Mapping[str, object] = field(default_factory=dict)
    interrupted: bool = False


def named_causes(results: Iterable[Result], causes: Mapping[str, Cause]) -> tuple[Cause, ...]:
    """Return the causes that the findings of the results name, each once.

    Raises KeyError for a name that `causes` does not contain.
    """
    names = (finding.cause for result in results for finding in result.findings)
    return tuple(causes[name] for name in dict.fromkeys(names) if name)


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseFailures:
    """The failures of one cause.

    Args:
        cause: the cause; None for the failures without one.
        results: the results with at least one failure of this cause, the worst first.
    """

    cause: Cause | None
    results: tuple[Result, ...]

    def findings(self, result: Result) -> tuple[Finding, ...]:
        """Return the failures of this cause in one of its results."""
        name = self.cause.id if self.cause else ""
        return tuple(finding for finding in unmet_findings(result) if finding.cause == name)


def unmet_findings(result: Result) -> Iterator[Finding]:
    """Yield the findings of requirements that the subject does not meet."""
    return (finding for finding in result.findings if finding.verdict in UNMET_VERDICTS)


def failures_by_cause(report: Report) -> tuple[CauseFailures, ...]:
    """Return the failures grouped by their cause, the worst cause first.

    A cause is worse if it keeps the subject from reaching an earlier profile, then if its verdict
    is worse, then if it explains more cases. A case that fails for two causes is in both groups.
    Failures without a cause come last.
    """
    by_cause: dict[str, dict[int, Result]] = {}
    for number, result in enumerate(report.results):
        for finding in unmet_findings(result):
            by_cause.setdefault(finding.cause, {})[number] = result
    causes = {cause.id: cause for cause in report.causes}
    groups = [
        CauseFailures(
            cause=causes.get(name),
            results=tuple(sorted(results.values(), key=lambda result: _severity(result.verdict))),
        )
        for name, results in by_cause.items()
    ]
    return tuple(sorted(groups, key=lambda group: _group_severity(report, group)))


def _severity(verdict: Verdict) -> int:
    return list(Verdict).index(verdict)


def _group_severity(report: Report, group: CauseFailures) -> tuple[object, ...]:
    case_ids = {result.case.id for result in group.results}
    profile_ranks = [
        rank
        for rank, status in enumerate(report.profiles)
        if not case_ids.isdisjoint(status.blocking)
    ]
    verdict = worst_verdict(
        finding.verdict for result in group.results for finding in group.findings(result)
    )
    return (
        group.cause is None,
        min(profile_ranks, default=len(report.profiles)),
        _severity(verdict),
        -len(group.results),
    )


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
