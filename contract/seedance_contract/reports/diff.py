"""The difference between two reports: cases that got worse or better, appeared or vanished."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from seedance_contract.case import Finding, Result, Verdict, worst_verdict
from seedance_contract.reports.report import Report


class ChangeKind(StrEnum):
    """How a case changed from one run to the next, the worst first."""

    WORSE = "worse"
    BETTER = "better"
    APPEARED = "appeared"
    VANISHED = "vanished"


# A baseline expects failures; it does not make the subject better. So XFAIL ranks as FAIL and
# XPASS as PASS: an entry added to a baseline is no change of the subject.
_RANKS: Mapping[Verdict, int] = {
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChange:
    """A case that changed.

    Args:
        id: the id of the case.
        change: how it changed.
        requirement: its requirement.
        old: its verdict in the earlier run; None if it appeared.
        new: its verdict in the later run; None if it vanished.
        checks: the checks that changed in the same direction.
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
    """Return the cases that changed, the worst change first, then in the order of the reports.

    A case that was run several times counts with its worst result. Raises ValueError for reports
    of different suites.
    """
    if old.suite != new.suite:
        raise ValueError(f"one report is about a {old.suite}, the other about a {new.suite}")
    changes = tuple(_changes(_worst_results(old.results), _worst_results(new.results)))
    order = list(ChangeKind)
    return tuple(sorted(changes, key=lambda change: order.index(change.change)))


def _worst_results(results: Iterable[Result]) -> dict[str, Result]:
    """Return the worst result of each case, by the id of the case."""
    worst: dict[str, Result] = {}
    for result in results:
        known = worst.setdefault(result.case.id, result)
        if worst_verdict((known.verdict, result.verdict)) is not known.verdict:
            worst[result.case.id] = result
    return worst


def _changes(old: Mapping[str, Result], new: Mapping[str, Result]) -> Iterator[CaseChange]:
    for name in dict.fromkeys((*old, *new)):
        if name not in new:
            case = old[name].case
            yield CaseChange(
                id=case.id,
                change=ChangeKind.VANISHED,
                requirement=case.requirement,
                old=old[name].verdict,
            )
        elif name not in old:
            case = new[name].case
            yield CaseChange(
                id=case.id,
                change=ChangeKind.APPEARED,
                requirement=case.requirement,
                new=new[name].verdict,
            )
        elif (direction := _direction(old[name], new[name])) is not None:
            yield _changed(old[name], new[name], direction)


def _changed(old: Result, new: Result, direction: ChangeKind) -> CaseChange:
    changes = _check_changes(old, new)
    return CaseChange(
        id=new.case.id,
        change=direction,
        requirement=new.case.requirement,
        old=old.verdict,
        new=new.verdict,
        checks=tuple(name for name, change in changes.items() if change is direction),
    )


def _direction(old: Result, new: Result) -> ChangeKind | None:
    """Return whether a case got worse or better; None if neither.

    If the verdict has the same rank as before, the checks decide.
    """
    if change := _compare_verdicts(old.verdict, new.verdict):
        return change
    changes = _check_changes(old, new).values()
    # Worse comes first: a check that newly fails counts more than one that no longer does.
    return next((kind for kind in ChangeKind if kind in changes), None)


def _check_changes(old: Result, new: Result) -> dict[str, ChangeKind]:
    """Return the checks of both results that got worse or better."""
    before, after = _verdicts_by_check(old.findings), _verdicts_by_check(new.findings)
    changes = {
        name: _compare_verdicts(before[name], after[name]) for name in before if name in after
    }
    return {name: change for name, change in changes.items() if change is not None}


def _verdicts_by_check(findings: Iterable[Finding]) -> dict[str, Verdict]:
    return {finding.check: finding.verdict for finding in findings}


def _compare_verdicts(old: Verdict, new: Verdict) -> ChangeKind | None:
    before, after = _RANKS[old], _RANKS[new]
    if before == after:
        return None
    return ChangeKind.WORSE if after < before else ChangeKind.BETTER


def change_counts(changes: Iterable[CaseChange]) -> dict[str, int]:
    """Return the number of changes of each kind, the worst kind first."""
    counts = Counter(change.change for change in changes)
    return {kind.value: counts[kind] for kind in ChangeKind}


def changes_line(changes: Iterable[CaseChange]) -> str:
    """Return the numbers of changes in one line."""
    counts = [f"{count} {kind}" for kind, count in change_counts(changes).items() if count]
    return ", ".join(counts) or "nothing changed"


def changes_json(changes: Sequence[CaseChange]) -> dict[str, object]:
    """Return the changes as JSON: their numbers, and a list for each kind."""
    by_kind: dict[str, list[dict[str, object]]] = {kind.value: [] for kind in ChangeKind}
    for change in changes:
        by_kind[change.change.value].append(
            {
                "id": change.id,
                "requirement": change.requirement,
                "old": change.old,
                "new": change.new,
                "checks": list(change.checks),
            }
        )
    return {"counts": change_counts(changes), **by_kind}
