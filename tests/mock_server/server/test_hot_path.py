"""What a request costs, in calls of functions: the same on every machine, unlike time.

Bytes go into the protocol as they come from a socket, and the answer comes out at the next turn of
the loop; until then no loop runs, as an ordinary request needs none. A bound is a little above what
is needed. Where one is exceeded something costs every request of its kind: find it with
`make bench ARGS=--profile`, and raise the bound only if it is worth it.
"""

from __future__ import annotations

import asyncio
import gc
import json
import sys
from collections.abc import Iterator
from types import FrameType

import pytest
from uvicorn.server import ServerState

from seedance_mock.server.protocol import HttpProtocol
from seedance_mock.server.run import uvicorn_config
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

CREATE = "/v1/videos/generations"
ACCEPTED = {"model": "seedance-2.0", "prompt": "A paper boat", "resolution": "720p"}
REFUSED = {"model": "seedance-2.0-fast", "prompt": "A paper boat", "resolution": "4k"}


class Wires(asyncio.Transport):
    """Keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 50_000), "sockname": ("127.0.0.1", 8000)})
        self.written = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return False


class Caller:
    """Sends requests on one connection, and counts the calls that each is worth."""

    def __init__(self, runner: asyncio.Runner, protocol: HttpProtocol, wires: Wires) -> None:
        self.runner = runner
        self.protocol = protocol
        self.wires = wires

    def send(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """Send one request, and return the status and the body of its answer."""
        self.protocol.data_received(request(method, path, body))
        return self.answer()

    def answer(self) -> tuple[int, bytes]:
        """Return the status and the body of the answer that goes out when the loop turns."""
        self.runner.run(asyncio.sleep(0))
        start, _, answer = self.wires.written.partition(b"\r\n\r\n")
        self.wires.written = b""
        return int(start.split()[1]), answer

    def calls(self, method: str, path: str, body: object = None) -> int:
        """Return how many functions are called for a request that is not the first of its kind."""
        count = 0

        def counted(frame: FrameType, event: str, argument: object) -> None:
            nonlocal count
            count += event in ("call", "c_call")

        for _ in range(2):
            self.send(method, path, body)
        raw = request(method, path, body)
        before = sys.getprofile()
        sys.setprofile(counted)
        self.protocol.data_received(raw)
        sys.setprofile(before)
        self.answer()
        return count


def request(method: str, path: str, body: object) -> bytes:
    """Return a request as it comes from a socket."""
    raw = b"" if body is None else json.dumps(body).encode()
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:8000\r\n"
        "Authorization: Bearer sk-bench\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(raw)}\r\n\r\n"
    )
    return head.encode() + raw


@pytest.fixture
def caller(lifecycle: str) -> Iterator[Caller]:
    """Give a caller of a fresh server, on a loop that turns only for its answers."""
    with asyncio.Runner() as runner:
        yield Caller(runner, *runner.run(connected(lifecycle)))


async def connected(lifecycle: str) -> tuple[HttpProtocol, Wires]:
    config = uvicorn_config(create_app(Settings(lifecycle=lifecycle)))
    config.load()
    protocol, wires = HttpProtocol(config, ServerState(), {}), Wires()
    protocol.connection_made(wires)
    return protocol, wires


REQUESTS: dict[str, tuple[str, str, object]] = {
    "accepted": ("POST", CREATE, ACCEPTED),
    "refused": ("POST", CREATE, REFUSED),
    "pending": ("GET", "/v1/tasks/{task}", None),
    "completed": ("GET", "/v1/tasks/{task}", None),
    "models": ("GET", "/v1/models", None),
}


@pytest.mark.parametrize(
    ("name", "lifecycle", "status", "most"),
    [
        ("accepted", "instant", 200, 250),
        ("refused", "instant", 400, 252),
        ("pending", "manual", 200, 130),
        ("completed", "instant", 200, 134),
        ("models", "instant", 200, 100),
    ],
)
def test_a_request_costs_no_more_calls(name: str, status: int, most: int, caller: Caller) -> None:
    method, path, body = REQUESTS[name]
    task = json.loads(caller.send("POST", CREATE, ACCEPTED)[1])["id"]

    calls = caller.calls(method, path.format(task=task), body)

    assert caller.send(method, path.format(task=task), body)[0] == status
    assert calls <= most


@pytest.mark.parametrize("lifecycle", ["instant"])
@pytest.mark.parametrize("name", ["refused", "completed", "models"])
def test_a_request_leaves_no_circles(name: str, caller: Caller) -> None:
    method, path, body = REQUESTS[name]
    task = json.loads(caller.send("POST", CREATE, ACCEPTED)[1])["id"]
    caller.send(method, path.format(task=task), body)
    gc.collect()
    gc.disable()

    try:
        for _ in range(10):
            caller.send(method, path.format(task=task), body)
    finally:
        gc.enable()

    assert gc.collect() == 0
