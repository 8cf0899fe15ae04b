"""A server without a socket, for comparisons of the fast path with the fallback."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from typing import Any

from uvicorn.server import ServerState

from seedance_fixtures.exchanges import (
    ExampleRequest,
)
from seedance_mock.domain.clock import ManualClock
from seedance_mock.server.protocol import HttpProtocol
from seedance_mock.server.run import uvicorn_config
from seedance_mock.settings import Settings
from seedance_mock.stores import Store
from seedance_mock.web.app import MockApp, create_app

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
TASK = "ldtask_" + "0" * 32
KEY = {"Authorization": "Bearer sk-a"}


class Output(asyncio.Transport):
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 50_000), "sockname": ("127.0.0.1", 8000)})
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def write_eof(self) -> None:
        """Only the server's side is closed."""

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        """Everything has been read."""

    def resume_reading(self) -> None:
        """Everything has been read."""


class Peer:
    """A server without a socket: bytes go into its protocol and come out of it."""

    def __init__(self, app: MockApp, clock: ManualClock) -> None:
        self.app = app
        self.clock = clock
        self.names: dict[str, object] = {}

    def connect(self) -> tuple[HttpProtocol, ServerState, Output]:
        """Open a connection: its protocol, what the server keeps of it, and its output."""
        config = uvicorn_config(self.app)
        config.load()
        state, output = ServerState(), Output()
        protocol = HttpProtocol(config, state, {})
        protocol.connection_made(output)
        return protocol, state, output

    async def send(self, request: bytes) -> bytes:
        """Send one request on a new connection, and return its response."""
        protocol, state, output = self.connect()
        protocol.data_received(request)
        while not complete(output.written, is_head=request.startswith(b"HEAD ")):
            await asyncio.sleep(0)
        await asyncio.gather(*state.tasks)
        protocol.connection_lost(None)
        return output.written


def peer(store: Store | None = None, **choices: Any) -> Peer:
    """Return a new server with this store and these settings, and a clock of its own."""
    clock = ManualClock()
    return Peer(create_app(Settings(**choices), clock=clock, store=store), clock)


def complete(response: bytes, *, is_head: bool) -> bool:
    """Return whether all bytes of a response are there."""
    head, end, body = response.partition(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    assert length or not end
    return bool(length) and (is_head or len(body) >= int(length[1]))  # type: ignore[index] # matched


def raw(request: ExampleRequest) -> bytes:
    """Return a request as it is sent over HTTP/1.1."""
    headers = {"Host": "127.0.0.1:8000", **request.headers}
    body = b"" if request.text is None else request.text.encode()
    if request.json is not None:
        body = json.dumps(request.json).encode()
        headers["Content-Type"] = "application/json"
    if body:
        headers["Content-Length"] = str(len(body))
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"{request.method} {request.path} HTTP/1.1\r\n{lines}\r\n".encode() + body


def comparable(response: bytes) -> bytes:
    """Return a response without what two responses need not share: ids and dates."""
    response = re.sub(rb"\r\ndate: [^\r]*", b"", response)
    response = re.sub(rb"(req|ldtask|btx)_[0-9a-f]{24,32}", rb"\1_", response)
    response = re.sub(rb"(asset|group)-\d{14}-[0-9a-f]{5}", rb"\1-", response)
    # The links to the files of a task of v3 have the digits of its owner, too.
    response = re.sub(rb"cgt-\d{14}-[a-z0-9]{5}(\.[0-9a-f]{8})?", b"cgt-", response)
    response = re.sub(rb"signature=[A-Za-z0-9%]+", b"signature=", response)
    # The checksum of a video depends on the id of its task.
    response = re.sub(rb'etag: "[0-9a-f]{8}"', b"etag", response)
    # The signature of a link depends on the id, and percent encoding on the signature.
    return re.sub(rb"content-length: \d+", b"content-length", response)


def send_both(one: Peer, other: Peer, request: Callable[[Peer], bytes]) -> tuple[bytes, bytes]:
    """Send the same request to both, and return their responses."""

    async def send() -> tuple[bytes, bytes]:
        return await one.send(request(one)), await other.send(request(other))

    return asyncio.run(send())


def get(path: str, method: str = "GET", **headers: str) -> bytes:
    """Return a request without a body."""
    return raw(ExampleRequest(method=method, path=path, headers=KEY | headers))


def post(body: object, **headers: str) -> bytes:
    """Return a create request."""
    return raw(ExampleRequest(method="POST", path=CREATE, headers=KEY | headers, json=body))
