"""Profiles: what a subject can be trusted with, as promises that the results keep or break."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from seedance_contract.case import Level, Result, Verdict


class Profile(StrEnum):
    """A promise about a subject, in one word."""

    SAFE = "SAFE"
    CORRECT = "CORRECT"
    POLITE = "POLITE"


PROFILE_PROMISES: Mapping[str, Mapping[Profile, str]] = {
    "client": {
        Profile.SAFE: "the client wastes no money and discloses no secret",
        Profile.CORRECT: "the client meets every MUST requirement",
        Profile.POLITE: "the client meets every MUST and SHOULD requirement",
    },
    "server": {
        Profile.SAFE: "the server charges correctly, separates workspaces and keeps secrets",
        Profile.CORRECT: "the server meets every MUST requirement",
        Profile.POLITE: "the server meets every MUST and SHOULD requirement",
    },
}
"""The promise of each profile in one sentence, by the suite."""


class ProfileMember(Protocol):
    """What decides whether a case belongs to a profile. Cases of both suites implement it."""

    @property
    def id(self) -> str:
        """The id of the case."""

    @property
    def safe(self) -> bool:
        """Whether the case is about money, keys, workspaces or secrets."""

    @property
    def levels(self) -> Collection[Level]:
        """The levels of the checks of the case."""


def is_in_profile(member: ProfileMember, profile: Profile) -> bool:
    """Return whether a subject has to pass the case to reach the profile."""
    match profile:
        case Profile.SAFE:
            return member.safe
        case Profile.CORRECT:
            return Level.MUST in member.levels
    return Level.MUST in member.levels or Level.SHOULD in member.levels


# A failure that the baseline expects (XFAIL) does not fail the run, but does not make the subject
# safe either. POLITE and SAFE promise more than CORRECT, so NON-STRICT blocks them too.
BLOCKING_VERDICTS: Mapping[Profile, frozenset[Verdict]] = {
    Profile.SAFE: frozenset({Verdict.FAIL, Verdict.NON_STRICT, Verdict.XFAIL, Verdict.BROKEN}),
    Profile.CORRECT: frozenset({Verdict.FAIL, Verdict.XFAIL, Verdict.BROKEN}),
    Profile.POLITE: frozenset({Verdict.FAIL, Verdict.NON_STRICT, Verdict.XFAIL, Verdict.BROKEN}),
}
"""The verdicts that keep a subject from reaching a profile."""

OPEN_VERDICTS = (Verdict.UNEXERCISED, Verdict.UNSUPPORTED)
"""The verdicts of a case in which the subject did not do what the case is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileStatus:
    """Whether a subject reached a profile.

    Args:
        profile: the profile.
        promise: what it promises, in one sentence.
        reached: whether the subject keeps the promise; None if the run does not tell.
        cases: the number of cases that decide it.
        blocking: the ids of the cases that break the promise.
        unexercised: the ids of the cases that were not exercised.
        not_run: the number of cases without a result, such as those that were not selected.
    """

    profile: Profile
    promise: str
    reached: bool | None
    cases: int
    blocking: tuple[str, ...] = ()
    unexercised: tuple[str, ...] = ()
    not_run: int = 0


def profile_statuses(
    suite: str, members: Collection[ProfileMember], results: Collection[Result]
) -> tuple[ProfileStatus, ...]:
    """Return the status of every profile after a run.

    Args:
        suite: "server" or "client".
        members: all cases of the suite, also those that were not selected.
        results: the results of the run.
    """
    return tuple(profile_status(suite, profile, members, results) for profile in Profile)


def profile_status(
    suite: str, profile: Profile, members: Iterable[ProfileMember], results: Iterable[Result]
) -> ProfileStatus:
    """Return the status of one profile. The arguments are those of `profile_statuses`.

    A blocking case decides at once. Otherwise `reached` is None if a case of the profile has no
    result. Cases that were not exercised are listed and do not decide, unless they are all, or the
    profile is SAFE for a server: that could be the case in which it does harm.
    """
    verdicts = {result.case.id: result.verdict for result in results}
    needed = [member.id for member in members if is_in_profile(member, profile)]
    blocking = [name for name in needed if verdicts.get(name) in BLOCKING_VERDICTS[profile]]
    unexercised = [name for name in needed if verdicts.get(name) in OPEN_VERDICTS]
    # A client that never does what a case is about keeps the promise. Whether a server was
    # exercised depends on the run: on its keys, its budget, its control API.
    is_open = suite == "server" and profile is Profile.SAFE and bool(unexercised)
    not_run = sum(name not in verdicts for name in needed)
    is_unknown = is_open or not_run > 0
    reached = not blocking and len(unexercised) < len(needed)
    return ProfileStatus(
        profile=profile,
        promise=PROFILE_PROMISES[suite][profile],
        reached=None if not blocking and is_unknown else reached,
        cases=len(needed),
        blocking=tuple(blocking),
        unexercised=tuple(unexercised),
        not_run=not_run,
    )
