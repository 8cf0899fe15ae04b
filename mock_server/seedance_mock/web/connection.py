"""The connection under an exchange: what HTTP itself has no words for.

On a real socket the server's protocol gives each request a `Wire`. In process there is none,
and what would happen to the connection is raised as an exception instead.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.types import Receive, Scope

CONNECTION_EXTENSION = "seedance_mock.wire"
"""The name of the ASGI extension."""

_LINGER_NOT = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class Connection:
    """A connection: its number, how many requests came, whether an answer is held back."""

    transport: asyncio.Transport
    number: int
    turn: int = 0
    received: float = 0.0
    response_held: bool = False

    def reset(self) -> None:
        """Send RST: the client sees the connection reset."""
        sock = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_NOT)
        self.transport.abort()

    def close(self) -> None:
        """Send what is buffered, then FIN."""
        self.transport.close()

    def write(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.transport.write(data)


def connection_of(scope: Scope) -> Connection | None:
    """Return the connection of a request, or None in process."""
    wire: Connection | None = scope.get("extensions", {}).get(CONNECTION_EXTENSION)
    return wire


@contextmanager
def response_held(connection: Connection | None) -> Iterator[None]:
    """Mark an answer as held back on purpose, so that a stop of the server does not wait for it."""
    if connection is None:
        yield
        return
    connection.response_held = True
    try:
        yield
    finally:
        connection.response_held = False


async def disconnected_within(
    connection: Connection | None, receive: Receive, seconds: float
) -> bool:
    """Hold an answer back for so long; tell whether the connection ended meanwhile."""
    with response_held(connection):
        try:
            await asyncio.wait_for(wait_for_disconnect(receive), seconds)
        except TimeoutError:
            return False
    return True


async def wait_for_disconnect(receive: Receive) -> None:
    """Wait until the client or the server has ended the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
