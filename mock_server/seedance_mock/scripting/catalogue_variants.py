"""Models and prices as words ask for them: invented, odd, or fewer. Pure functions of JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

JSON = dict[str, object]

REAL_PREFIX, INVENTED_PREFIX = "seedance-2.0", "seedance-x9"
"""What the ids of models begin with, and with what they begin where they are invented."""

INVENTED_PRICE = "7.31000001"
EXACT_PRICE = "1.00000000000000000001"
"""A price that a binary floating point number cannot hold."""

UNKNOWN_CATEGORY = "hologram"

_DECIMAL = re.compile(r"\d+\.\d+", re.ASCII)

MemberTransform = Callable[[str, object], object]
"""From the name of a member and its value to the value that is shown."""


def _invented_value(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    if name == "display":
        return f"${INVENTED_PRICE}"
    return (
        INVENTED_PRICE if _DECIMAL.fullmatch(value) else value.replace(REAL_PREFIX, INVENTED_PREFIX)
    )


def _odd_value(name: str, value: object) -> object:
    match name:
        case "pricing_summary":
            return None
        case "category":
            return UNKNOWN_CATEGORY
    return EXACT_PRICE if isinstance(value, str) and _DECIMAL.fullmatch(value) else value


def _without_first_model(name: str, value: object) -> object:
    return value[1:] if name == "data" and isinstance(value, list) else value


VARIANTS: Mapping[str, MemberTransform] = MappingProxyType(
    {"invented": _invented_value, "odd": _odd_value, "less": _without_first_model}
)


def catalogue_variant(value: JSON, catalogue: str) -> JSON:
    """Return an answer about models or prices as a value of the word `catalogue` has it."""
    change = VARIANTS[catalogue]
    return {name: _transformed(name, member, change) for name, member in value.items()}


def _transformed(name: str, value: object, change: MemberTransform) -> object:
    value = change(name, value)
    if isinstance(value, dict):
        return {key: _transformed(key, member, change) for key, member in value.items()}
    if isinstance(value, list):
        return [_transformed("", member, change) for member in value]
    return value


def real_model(name: str, catalogue: str) -> str:
    """Return the model behind a name of the catalogue."""
    return name.replace(INVENTED_PREFIX, REAL_PREFIX) if catalogue == "invented" else name
