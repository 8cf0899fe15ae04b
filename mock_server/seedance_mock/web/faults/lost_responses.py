"""Transport faults that leave no HTTP response: reset, close, hang and garbage.

Each function waits for the disconnect before it returns. If an application returns without a
response before that, uvicorn logs an error and sends a 500.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType

from starlette.types import Receive

from seedance_mock.web.connection import Connection, response_held, wait_for_disconnect

GARBAGE = b"\x00\xff\x16\x03 this is not HTTP\r\n\r\n"

ConnectionFault = Callable[[Connection | None, Receive], Awaitable[None]]


async def _reset(connection: Connection | None, receive: Receive) -> None:
    # In process there is no connection. The exception stands for what a client would see. The
    # other faults do the same.
    if connection is None:
        raise ConnectionResetError("the mock reset the connection")
    # RST, which discards what is still to be sent. asyncio closes with FIN, so the connection sets
    # SO_LINGER to 0 s first. The client cannot tell whether its request was applied.
    connection.reset()
    await wait_for_disconnect(receive)


async def _close(connection: Connection | None, receive: Receive) -> None:
    if connection is None:
        raise ConnectionAbortedError("the mock closed the connection without a response")
    # FIN with nothing before it: an orderly end of the connection that is no HTTP response.
    connection.close()
    await wait_for_disconnect(receive)


async def _hang(connection: Connection | None, receive: Receive) -> None:
    if connection is None:
        raise TimeoutError("the mock never responds")
    # A graceful shutdown waits for running requests. This one ends only when the client gives up.
    with response_held(connection):
        await wait_for_disconnect(receive)


async def _garbage(connection: Connection | None, receive: Receive) -> None:
    if connection is None:
        raise ConnectionAbortedError("the mock sent bytes that are not HTTP")
    # Past uvicorn, which writes HTTP only. The FIN keeps a client from waiting for a status line.
    connection.write(GARBAGE)
    connection.close()
    await wait_for_disconnect(receive)


LOST_RESPONSES: Mapping[str, ConnectionFault] = MappingProxyType(
    {"reset": _reset, "close": _close, "hang": _hang, "garbage": _garbage}
)
"""Faults that leave no HTTP response, by name."""
