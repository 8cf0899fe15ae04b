"""What changed between two runs: which cases got worse or better, appeared or vanished."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from seedance_contract.case import Finding, Result, Verdict, worst_verdict
from seedance_contract.reports.report import Report


class ChangeKind(StrEnum):
    """What became of a case from one run to the next."""

    WORSE = "worse"
    BETTER = "better"
    APPEARED = "appeared"
    VANISHED = "vanished"


_QUALITY: Mapping[Verdict, int] = {
    Verdict.BROKEN: 0,
    Verdict.FAIL: 1,
    Verdict.XFAIL: 1,
    Verdict.NON_STRICT: 2,
    Verdict.UNEXERCISED: 3,
    Verdict.UNSUPPORTED: 4,
    Verdict.XPASS: 5,
    Verdict.INFO: 5,
    Verdict.PASS: 5,
}
"""How good a subject is. A baseline expects things, and makes the subject no better by it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChange:
    """A case that changed.

    Args:
        old: its verdict in the earlier run; None where it appeared.
        new: its verdict in the later run; None where it vanished.
        checks: the named checks that changed in the same sense.
    """

    id: str
    change: ChangeKind
    requirement: str
    old: Verdict | None = None
    new: Verdict | None = None
    checks: tuple[str, ...] = ()

    def __str__(self) -> str:
        verdicts = f"{self.old or 'absent'} -> {self.new or 'absent'}"
        checks = f" [{', '.join(self.checks)}]" if self.checks else ""
        return f"{self.change:<8} {self.id}: {verdicts}{checks}: {self.requirement}"


def compare_reports(old: Report, new: Report) -> tuple[CaseChange, ...]:
    """Return what changed, worst first, in the order of the reports.

    A case that was run more than once counts with its worst result. Raises ValueError for
    reports of different suites.
    """
    if old.suite != new.suite:
        raise ValueError(f"one report is about a {old.suite}, the other about a {new.suite}")
    found = tuple(_differences(_by_id(old.results), _by_id(new.results)))
    order = list(ChangeKind)
    return tuple(sorted(found, key=lambda each: order.index(each.change)))


def _by_id(results: Iterable[Result]) -> dict[str, Result]:
    kept: dict[str, Result] = {}
    for result in results:
        known = kept.setdefault(result.case.id, result)
        if worst_verdict((known.verdict, result.verdict)) is not known.verdict:
            kept[result.case.id] = result
    return kept


def _differences(old: Mapping[str, Result], new: Mapping[str, Result]) -> Iterator[CaseChange]:
    for name in dict.fromkeys((*old, *new)):
        if name not in new:
            yield _lone(old[name], ChangeKind.VANISHED)
        elif name not in old:
            yield _lone(new[name], ChangeKind.APPEARED)
        elif (sense := _sense(old[name], new[name])) is not None:
            yield _changed(old[name], new[name], sense)


def _lone(result: Result, change: ChangeKind) -> CaseChange:
    old, new = (result.verdict, None) if change is ChangeKind.VANISHED else (None, result.verdict)
    case = result.case
    return CaseChange(id=case.id, change=change, requirement=case.requirement, old=old, new=new)


def _changed(old: Result, new: Result, sense: ChangeKind) -> CaseChange:
    return CaseChange(
        id=new.case.id,
        change=sense,
        requirement=new.case.requirement,
        old=old.verdict,
        new=new.verdict,
        checks=tuple(name for name, change in _checks(old, new).items() if change is sense),
    )


def _sense(old: Result, new: Result) -> ChangeKind | None:
    """Return how a case changed; by its checks where the verdict is as good as before."""
    if change := _compared(old.verdict, new.verdict):
        return change
    changes = _checks(old, new).values()
    return next((sense for sense in ChangeKind if sense in changes), None)


def _checks(old: Result, new: Result) -> dict[str, ChangeKind]:
    """Return the checks of both results that got worse or better."""
    before, after = _verdicts(old.findings), _verdicts(new.findings)
    found = {name: _compared(before[name], after[name]) for name in before if name in after}
    return {name: change for name, change in found.items() if change is not None}


def _verdicts(findings: Iterable[Finding]) -> dict[str, Verdict]:
    return {finding.check: finding.verdict for finding in findings}


def _compared(old: Verdict, new: Verdict) -> ChangeKind | None:
    before, after = _QUALITY[old], _QUALITY[new]
    if before == after:
        return None
    return ChangeKind.WORSE if after < before else ChangeKind.BETTER


def changes_json(differences: Iterable[CaseChange]) -> dict[str, list[dict[str, object]]]:
    """Return what changed as JSON: a list for each kind of change."""
    told: dict[str, list[dict[str, object]]] = {change.value: [] for change in ChangeKind}
    for each in differences:
        told[each.change].append(
            {
                "id": each.id,
                "requirement": each.requirement,
                "old": each.old,
                "new": each.new,
                "checks": list(each.checks),
            }
        )
    return told
