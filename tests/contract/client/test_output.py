"""The output of a client is limited, searched and redacted."""

from __future__ import annotations

import io

import pytest

from seedance_contract.client import output
from seedance_contract.client.output import MAX_KEPT, OutputReader
from seedance_contract.client.redaction import Secret

KEY = "sk-mock-ok--kit-1"


def read_streams(*streams: bytes) -> OutputReader:
    """Return a reader of several streams, as if of several processes."""
    reader = OutputReader(Secret(KEY))
    for stream in streams:
        reader.follow(io.BytesIO(stream))
        reader.join(5)
    return reader


def test_second_stream_continues_the_first() -> None:
    assert read_streams(b"one\n", b"two\n").text() == "one\ntwo\n"


def test_only_the_end_is_kept() -> None:
    text = read_streams(b"x" * (3 * MAX_KEPT) + b"end").text()

    assert text.endswith("xend")
    assert len(text) <= MAX_KEPT


@pytest.mark.parametrize("offset", range(4))
def test_key_is_found_across_chunks(offset: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "CHUNK", 4)

    reader = read_streams(b"x" * offset + KEY.encode())

    assert reader.leaked
    assert reader.text() == "x" * offset + "key#1"


def test_cut_key_is_removed() -> None:
    text = read_streams(KEY.encode() + b"y" * (MAX_KEPT - 5)).text()

    assert set(text) == {"y"}


def test_ordinary_output_is_no_leak() -> None:
    assert not read_streams(b"hello " * 100_000).leaked
