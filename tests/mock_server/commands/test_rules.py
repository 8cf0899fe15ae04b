"""`rules`: the claims of the mock, with their sources."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from click.testing import Result

from seedance_contract.derived.claims import claims

Run = Callable[..., Result]


@pytest.mark.parametrize(
    ("option", "weights"),
    [
        ([], {"documented", "assumed"}),
        (["--documented"], {"documented"}),
        (["--assumed"], {"assumed"}),
    ],
)
def test_rules_are_listed_by_weight(option: list[str], weights: set[str], run: Run) -> None:
    rows = json.loads(run("rules", "--json", *option).stdout)

    assert {row["weight"] for row in rows} == weights
    assert len(rows) == sum(claim.source.weight in weights for claim in claims())


def test_a_rule_is_printed_with_its_source(run: Run) -> None:
    output = run("rules", "--documented").stdout

    assert "or -1 on seedance-2.5\n    documented, page: " in output
