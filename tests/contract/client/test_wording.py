"""Values and numbers in the messages of checks."""

from __future__ import annotations

import pytest

from seedance_contract.client.wording import counted, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        (False, "false"),
        ("café", '"café"'),
        (["a"], '["a"]'),
        ("x" * 200, '"' + "x" * 79 + "…"),
    ],
)
def test_a_value_is_shown_as_json(value: object, text: str) -> None:
    assert shown(value) == text


@pytest.mark.parametrize(("number", "text"), [(0, "no poll"), (1, "1 poll"), (3, "3 polls")])
def test_a_number_has_its_noun(number: int, text: str) -> None:
    assert counted(number, "poll") == text
