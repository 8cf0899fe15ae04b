"""The suite: groups are files and prefixes, and a selection names them in any case."""

import pkgutil

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


def test_checks_are_selected_by_pattern() -> None:
    assert [check.id for check in select_checks(["Races.cancel-*"])] == [
        "races.cancel-start",
        "races.cancel-end",
    ]
    assert select_checks() == list(CHECKS)
