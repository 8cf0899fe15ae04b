"""Selection of cases of either suite."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from seedance_contract.case import Case, Group, Level
from seedance_contract.client.catalogue import CASES_BY_GROUP
from seedance_contract.declared.sources import assumed, page
from seedance_contract.profiles import Profile
from seedance_contract.selection import Selection, UnknownName, list_lines, list_row, select
from seedance_contract.server.suite import GROUPS

DUPLICATES = Group(name="duplicates", prefix="DUP", title="Duplicate creates")
POLLING = Group(name="polling", prefix="POLL", title="Polling")


@dataclass(frozen=True)
class Member:
    """A case of a small suite."""

    case: Case
    safe: bool = False

    @property
    def id(self) -> str:
        return self.case.id

    @property
    def levels(self) -> tuple[Level, ...]:
        return (self.case.level,)


def member(case_id: str, level: Level = Level.MUST, **members: Any) -> Member:
    source = members.pop("source", page("here"))
    prefix = case_id.partition("-")[0]
    case = Case(
        id=case_id, group=f"{prefix} Things", level=level, requirement="It works.", source=source
    )
    return Member(case, **members)


SUITE: Mapping[Group, Sequence[Member]] = {
    DUPLICATES: [member("DUP-01", safe=True)],
    POLLING: [
        member("POLL-07", Level.SHOULD),
        member("POLL-08", Level.MAY),
        member("POLL-09", source=assumed("how long")),
    ],
}
EVERY_ID = ["DUP-01", "POLL-07", "POLL-08", "POLL-09"]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, EVERY_ID),
        ({"cases": ["poll-*"]}, ["POLL-07", "POLL-08", "POLL-09"]),
        ({"cases": ["POLL-08", "DUP-01"]}, ["DUP-01", "POLL-08"]),
        ({"groups": ["POLL"]}, ["POLL-07", "POLL-08", "POLL-09"]),
        ({"groups": ["Polling"]}, ["POLL-07", "POLL-08", "POLL-09"]),
        ({"groups": ["dup", "poll"]}, EVERY_ID),
        ({"level": Level.MUST}, ["DUP-01"]),
        ({"level": Level.SHOULD}, ["DUP-01", "POLL-07"]),
        ({"level": Level.INFO}, EVERY_ID),
        ({"profile": Profile.SAFE}, ["DUP-01"]),
        ({"profile": Profile.POLITE, "groups": ["POLL"]}, ["POLL-07", "POLL-09"]),
    ],
)
def test_cases_are_selected_by_all_conditions(
    conditions: dict[str, Any], expected: list[str]
) -> None:
    assert [selected.id for selected in select(SUITE, Selection(**conditions))] == expected


@pytest.mark.parametrize(
    ("conditions", "message"),
    [
        ({"cases": ["POLL-99"]}, "no case matches POLL-99; did you mean POLL-09?"),
        ({"cases": ["xyzzy"]}, "no case matches xyzzy; --list shows all cases"),
        ({"groups": ["pollin"]}, "no group is named pollin; did you mean polling?"),
        ({"groups": ["xyzzy"]}, "no group is named xyzzy; the groups are duplicates, polling"),
        ({"cases": ["DUP-*"], "groups": ["POLL"]}, "no case meets all these conditions; --list"),
    ],
)
def test_a_selection_without_a_case_is_an_error(conditions: dict[str, Any], message: str) -> None:
    with pytest.raises(UnknownName, match=message.replace("*", r"\*").replace("?", r"\?")):
        select(SUITE, Selection(**conditions))


@pytest.mark.parametrize("suite", [CASES_BY_GROUP, GROUPS], ids=["client", "server"])
def test_both_suites_are_selected_alike(suite: Mapping[Group, Sequence[Any]]) -> None:
    strict = [selected.id for selected in select(suite, Selection(level=Level.MUST))]
    correct = [selected.id for selected in select(suite, Selection(profile=Profile.CORRECT))]

    assert set(strict) <= set(correct)
    assert len(strict) < len(select(suite, Selection()))


def test_cases_are_listed_under_their_groups() -> None:
    members = [selected for group in SUITE.values() for selected in group]

    assert list(list_lines(members, {"POLL-07": ("core",)})) == [
        "DUP Things",
        "  DUP-01: It works. (MUST, safe)",
        "POLL Things",
        "  POLL-07: It works. (SHOULD, core)",
        "  POLL-08: It works. (MAY)",
        "  POLL-09: It works. (INFO)",
    ]


def test_a_row_of_a_list_describes_a_case() -> None:
    assert list_row(member("DUP-01", safe=True)) == {
        "id": "DUP-01",
        "group": "DUP Things",
        "level": "MUST",
        "requirement": "It works.",
        "source": "page: here",
        "safe": True,
    }
