"""Selection of cases by id, group, level and profile, and the list of the selected cases."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Protocol, TypeVar

from seedance_contract.case import Case, Group, Level
from seedance_contract.profiles import Profile, ProfileMember, is_in_profile


class SuiteMember(ProfileMember, Protocol):
    """A case of either suite."""

    @property
    def case(self) -> Case:
        """Id, group, level, requirement, source."""


MemberT = TypeVar("MemberT", bound=SuiteMember)


class UnknownName(ValueError):
    """No case or group has this name. The message suggests a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The conditions that a case must meet, all of them.

    Args:
        cases: patterns of ids, such as "POLL-*", in any case of letters; empty for all cases.
        groups: names or prefixes of groups, such as "polling" or "POLL"; empty for all groups.
        level: the weakest level of the case; None for every level.
        profile: the profile that the case belongs to; None for all cases.
    """

    cases: Sequence[str] = ()
    groups: Sequence[str] = ()
    level: Level | None = None
    profile: Profile | None = None


def select(
    members_by_group: Mapping[Group, Sequence[MemberT]], selection: Selection
) -> tuple[MemberT, ...]:
    """Return the cases that meet the conditions, in the order of their groups.

    Raises UnknownName for a pattern or a group that matches no case, and if no case is left.
    """
    all_members = [member for members in members_by_group.values() for member in members]
    # Each pattern, because one with a typo beside a good one would leave out its cases unnoticed.
    _require_known_cases(selection.cases, [member.id for member in all_members])
    _require_known_groups(selection.groups, members_by_group)
    selected = tuple(
        member
        for group, members in members_by_group.items()
        if not selection.groups or any(map(group.matches, selection.groups))
        for member in members
        if _meets(member, selection)
    )
    if not selected:
        raise UnknownName("no case meets all these conditions; --list shows all cases")
    return selected


def _meets(member: SuiteMember, selection: Selection) -> bool:
    level, profile, patterns = selection.level, selection.profile, selection.cases
    return (
        (not patterns or any(_matches(member.id, pattern) for pattern in patterns))
        and (level is None or _is_at_least(member.case.effective_level, level))
        and (profile is None or is_in_profile(member, profile))
    )


def _matches(case_id: str, pattern: str) -> bool:
    return fnmatchcase(case_id.casefold(), pattern.casefold())


def _is_at_least(level: Level, weakest: Level) -> bool:
    strongest_first = list(Level)
    return strongest_first.index(level) <= strongest_first.index(weakest)


def _require_known_cases(patterns: Iterable[str], case_ids: Sequence[str]) -> None:
    for pattern in patterns:
        if not any(_matches(case_id, pattern) for case_id in case_ids):
            advice = _suggestion(pattern, case_ids) or "--list shows all cases"
            raise UnknownName(f"no case matches {pattern}; {advice}")


def _require_known_groups(texts: Iterable[str], groups: Iterable[Group]) -> None:
    groups = tuple(groups)
    for text in texts:
        if not any(group.matches(text) for group in groups):
            near = _suggestion(text, [name for group in groups for name in group.names])
            advice = near or f"the groups are {', '.join(sorted(group.name for group in groups))}"
            raise UnknownName(f"no group is named {text}; {advice}")


def _suggestion(text: str, names: Sequence[str]) -> str:
    by_folded = {name.casefold(): name for name in names}
    # A name that has little in common with the text would mislead, so none is suggested then.
    near = get_close_matches(text.casefold(), by_folded, 1, cutoff=0.6)
    return f"did you mean {by_folded[near[0]]}?" if near else ""


def list_lines(
    members: Iterable[SuiteMember], marks: Mapping[str, Sequence[str]] | None = None
) -> Iterator[str]:
    """Yield a line for each group and each case.

    Args:
        members: the cases.
        marks: further words about a case, by its id.
    """
    group = None
    for member in members:
        case = member.case
        if case.group != group:
            group = case.group
            yield group
        words = (*(marks or {}).get(case.id, ()), *(("safe",) if member.safe else ()))
        yield f"  {case.id}: {case.requirement} ({', '.join((case.effective_level, *words))})"


def list_row(member: SuiteMember) -> dict[str, object]:
    """Return what a list of cases in JSON says about a case of either suite."""
    case = member.case
    return {
        "id": case.id,
        "group": case.group,
        "level": case.effective_level.value,
        "requirement": case.requirement,
        "source": str(case.source),
        "safe": member.safe,
    }
