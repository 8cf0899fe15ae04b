"""Send one request to an ASGI application without a socket, and read its response in parts.

Nothing here knows an HTTP library, so that every transport can build on it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp

RawHeaders = Sequence[tuple[bytes, bytes]]

DEFAULT_PORTS: Mapping[str, int] = MappingProxyType({"http": 80, "https": 443})

CLIENT_ADDRESS = ("testclient", 50_000)
"""The address of the client in the ASGI scope, which Starlette's TestClient uses too.

The guard of the control API takes a client with this host for a local one.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsgiRequest:
    """A request. `timeout` is the number of seconds that its client waits for each part.

    The client waits forever if `timeout` is None.
    """

    method: str
    url: str
    headers: RawHeaders
    body: bytes
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """The status and the headers of a response."""

    status: int
    headers: RawHeaders


def _scope(request: AsgiRequest) -> dict[str, object]:
    url = urlsplit(request.url)
    path = url.path or "/"
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": url.scheme,
        "path": unquote(path),
        "raw_path": path.encode("ascii"),
        "query_string": url.query.encode("ascii"),
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in request.headers],
        "client": CLIENT_ADDRESS,
        "server": (url.hostname, url.port or DEFAULT_PORTS[url.scheme]),
    }


class AsgiCall:
    """One request and its response, which arrives in parts. Use it on one event loop only.

    Its methods raise what the application raises, and TimeoutError if a part takes longer than
    the request's `timeout`.
    """

    def __init__(self, app: ASGIApp, request: AsgiRequest) -> None:
        self._app = app
        self._request = request
        self._messages: asyncio.Queue[Mapping[str, Any] | None] = asyncio.Queue()
        self._disconnected = asyncio.Event()
        self._body_unread = True
        self.finished = False

    async def start(self) -> ResponseHead:
        """Send the request and return the head of the response."""
        self._task = asyncio.ensure_future(
            self._app(_scope(self._request), self._receive, self._messages.put)
        )
        self._task.add_done_callback(self._application_returned)
        message = await self._next_message()
        if message["status"] == 500:
            # ServerErrorMiddleware of Starlette sends a 500 and then raises the exception again.
            # The exception tells a test more than the page does. A documented 500 raises nothing.
            await self._task
        return ResponseHead(message["status"], message["headers"])

    async def next_chunk(self) -> bytes:
        """Return the next part of the body. `finished` is true after the last one."""
        message = await self._next_message()
        if not message.get("more_body", False):
            # The application writes its journal entry after the last byte. A test that reads the
            # journal right after a response must find the entry, so the response waits for it.
            await self._task
            self.finished = True
        return b"" if self._request.method == "HEAD" else message.get("body", b"")

    async def close(self) -> None:
        """Disconnect, and wait until the application has returned."""
        self._disconnected.set()
        await asyncio.wait([self._task])

    async def _next_message(self) -> Mapping[str, Any]:
        try:
            message = await asyncio.wait_for(self._messages.get(), self._request.timeout)
        except TimeoutError:
            await self.close()
            raise
        except asyncio.CancelledError:
            # Do not wait for the application here: a cancelled caller must end at once. The
            # application sees the disconnect and returns by itself.
            self._disconnected.set()
            raise
        if message is None:
            await self._task
        assert message is not None, "the application returned without a complete response"
        return message

    async def _receive(self) -> dict[str, object]:
        if self._body_unread:
            self._body_unread = False
            return {"type": "http.request", "body": self._request.body, "more_body": False}
        await self._disconnected.wait()
        return {"type": "http.disconnect"}

    def _application_returned(self, task: asyncio.Future[None]) -> None:
        """Wake up a reader that waits for the next message: there is none.

        Reading the exception here keeps asyncio from logging it as never retrieved if the client
        has hung up; `_next_message` raises it for a client that still reads.
        """
        self._messages.put_nowait(None)
        if not task.cancelled():
            task.exception()


async def fetch(app: ASGIApp, request: AsgiRequest) -> tuple[ResponseHead, bytes]:
    """Return the head and the whole body of the response to a request."""
    call = AsgiCall(app, request)
    head, body = await call.start(), b""
    while not call.finished:
        body += await call.next_chunk()
    return head, body
