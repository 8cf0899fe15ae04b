"""A key is found and hidden however it is spelled."""

from __future__ import annotations

import base64
from urllib.parse import quote

import pytest

from seedance_contract.client.redaction import Secret

KEY = "sk-mock-create-reset+.retry-2s--kit-DUP-02-7f3a"
SECRET = Secret(KEY)

spelled = pytest.mark.parametrize(
    "text",
    [
        KEY.encode(),
        f"Bearer {KEY}\n".encode(),
        quote(KEY, safe="").encode(),
        *(base64.b64encode(b"x" * before + KEY.encode() + b":") for before in range(4)),
    ],
    ids=["plain", "header", "url", *(f"base64-{before}" for before in range(4))],
)


@spelled
def test_every_spelling_is_found(text: bytes) -> None:
    assert SECRET.shown_in(text)


@spelled
def test_every_spelling_is_hidden(text: bytes) -> None:
    hidden = SECRET.hidden(text)

    assert not SECRET.shown_in(hidden)
    assert b"key#1" in hidden


@pytest.mark.parametrize("end", ["", "a", "ab"])
def test_no_length_of_a_key_escapes(end: str) -> None:
    secret = Secret(KEY + end)

    assert secret.shown_in(base64.b64encode(f"user:{KEY}{end}".encode()))


def test_other_text_stays() -> None:
    assert SECRET.hidden_text(b"sk-mock-another", 100) == "sk-mock-another"


def test_text_is_bounded_and_always_text() -> None:
    assert (
        SECRET.hidden_text(b"\xff" + KEY.encode() + b"abc", 7) == "\N{REPLACEMENT CHARACTER}key#1a"
    )


def test_a_secret_does_not_print_itself() -> None:
    assert repr(SECRET) == "Secret(key#1)"


def test_longest_spelling_is_known() -> None:
    assert SECRET.length == max(map(len, SECRET.spellings))
