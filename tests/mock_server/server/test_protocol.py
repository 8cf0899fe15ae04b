"""HTTP/1.1 on a real socket: pieces, pipelining, closing, and idle connections."""

from __future__ import annotations

import asyncio
import json
import re
import socket
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from uvicorn.server import ServerState

from seedance_mock.domain.clock import ManualClock
from seedance_mock.server import closing
from seedance_mock.server import protocol as protocol_module
from seedance_mock.server.protocol import HttpProtocol
from seedance_mock.server.run import uvicorn_config
from seedance_mock.settings import Settings
from seedance_mock.testing.in_process import InProcess
from seedance_mock.testing.live import live_server
from seedance_mock.web.app import create_app

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
TASK = "ldtask_" + "0" * 32

Send = Callable[..., bytes]


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Give the port of a server whose clock stands still."""
    settings = Settings(max_body=100_000)
    with InProcess(settings, clock=ManualClock()) as mock, live_server(mock=mock) as server:
        yield int(server.url.rpartition(":")[2])


@pytest.fixture
def send(port: int) -> Send:
    """Give a function that sends bytes on a new connection and returns complete responses."""

    def send_parts(*parts: bytes, responses: int = 1) -> bytes:
        with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for part in parts:
                connection.sendall(part)
            received = b""
            while len(complete_bodies(received)) < responses:
                piece = connection.recv(65_536)
                assert piece, received
                received += piece
            return received

    return send_parts


def complete_bodies(received: bytes) -> list[bytes]:
    """Return the bodies of the complete responses."""
    bodies = []
    while match := re.search(rb"content-length: (\d+)\r\n(?:.*\r\n)*?\r\n", received):
        end = match.end() + int(match[1])
        if len(received) < end:
            break
        bodies.append(received[match.end() : end])
        received = received[end:]
    return bodies


def request(path: str, body: object = None, **headers: str) -> bytes:
    raw = b"" if body is None else json.dumps(body).encode()
    length = {} if body is None else {"Content-Length": str(len(raw))}
    fields = {"Host": "localhost", "Authorization": "Bearer sk-a", **length, **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
    return f"{'POST' if raw else 'GET'} {path} HTTP/1.1\r\n{lines}\r\n".encode() + raw


def test_pipelined_requests_are_answered_in_order(send: Send) -> None:
    paths = ["/v1/models", "/%761/models/seedance-2.0", "/v1/pricing", f"/v1/tasks/{TASK}"]

    received = send(b"".join(map(request, paths)), responses=4)

    first_members = [next(iter(json.loads(body))) for body in complete_bodies(received)]
    assert first_members == ["object", "id", "object", "error"]


@pytest.mark.parametrize("split", [20, -60, -1])
def test_a_request_in_two_pieces_is_answered(split: int, send: Send) -> None:
    raw = request(CREATE, BODY)

    assert send(raw[:split], raw[split:]).startswith(b"HTTP/1.1 200 OK\r\n")


def test_a_100_continue_is_sent(send: Send) -> None:
    head, separator, body = request(CREATE, BODY, Expect="100-continue").partition(b"\r\n\r\n")

    response = send(head + separator, body)

    assert response.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n")


@pytest.mark.parametrize(
    ("raw", "status", "is_announced"),
    [
        (request("/v1/models", Connection="close"), b"HTTP/1.1 200", True),
        # Closing is the default of HTTP/1.0; old versions of uvicorn do not announce it.
        (request("/v1/models").replace(b"HTTP/1.1", b"HTTP/1.0"), b"HTTP/1.1 200", False),
        (request(CREATE, {**BODY, "prompt": "x" * 100_000}), b"HTTP/1.1 413", True),
    ],
    ids=["connection-close", "http-1.0", "refused-unread"],
)
def test_a_connection_is_closed_after_the_response(
    raw: bytes, status: bytes, is_announced: bool, port: int
) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(raw)
        response = b"".join(iter(lambda: connection.recv(65_536), b""))

    assert response.startswith(status)
    assert b"connection: close" in response.lower() or not is_announced


KEEP_ALIVE = 5
"""How long an idle connection is kept, in seconds."""


class SkippingLoop(asyncio.SelectorEventLoop):
    """An event loop whose time stands still, and skips what everything waits for.

    On a busy machine a short sleep in real time lasts longer than a short timeout.
    """

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        selector: Any = self._selector  # type: ignore[attr-defined] # no document has it
        select = selector.select

        def skip(timeout: float | None) -> object:
            self._now += timeout or 0.0
            return select(0)

        selector.select = skip

    def time(self) -> float:
        return self._now


Run = Callable[[Coroutine[Any, Any, Any]], Any]


@pytest.fixture
def run_at_once(monkeypatch: pytest.MonkeyPatch) -> Iterator[Run]:
    """Give a function that returns the result of a coroutine without waiting in real time."""
    for module in (closing, protocol_module):
        monkeypatch.setattr(module, "monotonic", lambda: asyncio.get_running_loop().time())
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        yield runner.run


class ClosableTransport(asyncio.Transport):
    """A transport whose `closed` gives the time when it is closed."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)})
        self.closed = asyncio.get_running_loop().create_future()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Discard the data."""

    def close(self) -> None:
        if not self.closed.done():
            self.closed.set_result(asyncio.get_running_loop().time())

    def is_closing(self) -> bool:
        return self.closed.done()


def connected() -> tuple[HttpProtocol, ClosableTransport]:
    config = uvicorn_config(create_app())
    config.load()
    protocol, transport = HttpProtocol(config, ServerState(), {}), ClosableTransport()
    protocol.timeout_keep_alive = KEEP_ALIVE
    protocol.connection_made(transport)
    return protocol, transport


def test_an_idle_connection_is_closed(run_at_once: Run) -> None:
    async def idle() -> float:
        protocol, transport = connected()
        protocol.data_received(request("/v1/models"))
        await asyncio.sleep(KEEP_ALIVE / 2)
        again = asyncio.get_running_loop().time()
        protocol.data_received(request("/v1/models"))
        closed: float = await transport.closed
        protocol.connection_lost(None)
        return closed - again

    assert run_at_once(idle()) == KEEP_ALIVE


@pytest.mark.parametrize(
    "begun", [request("/v1/models")[:20], request(CREATE, BODY)[:-1]], ids=["head", "body"]
)
def test_a_receiving_connection_is_not_idle(begun: bytes, run_at_once: Run) -> None:
    async def coming() -> bool:
        protocol, transport = connected()
        protocol.data_received(request("/v1/models"))
        protocol.data_received(begun)
        await asyncio.sleep(2 * KEEP_ALIVE)
        ended = transport.closed.done()
        protocol.connection_lost(None)
        await asyncio.sleep(0)
        return ended

    assert not run_at_once(coming())


def test_a_lost_connection_has_no_idle_timer(run_at_once: Run) -> None:
    async def lost() -> bool:
        protocol, transport = connected()
        protocol.data_received(request("/v1/models"))
        protocol.connection_lost(ConnectionResetError())
        await asyncio.sleep(2 * KEEP_ALIVE)
        return transport.closed.done()

    assert not run_at_once(lost())
