"""The recording protocol, and its transport that captures what is written."""

from __future__ import annotations

import asyncio
from functools import partial

import httpx2
import pytest
from uvicorn.server import ServerState

from seedance_mock.arena.capture import Capture
from seedance_mock.arena.mock import load_config
from seedance_mock.arena.recording_protocol import (
    CapturingTransport,
    Recorder,
    RecordingProtocol,
)
from seedance_mock.arena.virtual_hosts import constant_origin
from seedance_mock.server.run import listen, url_for
from seedance_mock.testing.loop_thread import LoopThread
from seedance_mock.web.app import create_app


class FakeTransport(asyncio.Transport):
    """Remembers what was written, and how it was ended."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[object] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.calls.append(bytes(data))

    def close(self) -> None:
        self.calls.append("closed")

    def abort(self) -> None:
        self.calls.append("aborted")


def test_transport_writes_without_a_capture() -> None:
    transport = FakeTransport()
    capturing = CapturingTransport(transport, lambda: None)

    capturing.write(b"x")
    capturing.close()
    capturing.abort()

    assert transport.calls == [b"x", "closed", "aborted"]


def test_times_are_noted_before_the_bytes_are_written() -> None:
    capture = Capture(origin="api", connection=1, turn=1)
    times: list[float | None] = []

    class ObservingTransport(FakeTransport):
        def write(self, data: bytes | bytearray | memoryview) -> None:
            times.append(capture.sent)

        def close(self) -> None:
            times.append(capture.ended)

    capturing = CapturingTransport(ObservingTransport(), lambda: capture)
    capturing.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    capturing.write(b"HTTP/1.1 200 OK\r\n\r\n")
    sent = capture.sent
    capturing.write(b"x")
    capturing.close()

    assert times == [None, sent, sent, capture.ended]
    assert sent is not None
    assert capture.ended is not None


def test_mock_app_itself_is_recorded() -> None:
    recorder, listener, loop_thread = Recorder(), listen("127.0.0.1", 0), LoopThread()
    protocol = partial(
        RecordingProtocol,
        recorder,
        constant_origin("api"),
        load_config(create_app()),
        ServerState(),
    )

    async def serve() -> asyncio.Server:
        return await asyncio.get_running_loop().create_server(protocol, sock=listener)

    async def close(server: asyncio.Server) -> None:
        server.close()

    server = loop_thread.run(serve())
    response = httpx2.get(f"{url_for(listener)}/v1/models")
    loop_thread.run(close(server))
    loop_thread.close()

    # The fast path would respond without the request cycle that ends a capture.
    [capture] = recorder.captures
    assert response.status_code == 200
    assert (capture.complete, capture.sent is not None) == (True, True)
    assert capture.response.endswith(response.content)


class Discarding(FakeTransport):
    """A transport of a TCP connection that keeps nothing."""

    def get_extra_info(self, name: str, default: object = None) -> object:
        return {"peername": ("127.0.0.1", 1), "sockname": ("127.0.0.1", 2)}.get(name, default)

    def is_closing(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("headers", "body"),
    [
        ("Content-Length: 2\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n", "{}"),
        ("Transfer-Encoding: chunked\r\n", "2\r\n{}\r\n0\r\nExpect: nothing\r\n\r\n"),
    ],
    ids=["upgrade", "trailers"],
)
def test_a_request_is_recorded_once_and_without_its_trailers(headers: str, body: str) -> None:
    recorder = Recorder()
    raw = f"POST /v1/x HTTP/1.1\r\nHost: localhost\r\nAccept: a \r\n{headers}\r\n{body}".encode()

    async def send() -> None:
        config, state = load_config(create_app()), ServerState()
        protocol = RecordingProtocol(recorder, constant_origin("api"), config, state)
        protocol.connection_made(Discarding())
        protocol.data_received(raw)
        await asyncio.gather(*state.tasks)
        protocol.connection_lost(None)

    asyncio.run(send())

    [capture] = recorder.captures
    assert (capture.method, capture.target) == ("POST", b"/v1/x")
    assert capture.header(b"accept") == b"a"
    assert capture.header(b"expect") == b""
