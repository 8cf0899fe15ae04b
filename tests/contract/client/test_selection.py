"""Selection of cases, and the profiles that a client reached."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from seedance_contract.case import Finding, Level, Result, Verdict
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.selection import (
    Profile,
    UnknownName,
    is_in_profile,
    profile_status,
    select_cases,
)

MakeCase = Callable[..., ClientCase]
Cases = tuple[ClientCase, ...]


@pytest.fixture
def client_cases(make_case: MakeCase) -> Cases:
    """Give three cases: a safe MUST case, a SHOULD case and an INFO case."""
    return (
        make_case("DUP-01", safe=True, core=True),
        make_case("POLL-07", Level.SHOULD),
        make_case("POLL-08", Level.INFO),
    )


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, ["DUP-01", "POLL-07", "POLL-08"]),
        ({"cases": ["poll-*"]}, ["POLL-07", "POLL-08"]),
        ({"cases": ["DUP-01", "POLL-08"]}, ["DUP-01", "POLL-08"]),
        ({"groups": ["POLL"]}, ["POLL-07", "POLL-08"]),
        ({"groups": ["poll"]}, ["POLL-07", "POLL-08"]),
        ({"groups": ["Poll-Things"]}, ["POLL-07", "POLL-08"]),
        ({"groups": ["dup", "poll"]}, ["DUP-01", "POLL-07", "POLL-08"]),
        ({"core": True}, ["DUP-01"]),
        ({"profile": Profile.SAFE}, ["DUP-01"]),
        ({"profile": Profile.CORRECT}, ["DUP-01"]),
        ({"profile": Profile.POLITE, "groups": ["POLL"]}, ["POLL-07"]),
    ],
    ids=[
        "all",
        "pattern",
        "ids",
        "prefix",
        "lower-prefix",
        "name",
        "groups",
        "core",
        "safe",
        "correct",
        "polite",
    ],
)
def test_cases_are_selected(
    conditions: dict[str, Any], expected: list[str], client_cases: Cases
) -> None:
    selected = select_cases(client_cases, **conditions)

    assert [client_case.id for client_case in selected] == expected


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"cases": ["poll-17"]}, "no case matches poll-17; did you mean POLL-07?"),
        ({"cases": ["X*"]}, "no case matches X*; --list shows all cases"),
        ({"groups": ["pol"]}, "no group is named pol; did you mean POLL?"),
        ({"groups": ["dup-thing"]}, "no group is named dup-thing; did you mean dup-things?"),
        ({"groups": ["xyz"]}, "no group is named xyz; --list shows all cases"),
    ],
    ids=["case", "pattern", "prefix", "name", "group"],
)
def test_unknown_name_is_rejected(
    conditions: dict[str, Any], message: str, client_cases: Cases
) -> None:
    with pytest.raises(UnknownName) as error:
        select_cases(client_cases, **conditions)

    assert str(error.value) == message


def results_of(client_cases: Cases, *verdicts: Verdict) -> list[Result]:
    """Return a result for each verdict, in the order of the cases."""
    return [
        Result(
            case=client_case.case,
            findings=(Finding(check="works", level=Level.MUST, verdict=verdict),),
        )
        for client_case, verdict in zip(client_cases, verdicts, strict=False)
    ]


@pytest.mark.parametrize(
    ("verdicts", "profile", "reached"),
    [
        ((Verdict.PASS, Verdict.PASS), Profile.POLITE, True),
        ((Verdict.PASS, Verdict.NON_STRICT), Profile.POLITE, False),
        ((Verdict.PASS, Verdict.NON_STRICT), Profile.CORRECT, True),
        ((Verdict.NON_STRICT, Verdict.PASS), Profile.CORRECT, True),
        ((Verdict.NON_STRICT, Verdict.PASS), Profile.SAFE, False),
        ((Verdict.XFAIL, Verdict.PASS), Profile.SAFE, False),
        ((Verdict.BROKEN, Verdict.PASS), Profile.CORRECT, False),
        ((Verdict.UNEXERCISED, Verdict.PASS), Profile.SAFE, False),
        ((Verdict.UNEXERCISED, Verdict.PASS), Profile.POLITE, True),
        ((Verdict.PASS,), Profile.SAFE, True),
        ((Verdict.PASS,), Profile.POLITE, None),
        ((Verdict.FAIL,), Profile.POLITE, False),
    ],
)
def test_profile_is_reached_or_not(
    verdicts: tuple[Verdict, ...],
    profile: Profile,
    reached: bool | None,
    client_cases: Cases,
) -> None:
    status = profile_status(profile, client_cases, results_of(client_cases, *verdicts))

    assert status["reached"] is reached


def test_status_lists_blocking_and_unexercised_cases(client_cases: Cases) -> None:
    results = results_of(client_cases, Verdict.FAIL, Verdict.UNSUPPORTED)

    status = profile_status(Profile.POLITE, client_cases, results)

    assert status == {"reached": False, "cases": 2, "spoilt": ["DUP-01"], "unseen": ["POLL-07"]}


def test_case_declares_that_it_is_safe(make_case: MakeCase) -> None:
    assert is_in_profile(make_case(safe=True), Profile.SAFE)
    assert not is_in_profile(make_case(), Profile.SAFE)
