"""Grading: the result of a case is a pure function of the record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from seedance_contract.case import Finding, Level, Mismatch, Result, Verdict
from seedance_contract.client.client_case import (
    CheckFunction,
    ClientCase,
    ClientCheck,
    NotExercised,
)
from seedance_contract.client.grading import (
    confirmed_result,
    grade,
    timing_failures,
    worst_result,
)
from seedance_contract.client.record import Record, RecordedExchange, record_to_json
from seedance_contract.client.traffic import minimum_gap
from seedance_contract.declared.sources import assumed

MakeCase = Callable[..., ClientCase]


def check_nothing(record: Record) -> None:
    """Pass."""


def check_with_mismatch(record: Record) -> None:
    """Fail."""
    raise Mismatch("expected value", "actual value")


def check_not_reached(record: Record) -> None:
    """Leave the check unexercised."""
    raise NotExercised("it never polled")


def check_with_error(record: Record) -> None:
    """Break."""
    raise KeyError("poll_url")


def check_of(evaluate: CheckFunction, level: Level = Level.MUST, **members: Any) -> ClientCheck:
    """Return a check whose id is the name of its function."""
    return ClientCheck(
        id=evaluate.__name__,
        level=level,
        requirement="It works.",
        evaluate=evaluate,
        **members,
    )


@pytest.fixture
def record(make_exchange: Callable[..., RecordedExchange]) -> Record:
    """Give a record of one request."""
    return Record(case="POLL-90", job={}, exchanges=(make_exchange(),), exit=0, seconds=2.0)


@pytest.mark.parametrize(
    ("evaluate", "level", "verdict"),
    [
        (check_nothing, Level.MUST, Verdict.PASS),
        (check_with_mismatch, Level.MUST, Verdict.FAIL),
        (check_with_mismatch, Level.SHOULD, Verdict.NON_STRICT),
        (check_with_mismatch, Level.INFO, Verdict.INFO),
        (check_not_reached, Level.MUST, Verdict.UNEXERCISED),
        (check_not_reached, Level.INFO, Verdict.INFO),
        (check_with_error, Level.MUST, Verdict.BROKEN),
    ],
)
def test_verdict_follows_the_level_of_the_check(
    evaluate: CheckFunction, level: Level, verdict: Verdict, make_case: MakeCase, record: Record
) -> None:
    result = grade(make_case(checks=(check_of(evaluate, level),)), record)

    assert result.verdict is verdict
    assert result.seconds == 2.0
    assert result.evidence == record_to_json(record)


def test_assumption_fails_no_client(make_case: MakeCase, record: Record) -> None:
    case = replace(make_case().case, source=assumed("why"))
    client_case = make_case(case=case, checks=(check_of(check_with_mismatch),))

    assert grade(client_case, record).verdict is Verdict.INFO


@pytest.mark.parametrize(
    ("members", "may_send_nothing", "verdict"),
    [
        ({"exit": 127}, False, Verdict.UNSUPPORTED),
        ({"exit": 1, "exchanges": ()}, False, Verdict.BROKEN),
        ({"exit": 1, "exchanges": ()}, True, Verdict.PASS),
        ({"exit": 0, "exchanges": ()}, False, Verdict.PASS),
        ({"exit": None, "killed": True, "exchanges": ()}, False, Verdict.PASS),
    ],
)
def test_unusable_run_is_recognised(
    members: dict[str, Any],
    may_send_nothing: bool,
    verdict: Verdict,
    make_case: MakeCase,
    record: Record,
) -> None:
    client_case = make_case(checks=(check_of(check_nothing),), may_send_nothing=may_send_nothing)

    result = grade(client_case, replace(record, **members))

    assert result.verdict is verdict


@pytest.mark.parametrize(
    ("status", "job", "reason"),
    [
        (3, {}, "the client ended with exit status 3 before its first request"),
        (None, {}, "the client ended before its first request"),
        (
            2,
            {"action": "cancel"},
            "the client ended with exit status 2 before its first request; if it does not support"
            " the action cancel, let it exit with 127",
        ),
    ],
    ids=["crash", "pulled", "unknown-action"],
)
def test_a_run_without_a_request_says_how_it_ended(
    status: int | None, job: dict[str, Any], reason: str, make_case: MakeCase, record: Record
) -> None:
    client_case = make_case(checks=(check_of(check_nothing),), job=job)

    [finding] = grade(client_case, replace(record, exit=status, exchanges=())).findings

    assert finding.actual == reason


def test_only_timed_checks_have_timing_failures(make_case: MakeCase, record: Record) -> None:
    def check_late(record: Record) -> None:
        raise Mismatch("3 s", "1 s")

    checks = (
        check_of(check_late, timed=True),
        check_of(check_with_mismatch),
        check_of(check_nothing, timed=True),
    )
    client_case = make_case(checks=checks)

    assert timing_failures(client_case, grade(client_case, record)) == ["check_late"]


def result_with(client_case: ClientCase, **verdicts: Verdict) -> Result:
    """Return a result with a finding for each check."""
    findings = tuple(
        Finding(check=check, level=Level.MUST, verdict=verdict)
        for check, verdict in verdicts.items()
    )
    return Result(case=client_case.case, findings=findings)


def test_untimed_failure_survives_the_second_run(make_case: MakeCase) -> None:
    timed, untimed = (
        ClientCheck(
            id=name, level=Level.MUST, requirement="", evaluate=check_nothing, timed=name == "timed"
        )
        for name in ("timed", "untimed")
    )
    client_case = make_case(checks=(timed, untimed))
    first = result_with(client_case, timed=Verdict.FAIL, untimed=Verdict.FAIL)
    passed = result_with(client_case, timed=Verdict.PASS, untimed=Verdict.PASS)
    failed = result_with(client_case, timed=Verdict.FAIL)

    assert confirmed_result(client_case, first, passed) is first
    assert confirmed_result(client_case, first, failed) is failed


def test_first_of_the_worst_results_counts(make_case: MakeCase) -> None:
    passed = result_with(make_case(), a=Verdict.PASS)
    first_failed = result_with(make_case(), a=Verdict.FAIL)
    second_failed = result_with(make_case(), b=Verdict.FAIL)

    assert worst_result([passed, first_failed, second_failed]) is first_failed


@pytest.mark.parametrize(("seconds", "shortest"), [(1.0, 0.95), (10.0, 9.8)])
def test_timers_may_fire_a_little_early(seconds: float, shortest: float) -> None:
    assert minimum_gap(seconds) == pytest.approx(shortest)
