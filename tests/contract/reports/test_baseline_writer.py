"""A written baseline excuses every failure of the run, and keeps what is still needed."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from seedance_contract.case import Case, Finding, Level, Result, Verdict
from seedance_contract.declared.sources import page
from seedance_contract.reports.baseline import (
    Baseline,
    BaselineEntry,
    apply_baseline,
    parse_baseline,
)
from seedance_contract.reports.baseline_writer import baseline_text
from seedance_contract.reports.report import Report

TODAY = date(2026, 11, 28)


def finding(check: str, verdict: Verdict, expected: str = "1", actual: str = "2") -> Finding:
    return Finding(check=check, level=Level.MUST, verdict=verdict, expected=expected, actual=actual)


def result(case_id: str, *findings: Finding) -> Result:
    case = Case(id=case_id, group="g", level=Level.MUST, requirement="r", source=page("p"))
    return Result(case=case, findings=findings)


def report(*results: Result, subject: str = "my client") -> Report:
    return Report(
        suite="client",
        subject=subject,
        version="0.1.0",
        started="2026-11-28T12:00:00+00:00",
        seconds=1.0,
        results=results,
    )


FAIL, PASSED = Verdict.FAIL, Verdict.PASS


def test_each_failure_has_an_entry_with_its_reason() -> None:
    run = report(
        result("A", finding("a", FAIL), finding("b", PASSED), finding("c", Verdict.NON_STRICT))
    )

    assert baseline_text(run) == (
        "# Known failures of my client\n"
        "# Written by seedance-mock 0.1.0 from the run of 2026-11-28T12:00:00+00:00.\n"
        "#\n"
        "# Each entry excuses one failure, and fails the run as soon as the check passes. Replace"
        " the reasons\n"
        '# by your own, such as the number of a ticket. `until = "2027-01-31"` ends an excuse on'
        " that day.\n"
        "\n"
        "[[expect]]\n"
        'case = "A"\n'
        'check = "a"\n'
        'reason = "fails since 2026-11-28: expected 1, got 2"\n'
        "\n"
        "[[expect]]\n"
        'case = "A"\n'
        'check = "c"\n'
        'reason = "fails since 2026-11-28: expected 1, got 2"\n'
    )


def test_a_side_that_is_empty_is_left_out() -> None:
    run = report(result("A", finding("a", FAIL, "", "two"), finding("b", FAIL, "one", "")))

    reasons = [entry.reason for entry in parse_baseline(baseline_text(run)).expected]

    assert reasons == ["fails since 2026-11-28: two", "fails since 2026-11-28: expected one"]


@given(subject=st.text(), check=st.text(min_size=1), actual=st.text())
def test_a_written_baseline_can_be_read(subject: str, check: str, actual: str) -> None:
    run = report(result("A", finding(f"c{check}", FAIL, actual=actual)), subject=subject)

    assert len(parse_baseline(baseline_text(run)).expected) == 1


def test_a_run_with_the_written_baseline_passes() -> None:
    first = result("A", finding("a", FAIL), finding("b", PASSED))

    again = apply_baseline(parse_baseline(baseline_text(report(first))), first, TODAY)

    assert again.verdict is Verdict.XFAIL


def entry(
    case: str, check: str, reason: str = "ticket 1", until: date | None = None
) -> BaselineEntry:
    return BaselineEntry(case=case, check=check, reason=reason, until=until)


def rewritten(known: Baseline, *results: Result) -> Baseline:
    """Return the baseline that is written after a run with a known one."""
    excused = [apply_baseline(known, result, TODAY) for result in results]
    return parse_baseline(baseline_text(report(*excused), known))


def test_entries_that_are_still_needed_stay_as_they_are() -> None:
    known = Baseline(
        expected=(entry("A", "a", until=date(2027, 1, 31)), entry("B", "b"), entry("D", "d")),
        flaky=(entry("C", "c", "a slow machine"),),
    )

    after = rewritten(
        known,
        result("A", finding("a", FAIL)),
        result("C", finding("c", FAIL)),
        result("D", finding("d", Verdict.UNEXERCISED)),
    )

    assert after == known


def test_a_stale_entry_is_left_out() -> None:
    known = Baseline(expected=(entry("A", "a"),))

    assert rewritten(known, result("A", finding("a", PASSED))) == Baseline()


def test_an_expired_entry_loses_its_date() -> None:
    known = Baseline(expected=(entry("A", "a", until=date(2026, 11, 27)),))

    after = rewritten(known, result("A", finding("a", FAIL)))

    assert after == Baseline(expected=(entry("A", "a"),))


def test_a_new_failure_is_added_to_a_known_baseline() -> None:
    known = Baseline(expected=(entry("A", "a"),))

    after = rewritten(known, result("A", finding("a", FAIL), finding("b", FAIL)))

    assert [known.check for known in after.expected] == ["a", "b"]
