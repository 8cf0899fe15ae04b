"""What a person reads on the console: the list of cases, progress, and what is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from seedance_contract.case import Result
from seedance_contract.client.jobs import words
from seedance_contract.client.scene import Scene
from seedance_contract.client.selection import PROMISES, Profile
from seedance_contract.reports import report as reports
from seedance_contract.reports.report import Report


def listed(scenes: Iterable[Scene]) -> Iterator[str]:
    """Yield a line for each group and each case."""
    group = None
    for scene in scenes:
        if scene.case.group != group:
            group = scene.case.group
            yield group
        marks = ("core" if scene.core else "", "safe" if scene.safe else "")
        notes = ", ".join((scene.case.weight, *filter(None, marks)))
        yield f"  {scene.case.id}: {scene.case.requirement} ({notes})"


def listed_as_json(scenes: Iterable[Scene]) -> list[dict[str, object]]:
    """Return what is known of each case, as JSON."""
    return [
        {
            "id": scene.case.id,
            "group": scene.case.group,
            "level": scene.case.weight.value,
            "requirement": scene.case.requirement,
            "source": str(scene.case.source),
            "words": words(scene),
            "needs": sorted(scene.needs),
            "core": scene.core,
            "safe": scene.safe,
            "checks": [
                {"id": check.id, "level": check.level.value, "says": check.says}
                for check in scene.checks
            ],
        }
        for scene in scenes
    ]


def progress(done: int, total: int, result: Result) -> str:
    """Return the line of a result that has just become final."""
    width = len(str(total))
    return f"[{done:{width}}/{total}] {result.verdict:<11} {result.case.id} {result.seconds:.1f} s"


def told(report: Report, standings: Sequence[tuple[Profile, dict[str, object]]]) -> Iterator[str]:
    """Yield what is wrong, requirement, expected and actual; the sums; the profiles."""
    for result in report.results:
        if result.verdict not in reports.GOOD:
            yield f"{result.verdict} {result.case.id}"
            yield from (f"  {line}" for line in reports.explanation(result))
    yield reports.summary(report)
    for profile, stands in standings:
        yield standing_told(profile, stands)


def standing_told(profile: Profile, stands: dict[str, object]) -> str:
    """Return the line on how a client stands to a profile."""
    spoilt, unseen = stands["spoilt"], stands["unseen"]
    assert isinstance(spoilt, list)
    assert isinstance(unseen, list)
    match stands["reached"]:
        case None:
            return f"{profile}: not all of its {stands['cases']} cases were run"
        case True:
            left = f"; {len(unseen)} of {stands['cases']} cases left open" if unseen else ""
            return f"{profile}: reached: {PROMISES[profile]}{left}"
    return f"{profile}: not reached: {', '.join(spoilt) or 'nothing was put to the test'}"
