"""Files in memory: parts, entity tags and dates."""

from __future__ import annotations

import email
from typing import Any

import pytest
from starlette.datastructures import Headers

from seedance_mock.web.endpoints.byte_ranges import file_response, requested_spans

CONTENT = b"0123456789"


def respond(**headers: str) -> Any:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return file_response(CONTENT, "video/mp4", '"tag"', 1_800_000_000.0, Headers(names))


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
    assert (response.status_code, message.get_content_type()) == (206, "multipart/byteranges")
    assert [part["Content-Range"] for part in parts] == ["bytes 0-1/10", "bytes 5-6/10"]
    assert [part.get_payload() for part in parts] == ["01", "56"]
    assert {part.get_content_type() for part in parts} == {"video/mp4"}
    assert response.headers["content-length"] == str(len(response.body))


@pytest.mark.parametrize(
    ("validator", "status"),
    [
        ('"tag"', 206),
        ("Fri, 15 Jan 2027 08:00:00 GMT", 206),
        ('W/"tag"', 200),
        ("Fri, 15 Jan 2027 07:59:59 GMT", 200),
    ],
)
def test_a_range_depends_on_a_strong_validator(validator: str, status: int) -> None:
    assert respond(range="bytes=0-1", if_range=validator).status_code == status


def test_an_older_copy_is_modified() -> None:
    response = respond(if_modified_since="Fri, 15 Jan 2027 07:59:59 GMT")

    assert (response.status_code, response.body) == (200, CONTENT)
