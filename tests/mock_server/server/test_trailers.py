"""Trailers of a chunked body are read, bounded and ignored, in whatever pieces they come."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Callable

import pytest

from seedance_mock.server.protocol import MAX_HEAD

from .raw_connection import CREATE, HOST, SEGMENTATIONS, RawConnection, answers, outcomes

segmented = pytest.mark.parametrize("segmented", SEGMENTATIONS.values(), ids=SEGMENTATIONS)

GET = f"GET /v1/models HTTP/1.1\r\n{HOST}\r\n".encode()
POST = (
    f"POST {CREATE} HTTP/1.1\r\n{HOST}Authorization: Bearer sk-a\r\nContent-Length: 2\r\n\r\n{{}}"
).encode()


def chunked(trailers: str, headers: str = "", body: bytes = b"{}") -> bytes:
    head = f"POST {CREATE} HTTP/1.1\r\n{HOST}{headers}Transfer-Encoding: chunked\r\n\r\n"
    chunk = b"%x\r\n%b\r\n" % (len(body), body)
    return head.encode() + chunk + b"0\r\n" + f"{trailers}\r\n".encode()


Segment = Callable[[bytes], list[bytes]]


@segmented
@pytest.mark.parametrize(
    "trailer",
    [
        "Authorization: Bearer sk-a",
        "Connection: close",
        "Content-Length: 7",
        "Transfer-Encoding: gzip",
        "Transfer-Encoding: chunked",
        "Host: elsewhere",
        "Expect: 100-continue",
        "Content-Encoding: gzip",
        "Upgrade: h2c\r\nConnection: Upgrade",
        "A: " + "b" * 1000,
    ],
    ids=lambda trailer: trailer[:20],
)
def test_a_trailer_changes_nothing(trailer: str, segmented: Segment) -> None:
    raw = chunked(f"{trailer}\r\n") + GET + POST + GET

    received, end = answers(segmented(raw))

    expected = [(401, "invalid_api_key"), (200, ""), (400, "invalid_request_error"), (200, "")]
    assert outcomes(received) == expected
    assert end == ""


@segmented
def test_a_connection_closes_as_its_head_says(segmented: Segment) -> None:
    raw = chunked("Connection: keep-alive\r\n", "Connection: close\r\n") + GET

    received, end = answers(segmented(raw))

    assert outcomes(received) == [(401, "invalid_api_key")]
    assert end in ("close", "eof")


@segmented
def test_the_next_head_is_read_strictly(segmented: Segment) -> None:
    smuggled = f"POST /v1/x HTTP/1.1\r\n{HOST}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n"
    raw = chunked("A: b\r\n") + smuggled.encode() + b"\r\n0\r\n\r\n"

    received, end = answers(segmented(raw))

    assert outcomes(received) == [(401, "invalid_api_key"), (400, "invalid_request_error")]
    assert end == "eof"


KEY = "Authorization: Bearer sk-a\r\n"


@segmented
def test_trailers_are_as_large_as_a_head_at_most(segmented: Segment) -> None:
    raw = chunked("A: b\r\n" * (MAX_HEAD // 2 + 1), KEY)

    received, end = answers(segmented(raw))

    assert outcomes(received) == [(400, "invalid_request_error")]
    assert b"trailers" in received
    assert end == "eof"


@pytest.mark.parametrize(
    "begun",
    [chunked("", KEY)[:-2] + b"A: ", chunked("", KEY)[:-5] + b"0;"],
    ids=["trailer", "chunk-extension"],
)
def test_a_line_without_an_end_is_bounded(begun: bytes) -> None:
    received, end = answers([begun, *[b"b" * 1024] * (MAX_HEAD // 1024 + 1)])

    assert outcomes(received) == [(400, "invalid_request_error")]
    assert end == "eof"


def test_many_small_chunks_are_no_trailers() -> None:
    received, end = answers([chunked("", KEY)[:-5], *[b"1\r\n \r\n"] * (MAX_HEAD // 4)])

    assert (received, end) == (b"", "")


def test_trailers_take_no_memory() -> None:
    async def send() -> tuple[int, str]:
        connection = RawConnection()
        await connection.send([chunked("", KEY)[:-2]])
        tracemalloc.start()
        await connection.send([b"A: " + b"b" * 1000 + b"\r\n"] * 10_000)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        end = connection.transport.end
        connection.lose()
        return peak, end

    peak, end = asyncio.run(send())

    assert peak < 1_000_000
    assert end == "eof"
