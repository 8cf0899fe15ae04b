"""Limits on one value. A limit tests a value, gives examples on both sides, and has a JSON Schema.

A limit accepts every value of another JSON type. `TypeLimit` tests the type, so a wrong type
breaks one limit and is reported once.
"""

from __future__ import annotations

import re
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
        """Tell whether `value` is within the limit."""

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
    """Tell whether `value` is an integer in JSON Schema: 5 and 5.0 are, true is not."""
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
            isinstance(value, list) and all(isinstance(item, str) for item in value)
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
        special = "".join(f", or {value}" for value in self.special_values)
        return f"be {self.low} to {self.high}{special}"

    def valid_examples(self) -> tuple[object, ...]:
        return (*self.special_values, self.low, self.low + 1 if self.high is None else self.high)

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


class Medium(StrEnum):
    """The kinds of media in a request. Each is the main type of its data URLs: `image/png`."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


# The patterns are also published in the JSON Schema, whose dialect is ECMA 262. They use only what
# means the same there and in Python: no flags, no named groups, ASCII classes.
_SPACE = r"\x00-\x20\x7f"
URL_PATTERN = (
    r"[hH][tT][tT][pP][sS]?://"
    rf"(?:[^{_SPACE}/?#@\\]*@)?"
    rf"(?:\[[0-9A-Fa-f:.]+\]|[^{_SPACE}/?#@\\:\[\]]+)"
    r"(?::[0-9]{1,5})?"
    rf"(?:[/?#][^{_SPACE}]*)?"
)
ASSET_PATTERN = r"asset://asset-[0-9]{14}-[a-z0-9]{5}"
_BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)"
_DATA_HEAD = r"data:{medium}/[A-Za-z0-9.+-]+;base64,"

_base64_digits = re.compile(r"[A-Za-z0-9+/]+={0,2}").fullmatch
is_url = re.compile(URL_PATTERN).fullmatch
is_asset = re.compile(ASSET_PATTERN).fullmatch
_data_heads = {medium: re.compile(_DATA_HEAD.format(medium=medium)) for medium in Medium}


def is_data_url(value: str, medium: Medium) -> bool:
    """Tell whether `value` is a data URL of `medium` whose base64 decodes to something."""
    # A body may carry 32 MiB of base64. One pass over one character class and a test of the length
    # take 0.05 s for it on CPython 3.11; the groups of four in `_BASE64` take 0.6 s. A property in
    # test_limits.py holds the two together.
    head = _data_heads[medium].match(value)
    if head is None or (len(value) - head.end()) % 4:
        return False
    return _base64_digits(value, head.end()) is not None


_SAMPLES = {
    Medium.IMAGE: ("https://example.com/image.png", "data:image/png;base64,iVBORw0KGgo="),
    Medium.VIDEO: ("https://example.com/video.mp4", "data:video/mp4;base64,AAAAGGZ0eXA="),
    Medium.AUDIO: ("https://example.com/audio.mp3", "data:audio/mpeg;base64,SUQzBAAA"),
}


@dataclass(frozen=True, slots=True)
class MediaUrl:
    """Every string is a URL with a host, or a data URL of the right medium.

    With `inline_only` only data URLs are allowed. With `is_list` the value is an array of such
    strings. Nothing is ever fetched.
    """

    medium: Medium
    inline_only: bool = False
    is_list: bool = False
    id_suffix = "media"
    code = "invalid_media"

    def allows(self, value: object) -> bool:
        if isinstance(value, list) != self.is_list:
            return True
        values = value if isinstance(value, list) else [value]
        return all(self._allows_string(item) for item in values if isinstance(item, str))

    def _allows_string(self, value: str) -> bool:
        if not self.inline_only and is_url(value):
            return True
        # An asset URI in an image field is well formed. `MaterialAccessRule` refuses it with the
        # error that the API documents for a material that cannot be reached.
        if self.medium is Medium.IMAGE and not self.inline_only and is_asset(value):
            return True
        return is_data_url(value, self.medium)

    def requirement(self) -> str:
        inline = f"a base64 data URL of type {self.medium}/…"
        return f"be {inline}" if self.inline_only else f"be an http(s) URL with a host or {inline}"

    def valid_examples(self) -> tuple[object, ...]:
        return self._wrap(_SAMPLES[self.medium][self.inline_only :])

    def invalid_examples(self) -> tuple[object, ...]:
        other_medium = Medium.AUDIO if self.medium is Medium.VIDEO else Medium.VIDEO
        strings = (
            "",
            "media/one",
            "file:///tmp/one",
            "ftp://example.com/one",
            "https://",
            f"data:{self.medium}/one;base64,abc",
            _SAMPLES[other_medium][1],
        )
        return self._wrap(strings)

    def schema(self) -> Schema:
        data = _DATA_HEAD.format(medium=self.medium) + _BASE64
        pattern = f"^(?:{data})$" if self.inline_only else f"^(?:{URL_PATTERN}|{data})$"
        return {"items": {"pattern": pattern}} if self.is_list else {"pattern": pattern}

    def _wrap(self, values: tuple[str, ...]) -> tuple[object, ...]:
        return tuple([value] for value in values) if self.is_list else values
