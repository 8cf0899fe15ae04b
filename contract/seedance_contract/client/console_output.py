"""The console output of `check-client`: the list of cases, progress, and the report."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from seedance_contract.case import Result
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.jobs import full_script
from seedance_contract.profiles import ProfileStatus
from seedance_contract.reports import report as reports
from seedance_contract.reports.report import Report


def case_list(client_cases: Iterable[ClientCase]) -> Iterator[str]:
    """Yield a line for each group and each case."""
    group = None
    for client_case in client_cases:
        case = client_case.case
        if case.group != group:
            group = case.group
            yield group
        profiles = ("core" if client_case.core else "", "safe" if client_case.safe else "")
        marks = ", ".join((case.effective_level, *filter(None, profiles)))
        yield f"  {case.id}: {case.requirement} ({marks})"


def case_list_json(client_cases: Iterable[ClientCase]) -> list[dict[str, object]]:
    """Return the list of cases as JSON."""
    return [
        {
            "id": client_case.id,
            "group": client_case.case.group,
            "level": client_case.case.effective_level.value,
            "requirement": client_case.case.requirement,
            "source": str(client_case.case.source),
            "words": full_script(client_case),
            "needs": sorted(client_case.needs),
            "core": client_case.core,
            "safe": client_case.safe,
            "checks": [
                {"id": check.id, "level": check.level.value, "says": check.requirement}
                for check in client_case.checks
            ],
        }
        for client_case in client_cases
    ]


def progress_line(done: int, total: int, result: Result) -> str:
    """Return the line of a result that has become final."""
    width = len(str(total))
    return f"[{done:{width}}/{total}] {result.verdict:<11} {result.case.id} {result.seconds:.1f} s"


def report_lines(report: Report) -> Iterator[str]:
    """Yield the explanation of each result that is not good, the sums, and the profiles."""
    for result in report.results:
        if result.verdict not in reports.OK_VERDICTS:
            yield f"{result.verdict} {result.case.id}"
            yield from (f"  {line}" for line in reports.explanation_lines(result))
    yield reports.summary_line(report)
    yield from map(profile_line, report.profiles)


def profile_line(status: ProfileStatus) -> str:
    """Return the line about a profile."""
    profile = status.profile
    match status.reached:
        case None:
            return f"{profile}: unknown: not all of its {status.cases} cases were run"
        case True:
            count = f"{len(status.unexercised)} of {status.cases}"
            rest = f"; {count} cases were not exercised" if status.unexercised else ""
            return f"{profile}: reached: {status.promise}{rest}"
    return f"{profile}: not reached: {', '.join(status.blocking) or 'no case was exercised'}"
