"""The profiles that a subject reached."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from seedance_contract.case import Case, Finding, Level, Result, Verdict
from seedance_contract.declared.sources import page
from seedance_contract.profiles import (
    PROFILE_PROMISES,
    Profile,
    is_in_profile,
    profile_status,
    profile_statuses,
)


@dataclass(frozen=True)
class Member:
    """A case of an imaginary suite."""

    id: str
    levels: tuple[Level, ...]
    safe: bool = False


MEMBERS = (
    Member("DUP-01", (Level.MUST,), safe=True),
    Member("POLL-07", (Level.SHOULD,)),
    Member("POLL-08", (Level.INFO,)),
)


def results_of(*verdicts: Verdict) -> list[Result]:
    """Return a result for each verdict, in the order of the members."""
    return [
        Result(
            case=Case(id=member.id, group="g", level=Level.MUST, requirement="r", source=page("p")),
            findings=(Finding(check="works", level=Level.MUST, verdict=verdict),),
        )
        for member, verdict in zip(MEMBERS, verdicts, strict=False)
    ]


@pytest.mark.parametrize(
    ("profile", "members"),
    [
        (Profile.SAFE, ["DUP-01"]),
        (Profile.CORRECT, ["DUP-01"]),
        (Profile.POLITE, ["DUP-01", "POLL-07"]),
    ],
)
def test_levels_and_safety_decide_the_members(profile: Profile, members: list[str]) -> None:
    assert [member.id for member in MEMBERS if is_in_profile(member, profile)] == members


PASSED, UNEXERCISED = Verdict.PASS, Verdict.UNEXERCISED


@pytest.mark.parametrize(
    ("verdicts", "profile", "client", "server"),
    [
        ((PASSED, PASSED), Profile.POLITE, True, True),
        ((PASSED, Verdict.NON_STRICT), Profile.POLITE, False, False),
        ((PASSED, Verdict.NON_STRICT), Profile.CORRECT, True, True),
        ((Verdict.NON_STRICT, PASSED), Profile.CORRECT, True, True),
        ((Verdict.NON_STRICT, PASSED), Profile.SAFE, False, False),
        ((Verdict.XFAIL, PASSED), Profile.SAFE, False, False),
        ((Verdict.BROKEN, PASSED), Profile.CORRECT, False, False),
        ((UNEXERCISED, PASSED), Profile.SAFE, False, None),
        ((UNEXERCISED, PASSED), Profile.POLITE, True, True),
        ((UNEXERCISED, UNEXERCISED), Profile.POLITE, False, False),
        ((PASSED,), Profile.SAFE, True, True),
        ((PASSED,), Profile.POLITE, None, None),
        ((Verdict.FAIL,), Profile.POLITE, False, False),
    ],
)
def test_a_profile_is_reached_or_not(
    verdicts: tuple[Verdict, ...], profile: Profile, client: bool | None, server: bool | None
) -> None:
    reached = [
        profile_status(suite, profile, MEMBERS, results_of(*verdicts)).reached
        for suite in ("client", "server")
    ]

    assert reached == [client, server]


def test_a_status_lists_blocking_and_unexercised_cases() -> None:
    results = results_of(Verdict.FAIL, Verdict.UNSUPPORTED)

    status = profile_status("client", Profile.POLITE, MEMBERS, results)

    assert (status.cases, status.blocking, status.unexercised) == (2, ("DUP-01",), ("POLL-07",))


def test_a_status_counts_cases_without_a_result() -> None:
    status = profile_status("client", Profile.POLITE, MEMBERS, results_of(UNEXERCISED))

    assert (status.reached, status.unexercised, status.not_run) == (None, ("DUP-01",), 1)


@pytest.mark.parametrize("suite", ["client", "server"])
def test_every_profile_has_a_promise(suite: str) -> None:
    statuses = profile_statuses(suite, MEMBERS, [])

    assert [status.profile for status in statuses] == list(Profile)
    assert [status.promise for status in statuses] == list(PROFILE_PROMISES[suite].values())
