"""Variants of the model and price lists, as the setting `catalogue` asks for them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType

from seedance_contract.declared.models import MODELS

JSON = dict[str, object]

_GENERATIONS = dict.fromkeys("-".join(name.split("-")[:2]) for name in MODELS)

INVENTED_GENERATIONS: Mapping[str, str] = MappingProxyType(
    {name: f"seedance-x{9 - number}" for number, name in enumerate(_GENERATIONS)}
)
"""The start of the ids of a generation of models, and what replaces it in invented ids."""

INVENTED_PRICE = "7.31000001"
EXACT_PRICE = "1.00000000000000000001"
"""A price that a binary floating point number cannot hold."""

UNKNOWN_CATEGORY = "hologram"

_DECIMAL = re.compile(r"\d+\.\d+", re.ASCII)

MemberTransform = Callable[[str, object], object]
"""From the name and value of a member to the value in the variant."""


def _invented_value(name: str, value: object) -> object:
    if not isinstance(value, str):
        return value
    if name == "display":
        return f"${INVENTED_PRICE}"
    # Prices are texts in the API, so a price is recognised by its form.
    is_price = _DECIMAL.fullmatch(value)
    return INVENTED_PRICE if is_price else _replaced(value, INVENTED_GENERATIONS)


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
"""Values of the setting `catalogue`, and how they change each member of a response."""


def catalogue_variant(body: JSON, catalogue: str) -> JSON:
    """Return the body of a model or price response as a value of the setting asks for it."""
    transform = VARIANTS[catalogue]
    return {name: _transformed(name, value, transform) for name, value in body.items()}


def _transformed(name: str, value: object, transform: MemberTransform) -> object:
    value = transform(name, value)
    if isinstance(value, dict):
        return {key: _transformed(key, member, transform) for key, member in value.items()}
    if isinstance(value, list):
        return [_transformed("", item, transform) for item in value]
    return value


def real_model(name: str, catalogue: str) -> str:
    """Return the id of the real model that a name in a variant stands for."""
    if catalogue != "invented":
        return name
    return _replaced(name, {invented: real for real, invented in INVENTED_GENERATIONS.items()})


def _replaced(text: str, replacements: Mapping[str, str]) -> str:
    for old, new in replacements.items():
        text = text.replace(old, new)
    return text
