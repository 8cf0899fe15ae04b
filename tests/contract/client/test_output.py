"""The output of a client is limited, timed, searched and redacted."""

from __future__ import annotations

import io
from collections.abc import Iterator
from itertools import count

import pytest

from seedance_contract.client import output
from seedance_contract.client.output import MAX_KEPT, OutputReader
from seedance_contract.client.record import OutputChunk
from seedance_contract.client.redaction import Secret

KEY = "sk-mock-ok--kit-1"


def read_streams(*streams: bytes, times: Iterator[int] | None = None) -> OutputReader:
    """Return a reader of several streams, as if of several processes.

    The first read happens at 0 s, and each further one a second later.
    """
    clock = times or count()
    reader = OutputReader("stdout", Secret(KEY), lambda: float(next(clock)))
    for stream in streams:
        reader.follow(io.BytesIO(stream))
        reader.join(5)
    return reader


def test_second_stream_continues_the_first() -> None:
    reader = read_streams(b"one\n", b"two\n")

    assert reader.text() == "one\ntwo\n"
    assert reader.chunks(100) == [
        OutputChunk(0.0, "stdout", "one\n"),
        OutputChunk(1.0, "stdout", "two\n"),
    ]


def test_only_the_end_is_kept() -> None:
    text = read_streams(b"x" * (3 * MAX_KEPT) + b"end").text()

    assert text.endswith("xend")
    assert len(text) <= MAX_KEPT


def test_a_line_has_the_time_of_its_first_byte(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "CHUNK", 4)

    reader = read_streams(b"a\nb\nlonger\nend")

    assert reader.chunks(100) == [
        OutputChunk(0.0, "stdout", "a\nb\n"),
        OutputChunk(1.0, "stdout", "longer\n"),
        OutputChunk(2.0, "stdout", "end"),
    ]


def test_times_are_right_after_a_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "CHUNK", 2)
    monkeypatch.setattr(output, "MAX_KEPT", 60)

    chunks = read_streams(b"x\n" * 100).chunks(8)

    assert chunks == [OutputChunk(float(number), "stdout", "x\n") for number in range(96, 100)]


@pytest.mark.parametrize(("length", "expected"), [(3, ["wo\n"]), (6, ["e\n", "two\n"]), (0, [])])
def test_chunks_are_limited(length: int, expected: list[str]) -> None:
    chunks = read_streams(b"one\n", b"two\n").chunks(length)

    assert [chunk.text for chunk in chunks] == expected


@pytest.mark.parametrize("offset", range(4))
def test_key_is_found_across_chunks(offset: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "CHUNK", 4)

    reader = read_streams(b"x" * offset + KEY.encode())

    assert reader.leaked
    assert reader.text() == "x" * offset + "key#1"
    assert reader.chunks(100) == [OutputChunk(0.0, "stdout", "x" * offset + "key#1")]


def test_cut_key_is_removed() -> None:
    reader = read_streams(KEY.encode() + b"y" * (MAX_KEPT - 5))

    assert set(reader.text()) == {"y"}
    assert set(reader.chunks(MAX_KEPT)[0].text) == {"y"}


def test_ordinary_output_is_no_leak() -> None:
    assert not read_streams(b"hello " * 100_000).leaked
