"""The report of a run, and what all its forms have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from seedance_contract.case import UNMET_VERDICTS, Finding, Result, Verdict, worst_verdict
from seedance_contract.cause import Cause
from seedance_contract.declared.contract import CONTRACT_VERSION
from seedance_contract.profiles import ProfileStatus

OK_VERDICTS = (Verdict.PASS, Verdict.INFO, Verdict.XFAIL)
"""Verdicts that need no explanation."""

SKIPPED_VERDICTS = (Verdict.UNEXERCISED, Verdict.UNSUPPORTED)
"""Verdicts of cases that say nothing about the subject."""

EXPLAINED_VERDICTS = tuple(
    verdict for verdict in Verdict if verdict not in (Verdict.PASS, Verdict.INFO)
)
"""Verdicts of findings that need an explanation, also those that a baseline expects."""

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
    """Return the causes that the findings of the results name, each once."""
    names = (finding.cause for result in results for finding in result.findings)
    # A name without a cause, which tests exclude, must not cost the report of a whole run.
    return tuple(causes[name] for name in dict.fromkeys(names) if name in causes)


class CaseFailure(NamedTuple):
    """A case that fails, and its findings that have the same cause."""

    result: Result
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseFailures:
    """The failures of one cause.

    Args:
        cause: the cause; None for the failures without one.
        failures: the cases with at least one failure of this cause, the worst first.
    """

    cause: Cause | None
    failures: tuple[CaseFailure, ...]

    @property
    def results(self) -> tuple[Result, ...]:
        """The results of the cases."""
        return tuple(failure.result for failure in self.failures)

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of the failures."""
        return worst_verdict(
            finding.verdict for failure in self.failures for finding in failure.findings
        )


def failures_by_cause(report: Report) -> tuple[CauseFailures, ...]:
    """Return the failures grouped by their cause, the worst cause first.

    A cause is worse if it keeps the subject from reaching an earlier profile, then if its verdict
    is worse, then if it explains more cases. A case that fails for two causes is in both groups.
    Failures without a cause come last.
    """
    causes = {cause.id: cause for cause in report.causes}
    groups: dict[Cause | None, list[CaseFailure]] = {}
    for result in report.results:
        by_cause: dict[Cause | None, list[Finding]] = {}
        for finding in result.findings:
            if finding.verdict in UNMET_VERDICTS:
                by_cause.setdefault(causes.get(finding.cause), []).append(finding)
        for cause, findings in by_cause.items():
            groups.setdefault(cause, []).append(CaseFailure(result, tuple(findings)))
    failures = [
        CauseFailures(cause=cause, failures=tuple(sorted(group, key=_case_severity)))
        for cause, group in groups.items()
    ]
    return tuple(sorted(failures, key=lambda group: _group_severity(report, group)))


def _severity(verdict: Verdict) -> int:
    return list(Verdict).index(verdict)


def _case_severity(failure: CaseFailure) -> int:
    return _severity(worst_verdict(finding.verdict for finding in failure.findings))


def _group_severity(report: Report, group: CauseFailures) -> tuple[bool, int, int, int]:
    case_ids = {result.case.id for result in group.results}
    profile_ranks = [
        rank
        for rank, status in enumerate(report.profiles)
        if not case_ids.isdisjoint(status.blocking)
    ]
    return (
        group.cause is None,
        min(profile_ranks, default=len(report.profiles)),
        _severity(group.verdict),
        -len(group.failures),
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


def explanation_lines(result: Result, causes: Iterable[Cause] = ()) -> list[str]:
    """Return the lines that explain a result: requirement, failed checks, how to reproduce them.

    Args:
        result: the result.
        causes: the causes that its findings may name.
    """
    lines = [f"requirement: {result.case.requirement} ({result.case.source})"]
    for finding in result.findings:
        if finding.verdict in EXPLAINED_VERDICTS:
            lines.append(f"{finding.verdict} {finding.check} ({finding.level})")
            lines += [f"  expected: {finding.expected}"] if finding.expected else []
            lines += [f"  actual:   {finding.actual}"] if finding.actual else []
    named = {finding.cause for finding in result.findings if finding.verdict in UNMET_VERDICTS}
    for cause in causes:
        if cause.id in named:
            lines += [f"cause: {cause.title}", f"  fix: {cause.fix}"]
    return lines + ([f"reproduce: {result.reproduce}"] if result.reproduce else [])
