"""What the control API takes: the members of its bodies, checked and documented in one place."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from seedance_contract.declared.errors import INVALID_REQUEST
from seedance_contract.declared.field_rules import printable
from seedance_contract.declared.operations import Body
from seedance_contract.declared.tasks import Status
from seedance_mock.domain.accounts import KEY_PATTERN
from seedance_mock.domain.errors import ApiError
from seedance_mock.scripting.vocabulary import SETTINGS

AMOUNT = r"\d{1,9}(\.\d{1,8})?"
STATES = (Status.PROCESSING, Status.COMPLETED, Status.FAILED)


@dataclass(frozen=True, slots=True)
class FieldSchema:
    """A member of a body: what it must be, in words, in code and in JSON Schema."""

    requirement: str
    is_valid: Callable[[object], bool]
    schema: Mapping[str, object]


def _matching(pattern: str, says: str) -> FieldSchema:
    schema = {"type": "string", "pattern": f"^(?:{pattern})$"}
    return FieldSchema(
        says,
        lambda value: isinstance(value, str) and bool(re.fullmatch(pattern, value, re.ASCII)),
        schema,
    )


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1e9


FIELDS: Mapping[str, FieldSchema] = MappingProxyType(
    {
        "key": _matching(KEY_PATTERN, "an API key that starts with sk-"),
        "words": FieldSchema(
            "a string of words", lambda value: isinstance(value, str), {"type": "string"}
        ),
        "balance_usd": _matching(AMOUNT, 'a decimal string such as "0.50"'),
        "top_up_usd": _matching(AMOUNT, 'a decimal string such as "0.50"'),
        "mode": _matching(
            SETTINGS["clock"].pattern, "real, frozen, polls, or x and a factor such as x20"
        ),
        "advance_s": FieldSchema(
            "a number of seconds, 0 or more",
            _number,
            {"type": "number", "minimum": 0, "maximum": 1e9},
        ),
        "status": FieldSchema(
            "one of " + ", ".join(STATES), lambda value: value in STATES, {"enum": list(STATES)}
        ),
    }
)


@dataclass(frozen=True, slots=True)
class BodySchema:
    """A body: the members it must have, and those it may."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    def schema(self) -> dict[str, object]:
        """Return the body's JSON Schema."""
        names = self.required + self.optional
        return {
            "type": "object",
            "properties": {name: FIELDS[name].schema for name in names},
            "required": list(self.required),
            "additionalProperties": False,
        }


OPENING = BodySchema(required=("key",), optional=("words", "balance_usd", "mode"))
CHANGE = BodySchema(optional=("words", "balance_usd", "top_up_usd"))
TIME = BodySchema(optional=("mode", "advance_s"))
STATE = BodySchema(required=("status",))


def validated(body: Body, shape: BodySchema) -> Body:
    """Return the body if it has the shape. Raises ApiError with everything that is wrong."""
    entries = [
        _entry(name, "required", f"{name} is required")
        for name in shape.required
        if name not in body
    ]
    for name, value in body.items():
        if name not in shape.required + shape.optional:
            shown = printable(name)
            entries.append(_entry(shown, "unknown_parameter", f"{shown} is not known here"))
        elif not FIELDS[name].is_valid(value):
            says = f"{name} must be {FIELDS[name].requirement}"
            entries.append(_entry(name, "invalid_value", says))
    if entries:
        first = entries[0]
        raise ApiError(
            INVALID_REQUEST,
            first["message"],
            violations=entries,
            details={"param": first["field"]},
        )
    return body


def _entry(field: str, code: str, message: str) -> dict[str, str]:
    return {"field": field, "message": message, "code": code}
