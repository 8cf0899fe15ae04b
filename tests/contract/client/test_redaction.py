"""A key is found and redacted in every encoding."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest

from seedance_contract.client.redaction import Secret

KEY = "sk-mock-create-reset+.retry-2s--kit-DUP-02-7f3a"
SECRET = Secret(KEY)

every_encoding = pytest.mark.parametrize(
    "data",
    [
        KEY.encode(),
        f"Bearer {KEY}\n".encode(),
        quote(KEY, safe="").encode(),
        *(base64.b64encode(b"x" * offset + KEY.encode() + b":") for offset in range(4)),
    ],
    ids=["plain", "header", "url", *(f"base64-{offset}" for offset in range(4))],
)


@every_encoding
def test_key_is_found_in_every_encoding(data: bytes) -> None:
    assert SECRET.appears_in(data)


@every_encoding
def test_key_is_redacted_in_every_encoding(data: bytes) -> None:
    redacted = SECRET.redact(data)

    assert not SECRET.appears_in(redacted)
    assert b"key#1" in redacted


@pytest.mark.parametrize("end", ["", "a", "ab"])
def test_key_of_any_length_is_found_in_base64(end: str) -> None:
    secret = Secret(KEY + end)

    assert secret.appears_in(base64.b64encode(f"user:{KEY}{end}".encode()))


def test_other_text_is_unchanged() -> None:
    assert SECRET.redacted_text(b"sk-mock-another", 100) == "sk-mock-another"


@pytest.mark.parametrize("key", ["sk-", "sk-a", "sk-ab", "sk-abc", "sk-abcd"])
def test_a_short_key_is_found_in_itself_only(key: str) -> None:
    secret = Secret(key)

    assert secret.redact(f"Bearer {key} from 127.0.0.1".encode()) == b"Bearer key#1 from 127.0.0.1"
    assert not secret.appears_in(b"Host: 127.0.0.1")


def test_text_is_limited_and_always_valid() -> None:
    data = b"\xff" + KEY.encode() + b"abc"

    assert SECRET.redacted_text(data, 7) == "\N{REPLACEMENT CHARACTER}key#1a"


def test_repr_has_no_key() -> None:
    assert repr(SECRET) == "Secret(key#1)"


def test_longest_encoding_is_known() -> None:
    assert SECRET.max_length == max(map(len, SECRET.encodings))
