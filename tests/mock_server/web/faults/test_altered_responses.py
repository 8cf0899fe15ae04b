"""How many messages a response takes that is sent in parts."""

from __future__ import annotations

import asyncio

import pytest
from starlette.types import Message

from seedance_mock.web.faults.altered_responses import (
    ALTERED_RESPONSES,
    MAX_CHUNKS,
    BufferedResponse,
    Channel,
)


def parts_of(body: bytes) -> list[bytes]:
    """Send a body with the fault `chunks`, and return its parts."""
    messages: list[Message] = []

    async def receive() -> Message:
        raise AssertionError("nobody disconnects")

    async def send(message: Message) -> None:
        messages.append(message)

    response = BufferedResponse(200, [(b"content-length", b"%d" % len(body))], body)
    asyncio.run(_run(response, Channel(None, receive, send)))
    assert messages[0]["headers"] == []
    assert messages[-1] == {"type": "http.response.body", "body": b"", "more_body": False}
    return [message["body"] for message in messages[1:-1]]


async def _run(response: BufferedResponse, channel: Channel) -> None:
    await ALTERED_RESPONSES["chunks"](response, channel)


@pytest.mark.parametrize("size", [0, 1, 700, MAX_CHUNKS])
def test_each_byte_is_a_chunk(size: int) -> None:
    assert parts_of(b"x" * size) == [b"x"] * size


@pytest.mark.parametrize("size", [MAX_CHUNKS + 1, 2_000_000])
def test_a_large_body_has_a_bounded_number_of_chunks(size: int) -> None:
    parts = parts_of(b"x" * size)

    assert len(parts) <= MAX_CHUNKS
    assert sum(map(len, parts)) == size
