"""One attempt of a callback, against receivers on real sockets."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import ssl
from collections.abc import Awaitable, Callable
from contextlib import suppress

import pytest

from seedance_mock.service.callbacks.sender import CallbackSender

pytestmark = pytest.mark.anyio

Receiver = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


async def answer_to(receive: Receiver, sender: CallbackSender) -> tuple[int | None, str | None]:
    """Send a callback to a receiver on a free port."""
    closed = asyncio.Event()

    async def receive_and_close(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await receive(reader, writer)
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()
        closed.set()

    server = await asyncio.start_server(receive_and_close, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        answer = await sender.send(f"http://127.0.0.1:{port}/hook?a=1", b"{}")
        # On a busy machine the time may end before there is a connection.
        async with asyncio.timeout(10):
            await closed.wait()
    return answer


def responding(*parts: bytes) -> Receiver:
    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        for part in parts:
            writer.write(part)
            await writer.drain()

    return receive


async def test_the_final_status_counts() -> None:
    receive = responding(b"HTTP/1.1 103 Early Hints\r\n\r\n", b"HTTP/1.1 204 No Content\r\n\r\n")

    assert await answer_to(receive, CallbackSender("loopback")) == (204, None)


@pytest.mark.parametrize("response", [b"", b"HTTP/1.1 2", b"HTTP/1.1 100 Continue\r\n\r\n"])
async def test_an_early_end_of_the_connection_is_a_problem(response: bytes) -> None:
    answer = await answer_to(responding(response), CallbackSender("loopback"))

    assert answer == (None, "the connection was closed without a response")


@pytest.mark.parametrize(
    ("url", "target", "host"),
    [
        ("http://127.0.0.1:{port}/é?q=ü%20", "/%C3%A9?q=%C3%BC%20", "127.0.0.1:{port}"),
        ("http://127.0.0.1:{port}?q=\u2028", "/?q=%E2%80%A8", "127.0.0.1:{port}"),
        ("http://\uff11\uff12\uff17.0.0.1:{port}/a", "/a", "127.0.0.1:{port}"),
        ("http://me:secret@127.0.0.1:{port}/<a>", "/<a>", "127.0.0.1:{port}"),
    ],
)
async def test_a_url_is_sent_in_ascii(url: str, target: str, host: str) -> None:
    heads: list[bytes] = []

    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(receive, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        outcome = await CallbackSender("loopback").send(url.format(port=port), b"{}")

    assert outcome == (204, None)
    lines = heads[0].decode().split("\r\n")
    assert lines[:2] == [f"POST {target} HTTP/1.1", f"Host: {host.format(port=port)}"]


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:99999/", f"http://{'a' * 64}.localhost/", "http://a..localhost/"],
    ids=["port", "long-label", "empty-label"],
)
async def test_an_invalid_host_or_port_is_a_problem(url: str) -> None:
    outcome = await CallbackSender("loopback").send(url, b"{}")

    assert outcome == (None, "the host or the port of the URL is not valid")


async def test_port_0_is_not_the_default_port(monkeypatch: pytest.MonkeyPatch) -> None:
    ports: list[int] = []

    async def fail(address: str, port: int, **_: object) -> None:
        ports.append(port)
        raise ConnectionRefusedError(errno.ECONNREFUSED, "refused")

    monkeypatch.setattr(asyncio, "open_connection", fail)

    await CallbackSender("loopback").send("http://127.0.0.1:0/hook", b"{}")

    assert ports == [0]


@pytest.mark.parametrize(
    "response", [b"no HTTP\r\n\r\n", b"HTTP/1.1 200 OK\r\nX: " + b"x" * 99_999]
)
async def test_what_is_not_http_is_a_problem(response: bytes) -> None:
    answer = await answer_to(responding(response), CallbackSender("loopback"))

    assert answer == (None, "the response is not HTTP")


async def test_a_receiver_has_a_limited_time() -> None:
    async def receive(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    answer = await answer_to(receive, CallbackSender("loopback", timeout=0.3))

    assert answer == (None, "no response within 0.3 s")


async def test_a_named_host_is_allowed() -> None:
    receive = responding(b"HTTP/1.1 200 OK\r\n\r\n")

    answer = await answer_to(receive, CallbackSender("any", hosts=["127.0.0.1"]))

    assert answer == (200, None)


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (
            ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('10.0.0.1', 80)"),
            f"no connection: {os.strerror(errno.ECONNREFUSED)}",
        ),
        (ConnectionResetError("Connection lost"), "no connection: ConnectionResetError"),
        (
            socket.gaierror(socket.EAI_NONAME, "secret.example is unknown"),
            "the name of the host cannot be resolved",
        ),
        (
            ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] secret.example"),
            "no TLS connection: SSLError",
        ),
    ],
)
async def test_a_broken_connection_is_described_without_its_address(
    error: OSError, problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(asyncio, "open_connection", fail)

    outcome = await CallbackSender("loopback").send("http://127.0.0.1:9/hook", b"{}")

    assert outcome == (None, problem)
