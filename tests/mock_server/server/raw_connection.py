"""A connection without a socket: pieces of bytes go into the protocol, and responses come out."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from typing import Any

from uvicorn.server import ServerState

from seedance_mock.server.protocol import HttpProtocol
from seedance_mock.server.run import uvicorn_config
from seedance_mock.web.app import MockApp, create_app

HOST = "Host: localhost\r\n"
QUIET_TURNS = 50
"""After how many turns of the event loop without a byte a connection is quiet."""

CREATE = "/v1/videos/generations"


class RawTransport(asyncio.Transport):
    """A transport that keeps what is written, and how the connection ended."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 50_000), "sockname": ("127.0.0.1", 8000)})
        self.written = b""
        self.end = ""
        self.ended = asyncio.Event()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        assert not self.end
        self.written += data

    def write_eof(self) -> None:
        self._end("eof")

    def close(self) -> None:
        self._end("close")

    def abort(self) -> None:
        self._end("abort")

    def _end(self, how: str) -> None:
        if not self.is_closing():
            self.end = how
        self.ended.set()

    def is_closing(self) -> bool:
        return self.end in ("close", "abort")

    def pause_reading(self) -> None:
        """Everything has been read."""

    def resume_reading(self) -> None:
        """Everything has been read."""


class RawConnection:
    """A connection to a server. Attributes of its protocol may be set before it begins."""

    def __init__(self, app: MockApp | None = None, **attributes: Any) -> None:
        config = uvicorn_config(app or create_app())
        config.load()
        self.state = ServerState()
        self.transport = RawTransport()
        self.protocol = HttpProtocol(config, self.state, {})
        for name, value in attributes.items():
            assert hasattr(self.protocol, name)
            setattr(self.protocol, name, value)
        self.protocol.connection_made(self.transport)

    async def send(self, pieces: Iterable[bytes]) -> None:
        """Send the pieces, and wait until what has begun has ended."""
        for piece in pieces:
            self.protocol.data_received(piece)
            await asyncio.sleep(0)
        await self.settle()

    async def settle(self) -> None:
        """Wait until nothing more is written."""
        unchanged, size = 0, -1
        while unchanged < QUIET_TURNS:
            unchanged = unchanged + 1 if len(self.transport.written) == size else 0
            size = len(self.transport.written)
            await asyncio.sleep(0)

    def lose(self) -> None:
        """End the connection."""
        self.protocol.connection_lost(None)


def outcomes(raw: bytes) -> list[tuple[int, str]]:
    """Return the status of each response, with its error code or an empty text."""
    found = []
    for response in re.split(rb"(?=HTTP/1\.1 \d{3} )", raw)[1:]:
        code = re.search(rb'"code":"(\w+)"', response)
        found.append((int(response[9:12]), code[1].decode() if code else ""))
    return found


def answers(pieces: Iterable[bytes], app: MockApp | None = None) -> tuple[bytes, str]:
    """Return what the server writes on a new connection, and how it ends it."""

    async def exchange() -> tuple[bytes, str]:
        connection = RawConnection(app)
        await connection.send(pieces)
        end = connection.transport.end
        connection.lose()
        await connection.settle()
        return connection.transport.written, end

    return asyncio.run(exchange())


def whole(raw: bytes) -> list[bytes]:
    return [raw]


def in_pieces(raw: bytes) -> list[bytes]:
    """Return the bytes one by one, or in at most about a thousand pieces."""
    step = len(raw) // 1000 + 1
    return [raw[at : at + step] for at in range(0, len(raw), step)]


SEGMENTATIONS = {"whole": whole, "pieces": in_pieces}
