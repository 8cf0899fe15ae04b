"""Selection of cases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from seedance_contract.case import Level
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.selection import UnknownName, select_cases
from seedance_contract.profiles import Profile

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
