"""Limits on media: URLs, data URLs, and URIs of the material library. Nothing is ever fetched."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from seedance_contract.declared.limits import Schema


class Medium(StrEnum):
    """The kinds of media in a request. Each is the main type of its data URLs: `image/png`."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"


# The patterns are also published in the JSON Schema, whose dialect is ECMA 262. They use only what
# means the same there and in Python: no flags, no named groups, ASCII classes.
#
# A string may have 32 MiB, and a mismatch at its end would send Python's engine back over all of
# it. So Python gets the same patterns with possessive quantifiers, which ECMA 262 does not have.
# Nothing is lost: no repeated class contains a character that may follow it. A property in
# test_media_limits.py compares the two.
_POSSESSIVE = "+"
_SPACE = r"\x00-\x20\x7f"


def _url_pattern(mode: str = "") -> str:
    """Return the pattern of a URL. `mode` is added to each quantifier without a small bound."""
    return (
        r"[hH][tT][tT][pP][sS]?://"
        rf"(?:[^{_SPACE}/?#@\\]*{mode}@)?"
        rf"(?:\[[0-9A-Fa-f:.]+{mode}\]|[^{_SPACE}/?#@\\:\[\]]+{mode})"
        r"(?::[0-9]{1,5})?"
        rf"(?:[/?#][^{_SPACE}]*{mode})?"
    )


URL_PATTERN = _url_pattern()
ASSET_SCHEME = "asset://"
ASSET_PATTERN = ASSET_SCHEME + r"asset-[0-9]{14}-[a-z0-9]{5}"
_BASE64 = r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)"
# RFC 2397: scheme, media type and `base64` in any case, and parameters such as ";codecs=opus". The
# number of parameters is limited because Python's engine keeps a state for each repetition.
MAX_MEDIA_TYPE_PARAMETERS = 10
_TOKEN = r"[!#$%&'*+.^_`{|}~A-Za-z0-9-]+"
_SUBTYPE = r"[A-Za-z0-9!#$&^_.+-]+"


def _in_any_case(word: str) -> str:
    return "".join(f"[{letter}{letter.upper()}]" if letter.isalpha() else letter for letter in word)


def _data_head(medium: Medium, mode: str = "") -> str:
    """Return the pattern of a data URL up to its comma. For `mode` see `_url_pattern`."""
    token = _TOKEN + mode
    parameters = f"(?:;{token}={token}){{0,{MAX_MEDIA_TYPE_PARAMETERS}}}"
    start = f"{_in_any_case(f'data:{medium}')}/{_SUBTYPE}{mode}"
    return f"{start}{parameters}{_in_any_case(';base64')},"


_base64_digits = re.compile(r"[A-Za-z0-9+/]++={0,2}").fullmatch
is_url = re.compile(_url_pattern(_POSSESSIVE)).fullmatch
is_asset = re.compile(ASSET_PATTERN).fullmatch

# Nearly all media are URLs without a user name or an IPv6 address. One match over a list of them
# takes a quarter of the time of `is_url` for each. No URL contains the line feed between them.
_PLAIN_URL = (
    rf"[hH][tT][tT][pP][sS]?://[^{_SPACE}/?#@\\:\[\]]++(?::[0-9]{{1,5}})?(?:[/?#][^{_SPACE}]*+)?"
)
_are_plain_urls = re.compile(rf"{_PLAIN_URL}(?:\n{_PLAIN_URL})*+").fullmatch
_data_heads = {medium: re.compile(_data_head(medium, _POSSESSIVE)) for medium in Medium}


def is_data_url(value: str, medium: Medium) -> bool:
    """Return whether `value` is a data URL of `medium` whose base64 decodes to something."""
    # A body may carry 32 MiB of base64. One pass over one character class and a test of the length
    # take 0.05 s for it on CPython 3.11; the groups of four in `_BASE64` take 0.6 s. A property in
    # test_media_limits.py compares the two.
    head = _data_heads[medium].match(value)
    if head is None or (len(value) - head.end()) % 4:
        return False
    return _base64_digits(value, head.end()) is not None


_SAMPLES = {
    Medium.IMAGE: ("https://example.com/image.png", "data:image/png;base64,iVBORw0KGgo="),
    Medium.VIDEO: ("https://example.com/video.mp4", "data:video/mp4;base64,AAAAGGZ0eXA="),
    Medium.AUDIO: (
        "https://example.com/audio.mp3",
        "data:audio/mpeg;base64,SUQzBAAA",
        "data:audio/webm;codecs=opus;base64,GkXfow==",
    ),
}


def data_url_pattern(medium: Medium) -> str:
    """Return the regular expression of a data URL, for a JSON Schema."""
    return _data_head(medium) + _BASE64


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
        values: list[Any] = value if isinstance(value, list) else [value]
        try:
            lines = "\n".join(values)
        except TypeError:
            # An entry of another type breaks the rule of the type, and is reported once.
            values = [item for item in values if isinstance(item, str)]
            lines = "\n".join(values)
        if not self.inline_only and _are_plain_urls(lines):
            return True
        return all(map(self._allows_string, values))

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
        data = data_url_pattern(self.medium)
        pattern = f"^(?:{data})$" if self.inline_only else f"^(?:{URL_PATTERN}|{data})$"
        return {"items": {"pattern": pattern}} if self.is_list else {"pattern": pattern}

    def _wrap(self, values: tuple[str, ...]) -> tuple[object, ...]:
        return tuple([value] for value in values) if self.is_list else values
