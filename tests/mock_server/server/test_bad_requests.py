"""What is not HTTP is refused once, in its turn, and the connection is closed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from seedance_mock.web.app import create_app
from seedance_mock.web.faults import altered_responses

from .raw_connection import CREATE, HOST, SEGMENTATIONS, RawConnection, answers, outcomes

segmented = pytest.mark.parametrize("segmented", SEGMENTATIONS.values(), ids=SEGMENTATIONS)

Segment = Callable[[bytes], list[bytes]]

GET = f"GET /v1/models HTTP/1.1\r\n{HOST}\r\n".encode()
DELAYED = GET.replace(
    b"\r\n\r\n", b"\r\nAuthorization: Bearer sk-mock-models-delayx0.delay-0s\r\n\r\n"
)
GARBAGE = b"this is not HTTP\r\n\r\n"
BAD_CHUNK = (
    f"POST {CREATE} HTTP/1.1\r\n{HOST}Transfer-Encoding: chunked\r\n"
    "Authorization: Bearer sk-a\r\n\r\nnot a size\r\n"
).encode()
LONG_HEAD = b"GET /v1/models HTTP/1.1\r\n" + b"A: " + b"b" * 70_000 + b"\r\n\r\n"

OK, REFUSED = (200, ""), (400, "invalid_request_error")


@segmented
@pytest.mark.parametrize("bad", [GARBAGE, BAD_CHUNK, LONG_HEAD], ids=["text", "chunk", "head"])
@pytest.mark.parametrize("before", [0, 1, 3])
def test_a_refusal_waits_for_the_responses_before_it(
    before: int, bad: bytes, segmented: Segment
) -> None:
    received, end = answers(segmented(DELAYED * before + bad + GET))

    assert outcomes(received) == [OK] * before + [REFUSED]
    assert received.count(b"req_unread") == 2  # header and body
    assert end == "eof"


def test_a_refusal_waits_for_a_response_of_the_fast_path() -> None:
    received, _ = answers([GET + GARBAGE])

    assert outcomes(received) == [OK, REFUSED]


@segmented
def test_a_broken_body_after_its_response_is_not_answered_again(segmented: Segment) -> None:
    unauthorized = BAD_CHUNK.replace(b"Authorization: Bearer sk-a\r\n", b"")
    begun, broken = unauthorized[:-12], unauthorized[-12:]

    async def send() -> tuple[bytes, str]:
        connection = RawConnection()
        await connection.send([begun])
        await connection.send(segmented(broken))
        received, end = connection.transport.written, connection.transport.end
        connection.lose()
        return received, end

    received, end = asyncio.run(send())

    assert outcomes(received) == [(401, "invalid_api_key")]
    assert end == "eof"


@segmented
@pytest.mark.parametrize("before", [0, 1, 3])
def test_a_response_without_need_of_the_body_is_sent(before: int, segmented: Segment) -> None:
    unauthorized = BAD_CHUNK.replace(b"Authorization: Bearer sk-a\r\n", b"")

    received, end = answers(segmented(DELAYED * before + unauthorized + GET))

    assert outcomes(received) == [OK] * before + [(401, "invalid_api_key")]
    assert end == "eof"


def test_a_client_that_is_gone_is_not_refused() -> None:
    async def send() -> bytes:
        connection = RawConnection()
        connection.protocol.data_received(BAD_CHUNK)
        connection.lose()
        await connection.settle()
        return connection.transport.written

    assert asyncio.run(send()) == b""


@segmented
def test_a_broken_body_ends_a_response_that_has_begun(
    segmented: Segment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(altered_responses, "DRIP_SECONDS", 0)
    # A response that drips is under way when its request turns out to be broken.
    head = (
        BAD_CHUNK[:-12]
        .replace(b"POST " + CREATE.encode(), b"GET /v1/models")
        .replace(b"sk-a", b"sk-mock-models-dripx0")
    )

    async def send() -> tuple[bytes, str]:
        connection = RawConnection()
        connection.protocol.data_received(head)
        while not connection.transport.written:
            await asyncio.sleep(0)
        await connection.send(segmented(BAD_CHUNK[-12:]))
        received, end = connection.transport.written, connection.transport.end
        connection.lose()
        return received, end

    received, end = asyncio.run(send())

    assert outcomes(received) == [OK]
    assert end == "eof"


@segmented
@pytest.mark.parametrize(
    ("hosts", "version", "message"),
    [
        ("", "1.1", b"no Host header"),
        (HOST * 2, "1.1", b"more than one Host header"),
        (HOST * 2, "1.0", b"more than one Host header"),
    ],
)
@pytest.mark.parametrize("path", ["/v1/models", "/healthz", "/_mock/accounts", "/nothing"])
def test_a_request_names_one_host(
    hosts: str, version: str, message: bytes, path: str, segmented: Segment
) -> None:
    raw = f"GET {path} HTTP/{version}\r\n{hosts}Accept: */*\r\n\r\n".encode()

    received, end = answers(segmented(raw))

    assert outcomes(received) == [REFUSED]
    assert message in received
    assert end == "eof"


@segmented
@pytest.mark.parametrize("hosts", ["", HOST, "Host:\r\n"])
def test_an_old_client_needs_no_host(hosts: str, segmented: Segment) -> None:
    received, _ = answers(segmented(f"GET /v1/models HTTP/1.0\r\n{hosts}\r\n".encode()))

    assert outcomes(received) == [OK]


@segmented
@pytest.mark.parametrize("space", [" ", "\t", " \t  "])
def test_white_space_around_a_value_is_no_part_of_it(space: str, segmented: Segment) -> None:
    headers = "Authorization: Bearer sk-a", "Host: localhost:8000"
    lines = "".join(f"{line.replace(':', ':' + space, 1)}{space}\r\n" for line in headers)
    # httptools 0.6.4 refuses a tab around a length, but not a space.
    raw = f"POST {CREATE} HTTP/1.1\r\n{lines}Content-Length:  2 \r\n\r\n{{}}".encode()

    received, _ = answers(segmented(raw), create_app())

    assert outcomes(received) == [REFUSED]
    assert b"model is required" in received


def test_an_unknown_expectation_is_ignored() -> None:
    received, _ = answers([GET.replace(b"\r\n\r\n", b"\r\nExpect: the best\r\n\r\n")])

    assert outcomes(received) == [OK]


def test_white_space_after_expect_is_no_part_of_it() -> None:
    head = f"POST {CREATE} HTTP/1.1\r\n{HOST}Authorization: Bearer sk-a\r\n"
    raw = f"{head}Content-Length: 2\r\nExpect: 100-continue \r\n\r\n".encode()

    received, _ = answers([raw, b"{}"])

    assert received.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400 ")
