"""What a request costs in function calls, which are the same on every machine, unlike time.

Bytes go into the protocol as they come from a socket, and the response comes out at the next turn
of the event loop. A bound is a little above what is needed. If one is exceeded, something has been
added to every request of its kind: find it with `make bench ARGS=--profile`, and raise the bound
only if it is worth it.
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


class Output(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 50_000), "sockname": ("127.0.0.1", 8000)})
        self.written = b""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return False


class Client:
    """Sends requests on one connection, and counts the function calls that each takes."""

    def __init__(self, runner: asyncio.Runner, protocol: HttpProtocol, output: Output) -> None:
        self.runner = runner
        self.protocol = protocol
        self.output = output

    def send(self, method: str, path: str, body: object = None) -> tuple[int, bytes]:
        """Send one request, and return the status and the body of its response."""
        self.protocol.data_received(request(method, path, body))
        return self.response()

    def response(self) -> tuple[int, bytes]:
        """Return the status and the body of the response, which is sent when the loop turns."""
        self.runner.run(asyncio.sleep(0))
        head, _, body = self.output.written.partition(b"\r\n\r\n")
        self.output.written = b""
        return int(head.split()[1]), body

    def calls(self, method: str, path: str, body: object = None) -> int:
        """Return the number of calls for a request that is not the first of its kind."""
        count = 0

        def count_call(frame: FrameType, event: str, argument: object) -> None:
            nonlocal count
            count += event in ("call", "c_call")

        for _ in range(2):
            self.send(method, path, body)
        raw = request(method, path, body)
        before = sys.getprofile()
        sys.setprofile(count_call)
        self.protocol.data_received(raw)
        sys.setprofile(before)
        self.response()
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
def client(lifecycle: str) -> Iterator[Client]:
    """Give a client of a fresh server, on a loop that runs only to send responses."""
    with asyncio.Runner() as runner:
        yield Client(runner, *runner.run(connected(lifecycle)))


async def connected(lifecycle: str) -> tuple[HttpProtocol, Output]:
    config = uvicorn_config(create_app(Settings(lifecycle=lifecycle)))
    config.load()
    protocol, output = HttpProtocol(config, ServerState(), {}), Output()
    protocol.connection_made(output)
    return protocol, output


REQUESTS: dict[str, tuple[str, str, object]] = {
    "accepted": ("POST", CREATE, ACCEPTED),
    "refused": ("POST", CREATE, REFUSED),
    "pending": ("GET", "/v1/tasks/{task}", None),
    "completed": ("GET", "/v1/tasks/{task}", None),
    "models": ("GET", "/v1/models", None),
}


@pytest.mark.parametrize(
    ("name", "lifecycle", "status", "max_calls"),
    [
        ("accepted", "instant", 200, 256),
        ("refused", "instant", 400, 224),
        ("pending", "manual", 200, 122),
        ("completed", "instant", 200, 126),
        ("models", "instant", 200, 100),
    ],
)
def test_a_request_takes_few_calls(name: str, status: int, max_calls: int, client: Client) -> None:
    method, path, body = REQUESTS[name]
    task = json.loads(client.send("POST", CREATE, ACCEPTED)[1])["id"]

    calls = client.calls(method, path.format(task=task), body)

    assert client.send(method, path.format(task=task), body)[0] == status
    assert calls <= max_calls


@pytest.mark.parametrize("lifecycle", ["instant"])
@pytest.mark.parametrize("name", ["refused", "completed", "models"])
def test_a_request_leaves_no_reference_cycles(name: str, client: Client) -> None:
    method, path, body = REQUESTS[name]
    task = json.loads(client.send("POST", CREATE, ACCEPTED)[1])["id"]
    client.send(method, path.format(task=task), body)
    gc.collect()
    gc.disable()

    try:
        for _ in range(10):
            client.send(method, path.format(task=task), body)
    finally:
        gc.enable()

    assert gc.collect() == 0
