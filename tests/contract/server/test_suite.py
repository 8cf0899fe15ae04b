"""The suite: groups are files and prefixes, and a selection names them in any case."""

import pkgutil

import pytest

from seedance_contract.declared.contract import RULES_BY_ID
from seedance_contract.server import checks
from seedance_contract.server.suite import CHECKS, GROUPS, checks_by_id, select_checks


def test_ids_are_unique() -> None:
    assert len(checks_by_id()) == len(CHECKS)


def test_every_file_of_checks_is_a_group() -> None:
    files = {module.name for module in pkgutil.iter_modules(checks.__path__)}

    assert files == {group.name for group in GROUPS}


def test_ids_have_the_prefix_of_their_group() -> None:
    strays = [
        check.case.id
        for group, group_checks in GROUPS.items()
        for check in group_checks
        if not group.contains(check.case.id) and check.case.id not in RULES_BY_ID
    ]

    assert strays == []


def test_cases_name_their_group() -> None:
    for group, group_checks in GROUPS.items():
        assert {check.case.group for check in group_checks} == {group.name}


@pytest.mark.parametrize("name", ["races", "RACES", "Races"])
def test_group_is_selected_in_any_case(name: str) -> None:
    assert select_checks(groups=[name]) == select_checks(["Races.*"])


def test_all_checks_are_selected_by_default() -> None:
    assert select_checks() == list(CHECKS)


@pytest.mark.parametrize(
    ("ids", "groups", "message"),
    [
        (["duration.rang"], [], "no check matches duration.rang; did you mean duration.range"),
        (["zzz"], [], "no check matches zzz$"),
        ([], ["race"], "no group is named race; did you mean races"),
        ([], ["Openapy"], "no group is named Openapy; did you mean openapi"),
        (
            [],
            ["zzz"],
            "no group is named zzz; the groups are answers, catalogue, examples, openapi",
        ),
        (["races.*"], ["tasks"], "no check of that name is in that group"),
    ],
)
def test_unknown_name_is_an_error(ids: list[str], groups: list[str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        select_checks(ids, groups)
