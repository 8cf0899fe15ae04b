"""The TCP connection under a request: what ASGI has no messages for.

On a real socket the server puts a `Connection` into the scope of each request. In process there is
none, and a fault that would hit the connection is raised as an exception instead.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from starlette.types import Receive, Scope

CONNECTION_EXTENSION = "seedance_mock.connection"
"""The name of the ASGI extension."""

SEND_WHOLE = "seedance_mock.send_whole"
"""The key in the ASGI scope of a `SendWhole`, for a handler that waits on the fast path."""

SendWhole = Callable[[bytes], bool]
"""Sends a whole response. Returns False if it has to be sent in ASGI messages instead."""

# SO_LINGER on, with a timeout of 0: closing the socket then sends RST instead of FIN, and discards
# what is still to be sent (tcp(7), socket(7)).
_RESET_ON_CLOSE = struct.pack("ii", 1, 0)


@dataclass(slots=True)
class Connection:
    """A client connection.

    `number` counts connections from 1, `turn` the requests on this one. `received` is when the
    first byte of the current request was read, in seconds of the monotonic clock.
    `response_held` tells whether its response is withheld on purpose.
    """

    transport: asyncio.Transport
    number: int
    turn: int = 0
    received: float = 0.0
    response_held: bool = False

    def reset(self) -> None:
        """Send RST: the client sees a connection reset."""
        sock = self.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
        self.transport.abort()

    def close(self) -> None:
        """Send what is buffered, then FIN."""
        self.transport.close()

    def write(self, data: bytes) -> None:
        """Send bytes as they are, past the HTTP protocol."""
        self.transport.write(data)


def connection_of(scope: Scope) -> Connection | None:
    """Return the connection of a request, or None in process."""
    connection: Connection | None = scope.get("extensions", {}).get(CONNECTION_EXTENSION)
    return connection


@contextmanager
def response_held(connection: Connection | None) -> Iterator[None]:
    """Mark the response as withheld on purpose, so that a shutdown does not wait for it."""
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
    """Withhold the response for some seconds. Return whether the client disconnected meanwhile."""
    with response_held(connection):
        try:
            await asyncio.wait_for(wait_for_disconnect(receive), seconds)
        except TimeoutError:
            return False
    return True


async def wait_for_disconnect(receive: Receive) -> None:
    """Wait until the client or the server has closed the connection."""
    while (await receive())["type"] != "http.disconnect":
        pass
