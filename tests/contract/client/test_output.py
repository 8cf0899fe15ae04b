"""Output is bounded, searched and redacted."""

from __future__ import annotations

import io

import pytest

from seedance_contract.client import output
from seedance_contract.client.output import KEPT, Printed
from seedance_contract.client.redaction import Secret

KEY = "sk-mock-ok--kit-1"


def printed(*parts: bytes) -> Printed:
    """Return what is known of output that came in such parts, as if of several processes."""
    known = Printed(Secret(KEY))
    for part in parts:
        known.follow(io.BytesIO(part))
        known.ended(5)
    return known


def test_the_end_is_kept() -> None:
    assert printed(b"one\n", b"two\n").text() == "one\ntwo\n"


def test_much_output_is_bounded() -> None:
    text = printed(b"x" * (3 * KEPT) + b"end").text()

    assert text.endswith("xend")
    assert len(text) <= KEPT


@pytest.mark.parametrize("before", range(4))
def test_a_key_is_found_across_chunks(before: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "CHUNK", 4)

    known = printed(b"x" * before + KEY.encode())

    assert known.leaked
    assert known.text() == "x" * before + "key#1"


def test_the_rest_of_a_key_at_the_cut_is_not_told() -> None:
    text = printed(KEY.encode() + b"y" * (KEPT - 5)).text()

    assert set(text) == {"y"}


def test_ordinary_output_leaks_nothing() -> None:
    assert not printed(b"hello " * 100_000).leaked
