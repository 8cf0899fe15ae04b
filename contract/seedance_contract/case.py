"""Cases, findings, results and verdicts of both suites. Values and pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from seedance_contract.declared.sources import Source, Weight


class Level(StrEnum):
    """How binding a requirement is, in the words of RFC 2119. INFO is only recorded."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"
    INFO = "INFO"


class Verdict(StrEnum):
    """The outcome of a case, the worst first."""

    BROKEN = "BROKEN"
    FAIL = "FAIL"
    XPASS = "XPASS"
    NON_STRICT = "NON-STRICT"
    UNEXERCISED = "UNEXERCISED"
    UNSUPPORTED = "UNSUPPORTED"
    XFAIL = "XFAIL"
    INFO = "INFO"
    PASS = "PASS"


VERDICT_MEANINGS: Mapping[Verdict, str] = {
    Verdict.BROKEN: "no result: the case itself could not be run",
    Verdict.FAIL: "a requirement with MUST is not met",
    Verdict.XPASS: "the baseline expects a failure that no longer occurs",
    Verdict.NON_STRICT: "a requirement with SHOULD is not met",
    Verdict.UNEXERCISED: "the situation that the case tests did not occur",
    Verdict.UNSUPPORTED: "the subject declares that it does not support this",
    Verdict.XFAIL: "it fails as the baseline expects",
    Verdict.INFO: "recorded, without a requirement",
    Verdict.PASS: "every requirement is met",
}

_FAILURE_VERDICTS = {
    Level.MUST: Verdict.FAIL,
    Level.SHOULD: Verdict.NON_STRICT,
    Level.MAY: Verdict.INFO,
    Level.INFO: Verdict.INFO,
}


@dataclass(frozen=True, slots=True)
class Group:
    """The cases of one file.

    Args:
        name: the name of the file without its suffix, such as "auth".
        prefix: the beginning of the id of every case of the group, such as "AUTH".
        title: the name of the group in reports and documents, such as "Authentication".
    """

    name: str
    prefix: str
    title: str

    @property
    def names(self) -> tuple[str, ...]:
        """The words that select the group on a command line."""
        return tuple(dict.fromkeys((self.name, self.prefix)))

    def matches(self, text: str) -> bool:
        """Return whether `text` is the name or the prefix of the group, in any case."""
        return text.casefold() in (name.casefold() for name in self.names)

    def contains(self, case_id: str) -> bool:
        """Return whether the id has the prefix of the group: "AUTH-01", "requests.covered"."""
        return case_id.startswith((f"{self.prefix}-", f"{self.prefix}."))


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A requirement in one sentence, with a stable id, a group, a level and a source."""

    id: str
    group: str
    level: Level
    requirement: str
    source: Source

    @property
    def effective_level(self) -> Level:
        """The level that decides the verdict."""
        # No subject fails over an assumption of this project: its cases are INFO at most.
        return Level.INFO if self.source.weight is Weight.ASSUMED else self.level


class Mismatch(Exception):
    """A subject does not meet a requirement. Checks raise it, and it becomes a `Finding`.

    `cause` is the id of a more precise cause than the one that the check names.
    """

    def __init__(self, expected: str, actual: str, *, cause: str = "") -> None:
        super().__init__(f"expected {expected}, got {actual}")
        self.expected = expected
        self.actual = actual
        self.cause = cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The outcome of one named check of a case.

    `expected` and `actual` explain a failure, `cause` is the id of its cause.
    """

    check: str
    level: Level
    verdict: Verdict
    expected: str = ""
    actual: str = ""
    cause: str = ""


def failed_finding(
    check: str, level: Level, expected: str, actual: str, cause: str = ""
) -> Finding:
    """Return the finding of a failed check. The level decides how severe it is."""
    verdict = _FAILURE_VERDICTS[level]
    return Finding(
        check=check, level=level, verdict=verdict, expected=expected, actual=actual, cause=cause
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The result of a case.

    Args:
        case: the case.
        findings: the outcomes of its checks, in their order.
        seconds: how long the case took.
        reproduce: a command line that runs the case again; empty if there is none.
        evidence: JSON that the verdict is based on, such as the recorded traffic.
    """

    case: Case
    findings: tuple[Finding, ...]
    seconds: float = 0.0
    reproduce: str = ""
    evidence: Mapping[str, object] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """The worst verdict of the findings; UNEXERCISED without findings."""
        return worst_verdict(finding.verdict for finding in self.findings)


UNMET_VERDICTS = (Verdict.FAIL, Verdict.NON_STRICT)
"""Verdicts of a requirement that the subject does not meet."""


def with_default_cause(result: Result, cause: str) -> Result:
    """Return the result with `cause` as the cause of each failure that names none."""
    findings = tuple(
        replace(finding, cause=finding.cause or cause)
        if finding.verdict in UNMET_VERDICTS
        else finding
        for finding in result.findings
    )
    return replace(result, findings=findings)


_WORST_FIRST = list(Verdict)


def worst_verdict(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst verdict; UNEXERCISED if there is none."""
    return min(verdicts, key=_WORST_FIRST.index, default=Verdict.UNEXERCISED)
