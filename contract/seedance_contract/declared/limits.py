"""Limits on one value. A limit tests a value, gives examples on both sides, and has a JSON Schema.

A limit accepts every value of another JSON type. `TypeLimit` tests the type, so a wrong type
breaks one limit and is reported once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Protocol

Schema = Mapping[str, object]


class Limit(Protocol):
    """The interface of a limit."""

    @property
    def id_suffix(self) -> str:
        """The last part of the id of a rule that applies the limit."""

    @property
    def code(self) -> str:
        """The `code` in `validation_errors` of a value that breaks the limit."""

    def allows(self, value: object) -> bool:
        """Return whether `value` is within the limit."""

    def requirement(self) -> str:
        """Return a phrase that continues "<field> must"."""

    def valid_examples(self) -> tuple[object, ...]:
        """Return values within the limit: the last ones, if it has an order."""

    def invalid_examples(self) -> tuple[object, ...]:
        """Return values outside the limit: the first ones, if it has an order."""

    def schema(self) -> Schema:
        """Return the limit as JSON Schema."""


class JsonType(StrEnum):
    """The JSON types of the fields."""

    STRING = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    ARRAY = "array"


def is_integer(value: object) -> bool:
    """Return whether `value` is an integer in JSON Schema: 5 and 5.0 are, true is not."""
    if isinstance(value, float):
        return value.is_integer()
    # In Python `True` is an instance of `int`.
    return isinstance(value, int) and not isinstance(value, bool)


TYPE_CHECKS: Mapping[JsonType, Callable[[object], bool]] = MappingProxyType(
    {
        JsonType.STRING: lambda value: isinstance(value, str),
        JsonType.INTEGER: is_integer,
        JsonType.BOOLEAN: lambda value: isinstance(value, bool),
        JsonType.ARRAY: lambda value: (
            # Types as a set: a third of the time of a test for each entry.
            isinstance(value, list) and {*map(type, value)} <= {str}
        ),
    }
)

_WRONG_TYPE_VALUES: Mapping[JsonType, tuple[object, ...]] = MappingProxyType(
    {
        JsonType.STRING: (1, None, ["text"]),
        JsonType.INTEGER: ("5", 5.5, True, None),
        JsonType.BOOLEAN: (1, "true", None),
        JsonType.ARRAY: ("https://example.com/", [1], None),
    }
)

_TYPE_NAMES = {
    JsonType.STRING: "a string",
    JsonType.INTEGER: "an integer",
    JsonType.BOOLEAN: "a boolean",
    JsonType.ARRAY: "an array of strings",
}


@dataclass(frozen=True, slots=True)
class TypeLimit:
    """The value has a JSON type. Nothing is converted: "5" is no integer."""

    type: JsonType
    id_suffix = "type"
    code = "invalid_type"

    def allows(self, value: object) -> bool:
        return TYPE_CHECKS[self.type](value)

    def requirement(self) -> str:
        return f"be {_TYPE_NAMES[self.type]}"

    def valid_examples(self) -> tuple[object, ...]:
        # The other limits of a field give examples: this one does not know their bounds.
        return ()

    def invalid_examples(self) -> tuple[object, ...]:
        return _WRONG_TYPE_VALUES[self.type]

    def schema(self) -> Schema:
        if self.type is JsonType.ARRAY:
            return {"type": "array", "items": {"type": "string"}}
        return {"type": str(self.type)}


@dataclass(frozen=True, slots=True)
class Range:
    """An integer from `low` to `high`, both included, or one of `special_values`.

    If `high` is None, there is no upper bound, and `special_values` is empty.
    """

    low: int
    high: int | None
    special_values: tuple[int, ...] = ()
    id_suffix = "range"
    code = "out_of_range"

    @property
    def values(self) -> tuple[int, ...]:
        """Every value of the range, the special ones first. The range has an upper bound."""
        assert self.high is not None
        return (*self.special_values, *range(self.low, self.high + 1))

    def allows(self, value: object) -> bool:
        if not isinstance(value, int | float) or not is_integer(value):
            return True
        if value in self.special_values:
            return True
        return self.low <= value and (self.high is None or value <= self.high)

    def requirement(self) -> str:
        if self.high is None:
            return f"be {self.low} or more"
        span = f"{self.low}" if self.low == self.high else f"{self.low} to {self.high}"
        return f"be {span}" + "".join(f", or {value}" for value in self.special_values)

    def valid_examples(self) -> tuple[object, ...]:
        last = self.low + 1 if self.high is None else self.high
        return tuple(dict.fromkeys((*self.special_values, self.low, last)))

    def invalid_examples(self) -> tuple[object, ...]:
        return (self.low - 1,) if self.high is None else (self.low - 1, self.high + 1)

    def schema(self) -> Schema:
        if self.high is None:
            return {"minimum": self.low}
        # -1 next to 4 to 15 leaves a gap, which minimum and maximum cannot express.
        if self.special_values:
            return {"enum": list(self.values)}
        return {"minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class OneOf:
    """A string that is one of `values`."""

    values: tuple[str, ...]
    id_suffix = "value"
    code = "invalid_value"

    def allows(self, value: object) -> bool:
        return not isinstance(value, str) or value in self.values

    def requirement(self) -> str:
        return "be one of " + ", ".join(self.values)

    def valid_examples(self) -> tuple[object, ...]:
        return self.values

    def invalid_examples(self) -> tuple[object, ...]:
        # The space keeps the last value illegal if upper case changes nothing, as in "16:9".
        return ("", self.values[0] + "x", self.values[0].upper() + " ")

    def schema(self) -> Schema:
        return {"enum": list(self.values)}


@dataclass(frozen=True, slots=True)
class Length:
    """A string of `low` to `high` characters; if `high` is None, of at least `low`."""

    low: int = 0
    high: int | None = None
    id_suffix = "length"
    code = "invalid_length"

    def allows(self, value: object) -> bool:
        if not isinstance(value, str):
            return True
        return self.low <= len(value) and (self.high is None or len(value) <= self.high)

    def requirement(self) -> str:
        if self.high is None:
            return "not be empty" if self.low == 1 else f"have at least {self.low} characters"
        if self.low == 0:
            return f"have at most {self.high} characters"
        return f"have {self.low} to {self.high} characters"

    def valid_examples(self) -> tuple[object, ...]:
        lengths = (max(self.low, 1), self.high or max(self.low, 1))
        return tuple("x" * length for length in lengths)

    def invalid_examples(self) -> tuple[object, ...]:
        too_short = () if self.low == 0 else ("x" * (self.low - 1),)
        return too_short if self.high is None else (*too_short, "x" * (self.high + 1))

    def schema(self) -> Schema:
        low = {"minLength": self.low} if self.low else {}
        return low if self.high is None else {**low, "maxLength": self.high}
