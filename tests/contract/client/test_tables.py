"""The tables of the cases; tests/docs checks the page that they stand on."""

from __future__ import annotations

from seedance_contract.client.catalogue import CASES, CASES_BY_GROUP
from seedance_contract.client.invariants.catalogue import INVARIANTS
from seedance_contract.client.tables import CASE_TABLES, invariants_table


def test_every_group_has_a_table() -> None:
    assert list(CASE_TABLES) == [group.prefix for group in CASES_BY_GROUP]


def test_row_shows_what_a_client_has_to_meet() -> None:
    [row] = [line for line in CASE_TABLES["AUTH"]().splitlines() if "`AUTH-03`" in line]

    cells = [cell.strip() for cell in row.strip("|").split("|")]
    case = CASES["AUTH-03"].case
    assert cells == [
        "`AUTH-03`",
        "MUST",
        case.requirement,
        "core SAFE",
        "exit status",
        "`create-401x0`",
        str(case.source),
    ]


def test_case_without_profile_shows_a_dash() -> None:
    [row] = [line for line in CASE_TABLES["AUTH"]().splitlines() if "`AUTH-06`" in line]

    assert "| – | traffic |" in row


def test_every_invariant_is_a_row() -> None:
    rows = invariants_table().splitlines()[2:]

    assert len(rows) == len(INVARIANTS)
    assert rows[0].startswith("| `no-blind-create` | MUST | The client sends a create again only")
