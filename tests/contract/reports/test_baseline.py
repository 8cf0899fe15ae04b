"""A baseline excuses known failures, and fails if an entry is stale."""

from __future__ import annotations

from datetime import date

import pytest

from seedance_contract.case import Case, Finding, Level, Result, Verdict
from seedance_contract.declared.sources import page
from seedance_contract.reports.baseline import (
    Baseline,
    BaselineError,
    apply_baseline,
    parse_baseline,
    unknown_entries,
)

FILE = """
[[expect]]
case = "POLL-15"
check = "repeats"
reason = "ticket 123"
until = "2027-01-31"

[[flaky]]
case = "POLL-15"
check = "waits"
reason = "a shared machine"
"""
BASELINE = parse_baseline(FILE)
TODAY = date(2027, 1, 31)
CASE = Case(
    id="POLL-15", group="POLL", level=Level.MUST, requirement="It works.", source=page("here")
)


def result(check: str, verdict: Verdict, case: Case = CASE) -> Result:
    """Return a result with one finding."""
    finding = Finding(check=check, level=Level.MUST, verdict=verdict, actual="0.1 s")
    return Result(case=case, findings=(finding,))


@pytest.mark.parametrize(
    ("check", "before", "after"),
    [
        ("repeats", Verdict.FAIL, Verdict.XFAIL),
        ("repeats", Verdict.NON_STRICT, Verdict.XFAIL),
        ("repeats", Verdict.PASS, Verdict.XPASS),
        ("repeats", Verdict.INFO, Verdict.XPASS),
        ("repeats", Verdict.UNEXERCISED, Verdict.UNEXERCISED),
        ("waits", Verdict.FAIL, Verdict.XFAIL),
        ("waits", Verdict.PASS, Verdict.PASS),
        ("other", Verdict.FAIL, Verdict.FAIL),
    ],
)
def test_known_failures_are_excused(check: str, before: Verdict, after: Verdict) -> None:
    assert apply_baseline(BASELINE, result(check, before), TODAY).verdict is after


def test_an_excuse_has_its_reason() -> None:
    [finding] = apply_baseline(BASELINE, result("repeats", Verdict.FAIL), TODAY).findings

    assert finding.actual == "0.1 s (known: ticket 123)"


def test_an_expired_excuse_fails() -> None:
    [finding] = apply_baseline(BASELINE, result("repeats", Verdict.FAIL), date(2027, 2, 1)).findings

    assert finding.verdict is Verdict.FAIL
    assert finding.actual == "0.1 s; the baseline excused it until 2027-01-31 only"


def test_other_cases_do_not_change() -> None:
    case = Case(id="X", group="X", level=Level.MUST, requirement="x", source=page("x"))
    before = result("repeats", Verdict.FAIL, case)

    assert apply_baseline(BASELINE, before, TODAY) == before


def test_a_toml_date_is_accepted() -> None:
    assert parse_baseline(FILE.replace('"2027-01-31"', "2027-01-31")) == BASELINE


def test_a_date_is_optional() -> None:
    assert parse_baseline(FILE.replace('until = "2027-01-31"', "")).expected[0].until is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[expect", "it is not TOML"),
        ("[[expected]]", "not expected"),
        ("expect = 1", r"expect is a list: \[\[expect\]\]"),
        ("expect = [1]", r"entry 1 of \[\[expect\]\]: it may have case, check, reason, until only"),
        (
            '[[flaky]]\nuntil = "2027-01-01"',
            r"entry 1 of \[\[flaky\]\]: it may have case, check, reason only",
        ),
        ('[[expect]]\ncase = "A"', r"entry 1 of \[\[expect\]\] \(A\): it needs check, a text"),
        ('[[expect]]\ncase = "A"\ncheck = "a"\nreason = ""', r"\(A a\): it needs reason, a text"),
        (
            FILE.replace("2027-01-31", "soon"),
            r"\(POLL-15 repeats\): until is a date such as 2027-01-01, not soon",
        ),
        (FILE + "[[flaky]]\ncase = 1", r"entry 2 of \[\[flaky\]\]: it needs case, a text"),
        (FILE.replace('"2027-01-31"', "2027-01-31T00:00:00"), "until is a date"),
    ],
)
def test_a_malformed_file_is_an_error(text: str, message: str) -> None:
    with pytest.raises(BaselineError, match=message):
        parse_baseline(text)


@pytest.mark.parametrize(
    ("checks", "unknown"),
    [
        ({"POLL-15": ["repeats", "waits"]}, []),
        ({"POLL-15": ["repeats"]}, ["check waits of POLL-15 (entry 1 of [[flaky]])"]),
        (
            {},
            ["case POLL-15 (entry 1 of [[expect]])", "case POLL-15 (entry 1 of [[flaky]])"],
        ),
    ],
)
def test_unknown_entries_are_listed(checks: dict[str, list[str]], unknown: list[str]) -> None:
    assert list(unknown_entries(BASELINE, checks)) == unknown


def test_an_empty_file_is_an_empty_baseline() -> None:
    assert parse_baseline("") == Baseline()
