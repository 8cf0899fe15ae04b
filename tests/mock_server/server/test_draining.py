"""After an early response the rest of the request is discarded, up to a bound."""

from __future__ import annotations

import asyncio
import time

import pytest

from .raw_connection import CREATE, HOST, RawConnection, outcomes

BODY_SIZE = 1_000_000


def head(connection: str = "keep-alive") -> bytes:
    headers = f"{HOST}Connection: {connection}\r\nContent-Length: {BODY_SIZE}\r\n"
    return f"POST {CREATE} HTTP/1.1\r\n{headers}\r\n".encode()


PIECES = [bytes(10_000)] * (BODY_SIZE // 10_000)
GET = f"GET /v1/models HTTP/1.1\r\n{HOST}\r\n".encode()


def test_a_connection_goes_on_after_the_rest_of_the_body() -> None:
    async def send() -> list[tuple[int, str]]:
        # What was discarded of one request does not count for the next.
        connection = RawConnection(drain_bytes=BODY_SIZE)
        await connection.send([head(), *PIECES, head(), *PIECES, GET])
        connection.lose()
        return outcomes(connection.transport.written)

    refused = (401, "invalid_api_key")
    assert asyncio.run(send()) == [refused, refused, (200, "")]


def test_an_idle_connection_is_closed_after_the_rest_of_the_body() -> None:
    async def send() -> str:
        connection = RawConnection(timeout_keep_alive=0.02)
        await connection.send([head(), *PIECES])
        await connection.transport.ended.wait()
        connection.lose()
        return connection.transport.end

    assert asyncio.run(send()) == "close"


@pytest.mark.parametrize(("connection", "end"), [("keep-alive", ""), ("close", "eof")])
def test_it_is_discarded_up_to_a_number_of_bytes(connection: str, end: str) -> None:
    async def send() -> tuple[str, str]:
        raw = RawConnection(drain_bytes=500_000)
        await raw.send([head(connection), *PIECES[:50]])
        before = raw.transport.end
        await raw.send(PIECES[50:51])
        raw.lose()
        return before, raw.transport.end

    assert asyncio.run(send()) == (end, "abort")


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
def test_it_is_discarded_for_a_time(connection: str) -> None:
    async def send() -> str:
        raw = RawConnection(drain_seconds=0.01)
        await raw.send([head(connection), *PIECES[:1]])
        while raw.transport.end in ("", "eof"):
            await asyncio.sleep(0)
        raw.lose()
        return raw.transport.end

    assert asyncio.run(send()) == "abort"


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
def test_a_shutdown_does_not_wait_for_it(connection: str) -> None:
    async def send() -> list[bool]:
        raw = RawConnection()
        await raw.send([head(connection), *PIECES[:1]])
        raw.protocol.shutdown()
        ended = raw.transport.is_closing()
        raw.lose()
        return [ended]

    assert asyncio.run(send()) == [True]


def test_a_pipelined_request_is_received_after_the_last_response() -> None:
    async def send() -> tuple[list[tuple[int, str]], str]:
        raw = RawConnection()
        last = GET.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
        slow = GET.replace(
            b"\r\n\r\n", b"\r\nAuthorization: Bearer sk-mock-models-delayx0.delay-0s\r\n\r\n"
        )
        await raw.send([slow + head() + PIECES[0]])
        first = outcomes(raw.transport.written)
        await raw.send([*PIECES[1:], last])
        raw.lose()
        return first + outcomes(raw.transport.written)[2:], raw.transport.end

    assert asyncio.run(send()) == ([(200, ""), (401, "invalid_api_key"), (200, "")], "close")


HEAD_TIMEOUT = 0.03


@pytest.mark.parametrize(
    "begun", [b"", b"\r\n", b"GET /v1/mod", GET[:-2], GET + b"GET /"], ids=repr
)
@pytest.mark.parametrize("keep_alive", [0.01, 75])
def test_a_connection_that_finishes_no_head_is_closed(begun: bytes, keep_alive: float) -> None:
    async def send() -> tuple[str, float]:
        began = time.monotonic()
        raw = RawConnection(head_timeout=HEAD_TIMEOUT, timeout_keep_alive=keep_alive)
        await raw.send([begun])
        await raw.transport.ended.wait()
        raw.lose()
        return raw.transport.end, time.monotonic() - began

    end, seconds = asyncio.run(send())

    assert end == "close"
    assert seconds >= HEAD_TIMEOUT


def test_a_slow_response_is_not_cut_by_a_head_without_an_end() -> None:
    async def send() -> tuple[list[tuple[int, str]], str]:
        raw = RawConnection(head_timeout=0.01, timeout_keep_alive=75)
        hanging = GET.replace(b"\r\n\r\n", b"\r\nAuthorization: Bearer sk-mock-models-hang\r\n\r\n")
        await raw.send([hanging + b"GET /"])
        await asyncio.sleep(0.03)
        end = raw.transport.end
        raw.lose()
        await raw.settle()
        return outcomes(raw.transport.written), end

    assert asyncio.run(send()) == ([], "")
