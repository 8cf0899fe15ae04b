"""Selection of cases by id, group and profile, and the profiles that a client reached."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from fnmatch import fnmatchcase

from seedance_contract.case import Group, Level, Result, Verdict
from seedance_contract.client.client_case import ClientCase


class Profile(StrEnum):
    """A promise about a client, in one word."""

    SAFE = "SAFE"
    CORRECT = "CORRECT"
    POLITE = "POLITE"


PROFILE_PROMISES: Mapping[Profile, str] = {
    Profile.SAFE: "the client wastes no money and discloses no secret",
    Profile.CORRECT: "the client meets every MUST requirement",
    Profile.POLITE: "the client meets every MUST and SHOULD requirement",
}


class UnknownName(ValueError):
    """No case or group has this name. The message suggests a name."""


def is_in_profile(client_case: ClientCase, profile: Profile) -> bool:
    """Return whether a client has to pass the case to reach the profile."""
    match profile:
        case Profile.SAFE:
            return client_case.safe
        case Profile.CORRECT:
            return any(check.level is Level.MUST for check in client_case.checks)
    return any(check.level in (Level.MUST, Level.SHOULD) for check in client_case.checks)


def select_cases(
    client_cases: Iterable[ClientCase],
    *,
    cases: Sequence[str] = (),
    groups: Sequence[str] = (),
    profile: Profile | None = None,
    core: bool = False,
) -> tuple[ClientCase, ...]:
    """Return the cases that meet all conditions.

    Args:
        client_cases: the cases to select from.
        cases: patterns of ids, such as "POLL-*", in any case of letters; empty for all cases.
        groups: names or prefixes of groups, such as "polling" or "POLL"; empty for all groups.
        profile: the profile that the case belongs to; None for all cases.
        core: whether to select only the core of the catalogue.

    Raises UnknownName for a pattern or a group that matches no case.
    """
    client_cases = tuple(client_cases)
    _require_known_cases(cases, [client_case.id for client_case in client_cases])
    known_groups = dict.fromkeys(client_case.group for client_case in client_cases)
    _require_known_groups(groups, known_groups)
    return tuple(
        client_case
        for client_case in client_cases
        if (not cases or any(_matches(client_case.id, pattern) for pattern in cases))
        and (not groups or any(map(client_case.group.matches, groups)))
        and (profile is None or is_in_profile(client_case, profile))
        and (client_case.core or not core)
    )


def _matches(case_id: str, pattern: str) -> bool:
    return fnmatchcase(case_id.casefold(), pattern.casefold())


def _require_known_cases(patterns: Iterable[str], case_ids: Sequence[str]) -> None:
    for pattern in patterns:
        if not any(_matches(case_id, pattern) for case_id in case_ids):
            raise UnknownName(f"no case matches {pattern}{_suggestion(pattern, case_ids)}")


def _require_known_groups(texts: Iterable[str], groups: Iterable[Group]) -> None:
    names = [name for group in groups for name in group.names]
    for text in texts:
        if text.casefold() not in map(str.casefold, names):
            raise UnknownName(f"no group is named {text}{_suggestion(text, names)}")


def _suggestion(text: str, names: Sequence[str]) -> str:
    by_folded = {name.casefold(): name for name in names}
    near = get_close_matches(text.casefold(), by_folded, 1, cutoff=0.6)
    return f"; did you mean {by_folded[near[0]]}?" if near else "; --list shows all cases"


# A failure that the baseline expects (XFAIL) does not fail the run, but it does not make the client
# safe either. POLITE and SAFE promise more than CORRECT, so NON-STRICT blocks them too.
BLOCKING_VERDICTS: Mapping[Profile, frozenset[Verdict]] = {
    Profile.SAFE: frozenset({Verdict.FAIL, Verdict.NON_STRICT, Verdict.XFAIL, Verdict.BROKEN}),
    Profile.CORRECT: frozenset({Verdict.FAIL, Verdict.XFAIL, Verdict.BROKEN}),
    Profile.POLITE: frozenset({Verdict.FAIL, Verdict.NON_STRICT, Verdict.XFAIL, Verdict.BROKEN}),
}
"""The verdicts that keep a client from reaching a profile."""

OPEN_VERDICTS = (Verdict.UNEXERCISED, Verdict.UNSUPPORTED)
"""The verdicts of a case in which the client did not do what the case is about."""


def profile_status(
    profile: Profile, client_cases: Iterable[ClientCase], results: Iterable[Result]
) -> dict[str, object]:
    """Return whether a client reached a profile, as a JSON object.

    `reached` is None if some cases of the profile in `client_cases` have no result. `spoilt`
    lists the cases that block the profile. `unseen` lists the cases that the client did not
    exercise: it keeps a promise about what it never does, unless all cases are unexercised.
    """
    verdicts = {result.case.id: result.verdict for result in results}
    needed = [client_case.id for client_case in client_cases if is_in_profile(client_case, profile)]
    blocking = [
        case_id for case_id in needed if verdicts.get(case_id) in BLOCKING_VERDICTS[profile]
    ]
    unexercised = [case_id for case_id in needed if verdicts.get(case_id) in OPEN_VERDICTS]
    reached: bool | None = not blocking and len(unexercised) < len(needed)
    if not blocking and any(case_id not in verdicts for case_id in needed):
        reached = None
    return {"reached": reached, "cases": len(needed), "spoilt": blocking, "unseen": unexercised}
