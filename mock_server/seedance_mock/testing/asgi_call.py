"""One request on its way through an ASGI application, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlsplit

from starlette.types import ASGIApp

Headers = Sequence[tuple[bytes, bytes]]

PORTS: Mapping[str, int] = MappingProxyType({"http": 80, "https": 443})

CLIENT_ADDRESS = ("testclient", 50_000)
"""Who calls, as the application sees it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AsgiRequest:
    """A request. `patience` is how long its client waits for each part, in seconds, or for ever."""

    method: str
    url: str
    headers: Headers
    body: bytes
    timeout: float | None = None


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """The beginning of an answer."""

    status: int
    headers: Headers


def _scope(asked: AsgiRequest) -> dict[str, object]:
    url = urlsplit(asked.url)
    path = url.path or "/"
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": asked.method,
        "scheme": url.scheme,
        "path": unquote(path),
        "raw_path": path.encode("ascii"),
        "query_string": url.query.encode("ascii"),
        "root_path": "",
        "headers": [(name.lower(), value) for name, value in asked.headers],
        "client": CLIENT_ADDRESS,
        "server": (url.hostname, url.port or PORTS[url.scheme]),
    }


class AsgiCall:
    """A request and its answer, which comes part by part; lives on one event loop.

    Raises what the application raises, and TimeoutError where the client's patience ends.
    """

    def __init__(self, app: ASGIApp, asked: AsgiRequest) -> None:
        self._app = app
        self._asked = asked
        self._messages: asyncio.Queue[Mapping[str, Any] | None] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._unread = True
        self.ended = False

    async def start(self) -> ResponseHead:
        """Send the request, and return how its answer begins."""
        self._task = asyncio.ensure_future(
            self._app(_scope(self._asked), self._receive, self._messages.put)
        )
        self._task.add_done_callback(self._done)
        message = await self._next()
        if message["status"] == 500:
            # Starlette answers for an exception before it raises it: it is what counts here.
            await self._task
        return ResponseHead(message["status"], message["headers"])

    async def next_chunk(self) -> bytes:
        """Return the next part of the answer's body; `ended` tells whether it was the last."""
        message = await self._next()
        if not message.get("more_body", False):
            # What the application does after its last byte, such as its journal, is done too.
            await self._task
            self.ended = True
        return b"" if self._asked.method == "HEAD" else message.get("body", b"")

    async def close(self) -> None:
        """Hang up, and wait until the application has noticed."""
        self._gone.set()
        await asyncio.wait([self._task])

    async def _next(self) -> Mapping[str, Any]:
        try:
            message = await asyncio.wait_for(self._messages.get(), self._asked.timeout)
        except TimeoutError:
            await self.close()
            raise
        except asyncio.CancelledError:
            self._gone.set()
            raise
        if message is None:
            await self._task
        assert message is not None, "the application ended its answer or said why not"
        return message

    async def _receive(self) -> dict[str, object]:
        if self._unread:
            self._unread = False
            return {"type": "http.request", "body": self._asked.body, "more_body": False}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    def _done(self, task: asyncio.Future[None]) -> None:
        """Wake who waits for more; the exception, if any, is taken notice of."""
        self._messages.put_nowait(None)
        if not task.cancelled():
            task.exception()


async def fetch(app: ASGIApp, asked: AsgiRequest) -> tuple[ResponseHead, bytes]:
    """Return the whole answer to a request."""
    call = AsgiCall(app, asked)
    head, body = await call.start(), b""
    while not call.ended:
        body += await call.next_chunk()
    return head, body
