"""What the checks of the kit say about the requests of an account."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from seedance_contract.case import Verdict

FAILED = (Verdict.FAIL, Verdict.BROKEN)
"""The verdicts that are findings in any case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckVerdict:
    """What a check says about the requests of an account.

    Args:
        id: the id of the check, such as "no-blind-create".
        level: MUST or SHOULD.
        verdict: PASS; FAIL; NON-STRICT, which is a failed SHOULD; UNEXERCISED if the requests do
            not tell; BROKEN if the check itself failed.
        requirement: the requirement in one sentence.
        explanation: what happened, or why the check has no verdict.
        fix: what to change; empty unless it failed.
        source: the document that requires it.
        cause: the id of the cause, see docs/reference/causes.md; empty unless it failed.
        title: the cause in one line.
        hints: a few lines of code that fix it, by language.
        requests: the ids of the requests that the verdict rests on.
    """

    id: str
    level: str
    verdict: Verdict
    requirement: str
    explanation: str
    fix: str
    source: str
    cause: str
    title: str
    hints: Mapping[str, str]
    requests: tuple[str, ...]

    def __str__(self) -> str:
        lines = [
            f"{self.verdict} {self.id}: {self.requirement}",
            f"  {self.explanation}",
            f"  fix: {self.fix}" if self.fix else "",
            f"  source: {self.source}",
            f"  requests: {', '.join(self.requests)}",
        ]
        return "\n".join(filter(None, lines))


_MEMBERS = tuple(field.name for field in fields(CheckVerdict))


def check_verdict(row: Mapping[str, Any]) -> CheckVerdict:
    """Return the verdict in a row of `GET /_mock/checks`."""
    members = {name: row[name] for name in _MEMBERS}
    return CheckVerdict(
        **{**members, "verdict": Verdict(row["verdict"]), "requests": tuple(row["requests"])}
    )


def findings(
    verdicts: Sequence[CheckVerdict], *, strict: bool = False, ignore: Collection[str] = ()
) -> list[CheckVerdict]:
    """Return the failed checks.

    Args:
        verdicts: the verdicts of all checks.
        strict: whether a failed SHOULD counts too.
        ignore: the ids of checks that do not count.

    Raises ValueError for an id in `ignore` that no check has.
    """
    if unknown := set(ignore) - {verdict.id for verdict in verdicts}:
        raise ValueError(f"there is no check {', '.join(sorted(unknown))}")
    failed = (*FAILED, Verdict.NON_STRICT) if strict else FAILED
    return [
        verdict for verdict in verdicts if verdict.verdict in failed and verdict.id not in ignore
    ]
