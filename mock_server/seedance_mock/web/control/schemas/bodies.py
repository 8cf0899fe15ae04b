"""The request bodies of the control API: one declaration for validation and OpenAPI."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from seedance_contract.declared.errors import INVALID_REQUEST
from seedance_contract.declared.operations import Body
from seedance_contract.declared.rules.unsupported_rules import printable_name
from seedance_mock.domain.accounts import KEY_PATTERN, NAME_PATTERN
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.forced_status import ForcedStatus
from seedance_mock.scripting.vocabulary import SETTINGS
from seedance_mock.settings import AMOUNT_DECIMALS, AMOUNT_DIGITS


class FieldSchema(NamedTuple):
    """A field of a body: a requirement in words, and the same as a JSON Schema."""

    requirement: str
    schema: Mapping[str, object]

    def is_valid(self, value: object) -> bool:
        """Return whether a value matches the schema."""
        # Only the keywords that the fields below use.
        match self.schema:
            case {"enum": list(values)}:
                return value in values
            case {"minimum": int(low), "maximum": int(high)}:
                number = isinstance(value, int | float) and not isinstance(value, bool)
                return number and low <= value <= high  # type: ignore[operator] # a number
            case {"pattern": str(pattern)}:
                # ASCII only, as `\d` has that meaning in JSON Schema (ECMA-262).
                return isinstance(value, str) and bool(re.fullmatch(pattern, value, re.ASCII))
        return isinstance(value, str)


def _text_field(requirement: str, pattern: str) -> FieldSchema:
    # JSON Schema searches for a pattern anywhere in a string, so it needs anchors.
    return FieldSchema(requirement, {"type": "string", "pattern": f"^(?:{pattern})$"})


_AMOUNT = _text_field(
    'a decimal string such as "0.50"',
    rf"\d{{1,{AMOUNT_DIGITS}}}(\.\d{{1,{AMOUNT_DECIMALS}}})?",
)

CONTROL_FIELDS: Mapping[str, FieldSchema] = MappingProxyType(
    {
        "key": _text_field("an API key that starts with sk-", KEY_PATTERN),
        "workspace": _text_field(
            "the name of a workspace: 1 to 64 letters, digits, and . _ - after the first",
            NAME_PATTERN,
        ),
        "words": FieldSchema("a string of words", {"type": "string"}),
        "balance_usd": _AMOUNT,
        "top_up_usd": _AMOUNT,
        "mode": _text_field(
            f"a mode of the clock such as {', '.join(SETTINGS['clock'].example_values)}",
            SETTINGS["clock"].pattern,
        ),
        "advance_s": FieldSchema(
            "a number of seconds, 0 or more", {"type": "number", "minimum": 0, "maximum": 10**9}
        ),
        "status": FieldSchema("one of " + ", ".join(ForcedStatus), {"enum": [*ForcedStatus]}),
        "end": FieldSchema(
            "one of " + ", ".join(SETTINGS["asset"].example_values),
            {"enum": [*SETTINGS["asset"].example_values]},
        ),
        "failure": _text_field(
            "a text of 1 to 500 characters, with the status failed", r".{1,500}"
        ),
    }
)


class BodySchema(NamedTuple):
    """A body: the names of its required and of its optional fields."""

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()

    def schema(self) -> dict[str, object]:
        """Return the JSON Schema of the body."""
        names = self.required + self.optional
        return {
            "type": "object",
            "properties": {name: CONTROL_FIELDS[name].schema for name in names},
            "required": list(self.required),
            "additionalProperties": False,
        }


OPEN_ACCOUNT_BODY = BodySchema(
    required=("key",), optional=("workspace", "words", "balance_usd", "mode")
)
CHANGE_ACCOUNT_BODY = BodySchema(optional=("words", "balance_usd", "top_up_usd"))
CHANGE_CLOCK_BODY = BodySchema(optional=("mode", "advance_s"))
EXPLAIN_BODY = BodySchema(required=("words",))
END_MATERIAL_BODY = BodySchema(required=("end",))
FORCE_TASK_BODY = BodySchema(required=("status",), optional=("failure",))


def validated(body: Body, schema: BodySchema) -> Body:
    """Return the body if it matches the schema. Raises ApiError that lists every violation."""
    errors = [
        _validation_error(name, "required", f"{name} is required")
        for name in schema.required
        if name not in body
    ]
    for name, value in body.items():
        if name not in schema.required + schema.optional:
            # The name comes from the client: it may be a secret in the wrong place.
            printable = printable_name(name)
            message = f"{printable} is not known here"
            errors.append(_validation_error(printable, "unknown_parameter", message))
        elif not CONTROL_FIELDS[name].is_valid(value):
            message = f"{name} must be {CONTROL_FIELDS[name].requirement}"
            errors.append(_validation_error(name, "invalid_value", message))
    if errors:
        first = errors[0]
        raise ApiError(
            INVALID_REQUEST,
            first["message"],
            violations=errors,
            details={"param": first["field"]},
        )
    return body


def _validation_error(field: str, code: str, message: str) -> dict[str, str]:
    return {"field": field, "message": message, "code": code}
