"""A requirement that can be put to the test, and what the test found. Values and pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from seedance_contract.declared.sources import Source, Weight


class Level(StrEnum):
    """How much a requirement asks, as in RFC 2119; INFO asks nothing and is only recorded."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"
    INFO = "INFO"


class Verdict(StrEnum):
    """What became of a case, worst first."""

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
    Verdict.BROKEN: "nothing can be said: the test itself could not be carried out",
    Verdict.FAIL: "something that MUST hold does not",
    Verdict.XPASS: "the baseline expects a failure that is no longer there",
    Verdict.NON_STRICT: "something that SHOULD hold does not",
    Verdict.UNEXERCISED: "it was never put to the test",
    Verdict.UNSUPPORTED: "the subject says that it cannot do this",
    Verdict.XFAIL: "it fails as the baseline expects",
    Verdict.INFO: "recorded; nothing is asked",
    Verdict.PASS: "everything that was asked holds",
}

_BROKEN_LEVEL = {
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
    """A requirement: a stable id, a group, a level, one sentence, and where it is documented."""

    id: str
    group: str
    level: Level
    requirement: str
    source: Source

    @property
    def effective_level(self) -> Level:
        """The level that counts: what rests on an assumption is INFO at most."""
        return Level.INFO if self.source.weight is Weight.ASSUMED else self.level


class Mismatch(Exception):
    """A subject does not do what a case asks. Raised by cases, kept by `Finding`."""

    def __init__(self, expected: str, actual: str) -> None:
        super().__init__(f"expected {expected}, got {actual}")
        self.expected = expected
        self.actual = actual


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one named check of a case found. `expected` and `actual` explain whatever failed."""

    check: str
    level: Level
    verdict: Verdict
    expected: str = ""
    actual: str = ""


def failed_finding(check: str, level: Level, expected: str, actual: str) -> Finding:
    """Return the finding of a check that does not hold: how bad it is depends on its level."""
    verdict = _BROKEN_LEVEL[level]
    return Finding(check=check, level=level, verdict=verdict, expected=expected, actual=actual)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What became of a case.

    Args:
        case: what was asked.
        findings: what its checks found, in their order.
        seconds: how long it took.
        reproduce: a command line that shows the same again; empty where there is none.
        evidence: JSON that the verdict rests on, such as the recorded traffic.
    """

    case: Case
    findings: tuple[Finding, ...]
    seconds: float = 0.0
    reproduce: str = ""
    evidence: Mapping[str, object] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """The worst of the findings; a case without any was never put to the test."""
        return worst_verdict(finding.verdict for finding in self.findings)


_ORDER = list(Verdict)


def worst_verdict(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the worst verdict; UNEXERCISED for none at all."""
    return min(verdicts, key=_ORDER.index, default=Verdict.UNEXERCISED)
