from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from seedance_mock.domain import lifecycle
from seedance_mock.settings import LIFECYCLE_NAMES, Settings


@pytest.mark.parametrize(
    ("name", "given", "told"),
    [
        ("lifecycle", "fast", "one of quick, realistic, instant, manual, not 'fast'"),
        ("cors", "bogus", "one of localhost, any, none, not 'bogus'"),
        ("log_format", None, "one of text, json, none, not None"),
        ("rate_limit", 0, "a whole number, 1 or more, or None, not 0"),
        ("retention", float("nan"), "seconds, 0 or more, or None, not nan"),
        ("retention", -1, "seconds, 0 or more, or None, not -1"),
        ("retention", "60", "seconds, 0 or more, or None, not '60'"),
        ("retention", True, "seconds, 0 or more, or None, not True"),
        ("journal", -1, "a whole number, 0 or more, not -1"),
        ("max_tasks", 0, "a whole number, 1 or more, not 0"),
        ("max_tasks", True, "a whole number, 1 or more, not True"),
        ("max_body", 1.5, "a whole number, 1 or more, not 1.5"),
        ("input_seconds", -1, "a whole number, 0 or more, not -1"),
        ("public_url", "mock.example.com", "https://mock.example.com, or None, not 'mock.exam"),
        ("balance", Decimal("NaN"), r"a Decimal, 0 or more, or None, not Decimal\('NaN'\)"),
        ("balance", Decimal("sNaN"), r"a Decimal, 0 or more, or None, not Decimal\('sNaN'\)"),
        ("balance", Decimal(-1), r"a Decimal, 0 or more, or None, not Decimal\('-1'\)"),
        ("balance", 0.5, "a Decimal, 0 or more, or None, not 0.5"),
        ("keys", "sk-planted", "a set of API keys, which start with sk-$"),
        ("keys", frozenset({"planted"}), "a set of API keys, which start with sk-$"),
        ("expired_keys", frozenset({7}), "a set of API keys, which start with sk-$"),
    ],
)
def test_a_choice_that_is_none_is_refused(name: str, given: Any, told: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be .*{told}"):
        Settings(**{name: given})


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("retention", 0),
        ("retention", 1.5),
        ("rate_limit", 1),
        ("balance", Decimal(0)),
        ("keys", {"sk-a"}),
        ("public_url", "http://10.0.0.7:9/base"),
    ],
)
def test_a_choice_is_taken_as_it_is(name: str, given: Any) -> None:
    assert getattr(Settings(**{name: given}), name) == given


def test_every_lifecycle_can_be_chosen() -> None:
    assert tuple(lifecycle.LIFECYCLES) == LIFECYCLE_NAMES
