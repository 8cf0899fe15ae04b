"""Limits on one value: each judges its own matter, names its edges and writes its schema.

A limit that meets a value of another JSON type holds: the type is a limit of its own.
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
    """What every limit answers. `code` classifies a value that breaks it."""

    @property
    def id_suffix(self) -> str:
        """The last part of the rule's id."""

    @property
    def code(self) -> str:
        """The `code` in `validation_errors`."""

    def allows(self, value: object) -> bool:
        """Tell whether `value` keeps the limit."""

    def requirement(self) -> str:
        """Return what is allowed, to stand behind the field's name and "must"."""

    def valid_examples(self) -> tuple[object, ...]:
        """Return the last values that are legal."""

    def invalid_examples(self) -> tuple[object, ...]:
        """Return the first values that are not."""

    def schema(self) -> Schema:
        """Return the limit in JSON Schema."""


class JsonType(StrEnum):
    """The JSON types that fields have."""

    STRING = "string"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    ARRAY = "array"


def is_integer(value: object) -> bool:
    """Tell whether JSON Schema calls `value` an integer: 5 and 5.0, but not true."""
    if isinstance(value, float):
        return value.is_integer()
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
    """The value has a JSON type; nothing is converted."""

    type: JsonType
    id_suffix = "type"
    code = "invalid_type"

    def allows(self, value: object) -> bool:
        return TYPE_CHECKS[self.type](value)

    def requirement(self) -> str:
        return f"be {_TYPE_NAMES[self.type]}"

    def valid_examples(self) -> tuple[object, ...]:
        return ()

    def invalid_examples(self) -> tuple[object, ...]:
        return _WRONG_TYPE_VALUES[self.type]

    def schema(self) -> Schema:
        if self.type is JsonType.ARRAY:
            return {"type": "array", "items": {"type": "string"}}
        return {"type": str(self.type)}


@dataclass(frozen=True, slots=True)
class Range:
    """An integer lies in `low`..`high`, both included, or is one of `besides`.

    `high` may be None for no upper bound; then there is nothing `besides`.
    """

    low: int
    high: int | None
    special_values: tuple[int, ...] = ()
    id_suffix = "range"
    code = "out_of_range"

    def allows(self, value: object) -> bool:
        if not isinstance(value, int | float) or not is_integer(value):
            return True
        if value in self.special_values:
            return True
        return self.low <= value and (self.high is None or value <= self.high)

    def requirement(self) -> str:
        if self.high is None:
            return f"be {self.low} or more"
        others = "".join(f", or {value}" for value in self.special_values)
        return f"be {self.low} to {self.high}{others}"

    def valid_examples(self) -> tuple[object, ...]:
        return (*self.special_values, self.low, self.low + 1 if self.high is None else self.high)

    def invalid_examples(self) -> tuple[object, ...]:
        return (self.low - 1,) if self.high is None else (self.low - 1, self.high + 1)

    def schema(self) -> Schema:
        if self.high is None:
            return {"minimum": self.low}
        if self.special_values:
            return {"enum": [*self.special_values, *range(self.low, self.high + 1)]}
        return {"minimum": self.low, "maximum": self.high}


@dataclass(frozen=True, slots=True)
class OneOf:
    """A string is one of `values`."""

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
        return ("", self.values[0] + "x", self.values[0].upper() + " ")

    def schema(self) -> Schema:
        return {"enum": list(self.values)}


@dataclass(frozen=True, slots=True)
class Length:
    """A string has `low`..`high` characters; `high` may be None for any number."""

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
            return "not be empty"
        return f"have at most {self.high} characters"

    def valid_examples(self) -> tuple[object, ...]:
        edges = (max(self.low, 1), self.high or max(self.low, 1))
        return tuple("x" * length for length in edges)

    def invalid_examples(self) -> tuple[object, ...]:
        short = () if self.low == 0 else ("x" * (self.low - 1),)
        return short if self.high is None else (*short, "x" * (self.high + 1))

    def schema(self) -> Schema:
        low = {"minLength": self.low} if self.low else {}
        return low if self.high is None else {**low, "maxLength": self.high}


class Medium(StrEnum):
    """The kinds of media that a request refers to; each is the type of its data URLs."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


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
    """Every string is a URL with a host or a data URL of the right kind.

    The library's `asset://` URIs keep this limit in image fields, so that they are
    refused for what they are. Nothing is ever fetched.
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
        return all(self._allows_string(one) for one in values if isinstance(one, str))

    def _allows_string(self, value: str) -> bool:
        if not self.inline_only and is_url(value):
            return True
        if self.medium is Medium.IMAGE and not self.inline_only and is_asset(value):
            return True
        return is_data_url(value, self.medium)

    def requirement(self) -> str:
        inline = f"a base64 data URL of type {self.medium}/…"
        return f"be {inline}" if self.inline_only else f"be an http(s) URL with a host or {inline}"

    def valid_examples(self) -> tuple[object, ...]:
        return self._wrap(_SAMPLES[self.medium][self.inline_only :])

    def invalid_examples(self) -> tuple[object, ...]:
        other = Medium.AUDIO if self.medium is Medium.VIDEO else Medium.VIDEO
        wrong = (
            "",
            "media/one",
            "file:///tmp/one",
            "ftp://example.com/one",
            "https://",
            f"data:{self.medium}/one;base64,abc",
            _SAMPLES[other][1],
        )
        return self._wrap(wrong)

    def schema(self) -> Schema:
        data = _DATA_HEAD.format(medium=self.medium) + _BASE64
        pattern = f"^(?:{data})$" if self.inline_only else f"^(?:{URL_PATTERN}|{data})$"
        return {"items": {"pattern": pattern}} if self.is_list else {"pattern": pattern}

    def _wrap(self, values: tuple[str, ...]) -> tuple[object, ...]:
        return tuple([value] for value in values) if self.is_list else values
