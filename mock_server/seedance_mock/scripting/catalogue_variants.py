"""Models and prices as words ask for them: invented, odd, or fewer. Pure functions of JSON."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

JSON = dict[str, object]

REAL, INVENTED = "seedance-2.0", "seedance-x9"
"""What the ids of models begin with, and with what they begin where they are invented."""

INVENTED_PRICE = "7.31000001"
EXACT_PRICE = "1.00000000000000000001"
"""A price that a binary floating point number cannot hold."""

UNKNOWN_CATEGORY = "hologram"

_DECIMAL = re.compile(r"\d+\.\d+", re.ASCII)

Change = Callable[[str, object], object]
"""From the name of a member and its value to the value that is shown."""


def _invent(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    if name == "display":
        return f"${INVENTED_PRICE}"
    return INVENTED_PRICE if _DECIMAL.fullmatch(value) else value.replace(REAL, INVENTED)


def _twist(name: str, value: object) -> object:
    match name:
        case "pricing_summary":
            return None
        case "category":
            return UNKNOWN_CATEGORY
    return EXACT_PRICE if isinstance(value, str) and _DECIMAL.fullmatch(value) else value


def _lack(name: str, value: object) -> object:
    return value[1:] if name == "data" and isinstance(value, list) else value


CHANGES: Mapping[str, Change] = MappingProxyType(
    {"invented": _invent, "odd": _twist, "less": _lack}
)


def catalogue_variant(value: JSON, catalogue: str) -> JSON:
    """Return an answer about models or prices as a value of the word `catalogue` has it."""
    change = CHANGES[catalogue]
    return {name: _changed(name, member, change) for name, member in value.items()}


def _changed(name: str, value: object, change: Change) -> object:
    value = change(name, value)
    if isinstance(value, dict):
        return {key: _changed(key, member, change) for key, member in value.items()}
    if isinstance(value, list):
        return [_changed("", member, change) for member in value]
    return value


def real_model(name: str, catalogue: str) -> str:
    """Return the model behind a name of the catalogue."""
    return name.replace(INVENTED, REAL) if catalogue == "invented" else name
