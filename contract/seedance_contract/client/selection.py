"""Selection of cases by id, group and profile."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from fnmatch import fnmatchcase

from seedance_contract.case import Group
from seedance_contract.client.client_case import ClientCase
from seedance_contract.profiles import Profile, is_in_profile


class UnknownName(ValueError):
    """No case or group has this name. The message suggests a name."""


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
