"""Files in memory: parts, entity tags and dates."""

from __future__ import annotations

import asyncio
import email
import tracemalloc
from collections.abc import Mapping
from typing import NamedTuple

import pytest
from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import Message

from seedance_fixtures.segmented_file import SegmentedFile
from seedance_mock.web.endpoints.byte_ranges import (
    BLOCK_SIZE,
    file_response,
    requested_spans,
    whole_file_response,
)

CONTENT = b"0123456789"
FILE = SegmentedFile((b"01234", b"56789"))
ETAG = f'"{FILE.checksum:08x}"'


class Sent(NamedTuple):
    """What a response has sent: its status, its headers, and the blocks of its body."""

    status: int
    headers: Mapping[str, str]
    blocks: list[bytes]

    @property
    def body(self) -> bytes:
        return b"".join(self.blocks)


def sent(response: Response, method: str = "GET") -> Sent:
    """Return what a response sends."""
    messages: list[Message] = []

    async def collect(message: Message) -> None:
        messages.append(message)

    async def run() -> None:
        await response({"type": "http", "method": method}, None, collect)  # type: ignore[arg-type] # a response receives nothing

    asyncio.run(run())
    head, *parts = messages
    assert [part.get("more_body", False) for part in parts] == [True] * (len(parts) - 1) + [False]
    headers = Headers(raw=head["headers"])
    return Sent(head["status"], headers, [part["body"] for part in parts if part["body"]])


def respond(**headers: str) -> Sent:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return sent(file_response(FILE, "video/mp4", 1_800_000_000.0, Headers(names)))


@pytest.mark.parametrize(
    ("header", "spans"),
    [
        ("bytes=0-1,3-4", [(0, 2), (3, 5)]),
        ("bytes=3-4,0-1", [(0, 2), (3, 5)]),
        ("bytes=0-1,2-3", [(0, 4)]),
        ("bytes=0-8,1-2", [(0, 9)]),
        ("bytes=0-1,10-", [(0, 2)]),
        ("bytes=10-,-0", []),
        ("bytes=-3,0-0", [(0, 1), (7, 10)]),
        ("bytes=" + ",".join(["0-0"] * 100), [(0, 1)]),
        ("bytes=" + ",".join(["0-0"] * 101), None),
        ("", None),
    ],
)
def test_spans_are_in_order_and_apart(header: str, spans: list[tuple[int, int]] | None) -> None:
    assert requested_spans(header, len(CONTENT)) == spans


def test_several_ranges_are_a_multipart_response() -> None:
    response = respond(range="bytes=0-1,5-6")

    head = f"Content-Type: {response.headers['content-type']}\r\n\r\n"
    message = email.message_from_bytes(head.encode() + response.body)
    parts = [part for part in message.walk() if not part.is_multipart()]
    assert (response.status, message.get_content_type()) == (206, "multipart/byteranges")
    assert [part["Content-Range"] for part in parts] == ["bytes 0-1/10", "bytes 5-6/10"]
    assert [part.get_payload() for part in parts] == ["01", "56"]
    assert {part.get_content_type() for part in parts} == {"video/mp4"}
    assert response.headers["content-length"] == str(len(response.body))


@pytest.mark.parametrize(
    ("validator", "status"),
    [
        (ETAG, 206),
        ("Fri, 15 Jan 2027 08:00:00 GMT", 206),
        (f"W/{ETAG}", 200),
        ("Fri, 15 Jan 2027 07:59:59 GMT", 200),
    ],
)
def test_a_range_depends_on_a_strong_validator(validator: str, status: int) -> None:
    assert respond(range="bytes=0-1", if_range=validator).status == status


def test_an_older_copy_is_modified() -> None:
    response = respond(if_modified_since="Fri, 15 Jan 2027 07:59:59 GMT")

    assert (response.status, response.body) == (200, CONTENT)


@pytest.fixture
def large() -> SegmentedFile:
    """Give a file of several blocks, whose parts are no multiples of a block."""
    return SegmentedFile((bytes(1000), memoryview(bytes(BLOCK_SIZE * 20)), b"end"))


def test_a_file_is_sent_in_blocks(large: SegmentedFile) -> None:
    response = sent(file_response(large, "video/mp4", 0.0, Headers()))

    assert {len(block) for block in response.blocks[:-1]} == {BLOCK_SIZE}
    assert len(response.body) == large.size == int(response.headers["content-length"])


@pytest.mark.parametrize("ranges", ["", "bytes=1-", "bytes=1-2,5-"])
def test_no_response_holds_a_whole_file(ranges: str, large: SegmentedFile) -> None:
    async def discard(message: Message) -> None:
        pass

    async def run() -> None:
        headers = Headers({"range": ranges})
        response = file_response(large, "video/mp4", 0.0, headers)
        await response({"type": "http", "method": "GET"}, None, discard)  # type: ignore[arg-type] # a response receives nothing

    asyncio.run(run())  # What is imported once does not count.
    tracemalloc.start()
    asyncio.run(run())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < 4 * BLOCK_SIZE < large.size


def test_other_requests_run_between_two_blocks(large: SegmentedFile) -> None:
    order: list[str] = []

    async def send(message: Message) -> None:
        if message.get("body"):
            order.append("block")

    async def other_request() -> None:
        for _ in range(3):
            order.append("poll")
            await asyncio.sleep(0)

    async def run() -> None:
        response = file_response(large, "video/mp4", 0.0, Headers())
        download = response({"type": "http", "method": "GET"}, None, send)  # type: ignore[arg-type] # a response receives nothing
        await asyncio.gather(download, other_request())

    asyncio.run(run())

    assert order[:6] == ["block", "poll"] * 3


def test_head_makes_no_block(large: SegmentedFile) -> None:
    response = sent(file_response(large, "video/mp4", 0.0, Headers()), "HEAD")

    assert (response.blocks, response.headers["content-length"]) == ([], str(large.size))


def test_a_whole_file_invites_to_no_ranges() -> None:
    response = sent(whole_file_response(FILE, "video/mp4"))

    assert response.body == CONTENT
    assert set(response.headers) == {"content-length", "content-type"}
