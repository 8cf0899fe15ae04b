from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from seedance_mock.domain import lifecycle
from seedance_mock.settings import LIFECYCLE_NAMES, Settings


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("lifecycle", "fast", "one of quick, realistic, instant, manual, not 'fast'"),
        ("models", ("seedance-2.0", "seedance-3*"), "a tuple of .* seedance-2.5, not"),
        ("models", "seedance-2.0", "a tuple of names or patterns of seedance-2.0, .*, not"),
        ("models", (2,), "a tuple of names"),
        ("cors", "bogus", "one of localhost, any, none, not 'bogus'"),
        ("log_format", None, "one of text, json, none, not None"),
        ("rate_limit", 0, "a whole number, 1 to 1000000000000, or None, not 0"),
        (
            "rate_limit",
            10**12 + 1,
            "a whole number, 1 to 1000000000000, or None, not 1000000000001",
        ),
        ("retention", float("nan"), "seconds, 0 or more, or None, not nan"),
        ("retention", -1, "seconds, 0 or more, or None, not -1"),
        ("retention", "60", "seconds, 0 or more, or None, not '60'"),
        ("retention", True, "seconds, 0 or more, or None, not True"),
        ("journal", -1, "a whole number, 0 to 1000000000000, not -1"),
        ("max_tasks", 0, "a whole number, 1 to 1000000000000, not 0"),
        ("max_tasks", True, "a whole number, 1 to 1000000000000, not True"),
        ("max_body", 1.5, "a whole number, 1 to 1000000000000, not 1.5"),
        ("input_seconds", -1, "a whole number, 0 to 1000000000000, not -1"),
        ("public_url", "mock.example.com", "https://mock.example.com, or None, not 'mock.exam"),
        (
            "balance",
            Decimal("NaN"),
            r"a Decimal, 0 or more, .* 8 decimals, or None, not Decimal\('NaN'\)",
        ),
        (
            "balance",
            Decimal("sNaN"),
            r"a Decimal, 0 or more, .* 8 decimals, or None, not Decimal\('sNaN'\)",
        ),
        (
            "balance",
            Decimal(-1),
            r"a Decimal, 0 or more, .* 8 decimals, or None, not Decimal\('-1'\)",
        ),
        ("balance", Decimal("-0"), "a Decimal, 0 or more"),
        ("balance", Decimal(10**9), "a Decimal, 0 or more, below 1000000000"),
        ("balance", Decimal("1E+99"), "a Decimal, 0 or more, below 1000000000"),
        ("balance", Decimal("0.000000001"), "a Decimal, .* with at most 8 decimals"),
        ("balance", 0.5, "a Decimal, 0 or more, .* 8 decimals, or None, not 0.5"),
        ("keys", "sk-planted", "a set of API keys, which start with sk-$"),
        ("keys", frozenset({"planted"}), "a set of API keys, which start with sk-$"),
        ("expired_keys", frozenset({7}), "a set of API keys, which start with sk-$"),
    ],
)
def test_a_wrong_value_is_refused(name: str, value: Any, message: str) -> None:
    with pytest.raises(ValueError, match=f"^{name} must be .*{message}"):
        Settings(**{name: value})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("models", ("seedance-2.0*", "seedance-2.5")),
        ("retention", 0),
        ("retention", 1.5),
        ("rate_limit", 1),
        ("balance", Decimal(0)),
        ("balance", Decimal("1E+3")),
        ("balance", Decimal("999999999.99999999")),
        ("keys", {"sk-a"}),
        ("public_url", "http://10.0.0.7:9/base"),
    ],
)
def test_an_allowed_value_is_unchanged(name: str, value: Any) -> None:
    assert getattr(Settings(**{name: value}), name) == value


def test_lifecycle_names_are_the_lifecycles() -> None:
    assert tuple(lifecycle.LIFECYCLES) == LIFECYCLE_NAMES


def test_a_representation_has_no_secrets() -> None:
    secrets = {
        "keys": frozenset({"sk-planted"}),
        "expired_keys": frozenset({"sk-planted-2"}),
        "control_token": "planted",
        "store": "redis://:planted@localhost",
    }

    text = repr(Settings(**secrets))  # type: ignore[arg-type] # each has its type

    assert "planted" not in text
    assert text.startswith("Settings(models=(), lifecycle='quick'")
