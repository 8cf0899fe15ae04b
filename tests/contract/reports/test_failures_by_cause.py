"""Failures are grouped by their cause, the worst cause first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from seedance_contract.case import Case, Finding, Level, Result, Verdict
from seedance_contract.cause import Cause, causes_by_id
from seedance_contract.declared.sources import page
from seedance_contract.profiles import Profile, ProfileStatus
from seedance_contract.reports.report import Report, failures_by_cause, named_causes


def cause(name: str) -> Cause:
    return Cause(
        id=name,
        title=f"{name} happens",
        happened="It happened.",
        consequence="It costs money.",
        fix="Stop it.",
        source=page("polling"),
    )


CAUSES = causes_by_id(map(cause, ("retry", "hurry", "cache")))


def result(name: str, *failures: tuple[str, Verdict]) -> Result:
    case = Case(id=name, group="g", level=Level.MUST, requirement="r", source=page("p"))
    findings = tuple(
        Finding(check=f"c{number}", level=Level.MUST, verdict=verdict, cause=name)
        for number, (name, verdict) in enumerate(failures)
    )
    return Result(case=case, findings=findings)


def report(*results: Result, safe: tuple[str, ...] = ()) -> Report:
    return Report(
        suite="client",
        subject="s",
        version="1",
        started="",
        seconds=0,
        results=results,
        profiles=[
            ProfileStatus(
                profile=Profile.SAFE, promise="p", reached=not safe, cases=9, blocking=safe
            )
        ],
        causes=named_causes(results, CAUSES),
    )


def grouped(run: Report) -> list[tuple[str | None, list[str]]]:
    return [
        (group.cause.id if group.cause else None, [result.case.id for result in group.results])
        for group in failures_by_cause(run)
    ]


FAIL, NON_STRICT = Verdict.FAIL, Verdict.NON_STRICT


def test_the_cause_of_most_failures_comes_first() -> None:
    run = report(
        result("A", ("hurry", FAIL)), result("B", ("retry", FAIL)), result("C", ("retry", FAIL))
    )

    assert grouped(run) == [("retry", ["B", "C"]), ("hurry", ["A"])]


def test_a_must_comes_before_a_should() -> None:
    run = report(
        result("A", ("hurry", NON_STRICT)),
        result("B", ("hurry", NON_STRICT)),
        result("C", ("retry", FAIL)),
    )

    assert [name for name, _ in grouped(run)] == ["retry", "hurry"]


def test_what_is_not_safe_comes_first() -> None:
    run = report(result("A", ("hurry", FAIL)), result("B", ("retry", NON_STRICT)), safe=("B",))

    assert [name for name, _ in grouped(run)] == ["retry", "hurry"]


def test_a_failure_without_a_cause_comes_last() -> None:
    run = report(result("A", ("", FAIL)), result("B", ("retry", NON_STRICT)))

    assert grouped(run) == [("retry", ["B"]), (None, ["A"])]


def test_a_case_can_fail_for_two_causes() -> None:
    both = result("A", ("hurry", NON_STRICT), ("retry", FAIL), ("hurry", FAIL))
    hurry, retry = failures_by_cause(report(both))

    assert [finding.check for finding in hurry.failures[0].findings] == ["c0", "c2"]
    assert [finding.check for finding in retry.failures[0].findings] == ["c1"]


def test_a_cause_that_the_report_does_not_have_is_none() -> None:
    run = replace(report(result("A", ("retry", FAIL)), result("B", ("", FAIL))), causes=())

    assert grouped(run) == [(None, ["A", "B"])]


@pytest.mark.parametrize("verdict", [Verdict.XFAIL, Verdict.INFO, Verdict.BROKEN, Verdict.XPASS])
def test_other_verdicts_are_no_failures(verdict: Verdict) -> None:
    assert grouped(report(result("A", ("hurry", verdict)))) == []


def test_only_named_causes_are_in_the_report() -> None:
    run = report(result("A", ("hurry", FAIL), ("", FAIL), ("hurry", FAIL), ("unknown", FAIL)))

    assert run.causes == (CAUSES["hurry"],)


def test_two_causes_with_one_id_are_an_error() -> None:
    with pytest.raises(ValueError, match="two causes have the id retry"):
        causes_by_id([cause("retry"), cause("retry")])
