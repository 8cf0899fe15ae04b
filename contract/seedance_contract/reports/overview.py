"""What the readable forms of a report have in common: its parts in their order, and their words.

A reader wants to know first which promises hold, then what to fix, and the rest only if needed. So
the order is: the profiles, the failures by cause, what has no result, what was not exercised, the
groups.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from seedance_contract.case import Finding, Result, Verdict
from seedance_contract.cause import Cause
from seedance_contract.profiles import ProfileStatus
from seedance_contract.reports.report import SKIPPED_VERDICTS, Report, verdict_counts
from seedance_contract.reports.text import one_line

MAX_NAMED_CASES = 8
"""How many cases a sentence names before it counts the rest."""

FOLDED_VERDICTS = (
    Verdict.BROKEN,
    Verdict.XPASS,
    Verdict.UNEXERCISED,
    Verdict.UNSUPPORTED,
    Verdict.XFAIL,
)
"""The verdicts whose reasons are listed once each, in this order. Failures have causes instead."""

MAX_FOLDED_NAMES = 3
"""How many cases with the same reason are named instead of counted."""

LANGUAGES: Mapping[str, str] = {"python": "Python", "javascript": "JavaScript"}
"""The names of the languages of hints."""

LANGUAGE_PROGRAMS: Mapping[str, re.Pattern[str]] = {
    "python": re.compile(r"python[0-9.]*|pytest|uv|.*\.py"),
    "javascript": re.compile(r"node|npm|npx|bun|deno|tsx|.*\.[cm]?[jt]sx?"),
}
"""Names of programs and files that tell the language of a client."""

REMEDIES: Mapping[Verdict, str] = {
    Verdict.BROKEN: "Read the reason, and run the case alone. If the check itself failed, the fault"
    " is in this kit: please report it with the JSON report.",
    Verdict.XPASS: "Remove the entry from the baseline, or write the baseline again with"
    " --write-baseline.",
}
"""What to do about a verdict that is not about the subject."""


def profile_line(status: ProfileStatus) -> str:
    """Return a sentence about a profile: what it promises, and whether the run shows it."""
    promise = f"({one_line(status.promise)})"
    if status.reached:
        rest = f"; {_not_exercised(status)}" if status.unexercised else ""
        return f"{status.profile}: reached {promise}{rest}"
    if status.reached is None:
        return f"{status.profile}: unknown {promise}: {_unknown_reason(status)}"
    return f"{status.profile}: not reached {promise}: {_blocking_reason(status)}"


def _blocking_reason(status: ProfileStatus) -> str:
    if not status.blocking:
        return f"none of its {status.cases} cases was exercised"
    verb = "fails" if len(status.blocking) == 1 else "fail"
    count = f"{len(status.blocking)} of {status.cases} cases {verb}"
    return f"{count}: {named_cases(status.blocking)}"


def _unknown_reason(status: ProfileStatus) -> str:
    if status.not_run:
        verb = "was" if status.not_run == 1 else "were"
        return f"no case fails, but {status.not_run} of {status.cases} cases {verb} not run"
    return f"no case fails, but {_not_exercised(status)}"


def _not_exercised(status: ProfileStatus) -> str:
    verb = "was" if len(status.unexercised) == 1 else "were"
    return f"{len(status.unexercised)} of {status.cases} cases {verb} not exercised"


def named_cases(names: Sequence[str]) -> str:
    """Return the first names, and the number of the others."""
    shown = ", ".join(map(one_line, names[:MAX_NAMED_CASES]))
    rest = len(names) - MAX_NAMED_CASES
    return f"{shown} and {rest} more" if rest > 0 else shown


def finding_text(finding: Finding) -> str:
    """Return in one line what was expected and what happened. A side that is empty is left out.

    For a check that was not exercised it is the reason.
    """
    expected, actual = one_line(finding.expected), one_line(finding.actual)
    if finding.verdict in SKIPPED_VERDICTS:
        return actual
    if expected and actual:
        return f"expected {expected}, got {actual}"
    return f"expected {expected}" if expected else actual


def failure_text(result: Result, finding: Finding) -> str:
    """Return what happened in one line, or the requirement if the finding has no text."""
    return finding_text(finding) or one_line(result.case.requirement)


def finding_name(result: Result, finding: Finding) -> str:
    """Return the ids of the case and the check, or the id of the case if both are the same."""
    case_id = one_line(result.case.id)
    return case_id if finding.check == result.case.id else f"{case_id} {one_line(finding.check)}"


def shown_hints(report: Report, cause: Cause) -> dict[str, str]:
    """Return the hints of a cause by the name of their language.

    If the subject is a program of one of the languages, only those in its language.
    """
    # The subject of a client report is its command line: its programs and files tell the language.
    words = {PurePath(word).name for word in report.subject.split()}
    spoken = [
        language
        for language, pattern in LANGUAGE_PROGRAMS.items()
        if any(pattern.fullmatch(word) for word in words)
    ]
    return {
        language: code for language, code in cause.hints.items() if not spoken or language in spoken
    }


def counted_cases(count: int) -> str:
    """Return a number of cases in words: "1 case", "2 cases"."""
    return f"{count} {'case' if count == 1 else 'cases'}"


@dataclass(frozen=True, slots=True)
class FoldedReason:
    """The cases that have a verdict for the same reason."""

    verdict: Verdict
    reason: str
    cases: tuple[str, ...]

    def __str__(self) -> str:
        reason = self.reason or "no reason was given"
        if len(self.cases) <= MAX_FOLDED_NAMES:
            return f"{named_cases(self.cases)}: {reason}"
        return f"{counted_cases(len(self.cases))}: {reason}"


def folded_reasons(results: Iterable[Result], verdict: Verdict) -> tuple[FoldedReason, ...]:
    """Return the reasons for a verdict, each once with its cases, the most frequent first."""
    cases: dict[str, list[str]] = {}
    for result in results:
        if result.verdict is verdict:
            cases.setdefault(_reason(result), []).append(result.case.id)
    # A run against a server without control has the same reason for dozens of cases.
    folded = [FoldedReason(verdict, reason, tuple(ids)) for reason, ids in cases.items()]
    return tuple(sorted(folded, key=lambda entry: -len(entry.cases)))


def _reason(result: Result) -> str:
    """Return the reasons of the findings that decide the verdict."""
    reasons = [
        one_line(finding.actual)
        for finding in result.findings
        if finding.verdict is result.verdict and finding.actual
    ]
    return "; ".join(dict.fromkeys(reasons))


@dataclass(frozen=True, slots=True)
class GroupResults:
    """The results of a group, the worst first."""

    name: str
    results: tuple[Result, ...]

    @property
    def counts(self) -> str:
        """The number of results with each verdict, the worst first."""
        counts = verdict_counts(self.results).items()
        return ", ".join(f"{count} {verdict}" for verdict, count in counts)


def grouped_results(report: Report) -> tuple[GroupResults, ...]:
    """Return the groups in the order of the report."""
    groups: dict[str, list[Result]] = {}
    for result in report.results:
        groups.setdefault(result.case.group, []).append(result)
    # Verdicts are declared with the worst first. `sorted` is stable, so equal verdicts stay in the
    # order of the catalogue.
    order = list(Verdict)
    return tuple(
        GroupResults(
            one_line(name), tuple(sorted(results, key=lambda result: order.index(result.verdict)))
        )
        for name, results in groups.items()
    )


def version_line(report: Report) -> str:
    """Return which versions of the kit and of the contract the report is from, and when."""
    return (
        f"seedance-mock {one_line(report.version)}, contract {one_line(report.contract)},"
        f" {one_line(report.started)}"
    )
