"""A server in a thread, and runs that take little time."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn

from seedance_contract.server.openapi.cases import Depth
from seedance_mock.server import run as server
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

SHALLOW = Depth(examples=4, models=1, sampling_interval=40)
SHALLOWEST = Depth(examples=1, models=1, sampling_interval=1000)
KEY = "sk-faulty-1"


@contextmanager
def served(app: Any) -> Iterator[str]:
    """Serve an ASGI app on a free port in a thread. Give its URL."""
    listener = server.listen("127.0.0.1", 0)
    uvicorn_server = uvicorn.Server(uvicorn.Config(app, log_config=None))
    thread = threading.Thread(target=uvicorn_server.run, args=([listener],))
    thread.start()
    try:
        yield server.url_for(listener)
    finally:
        uvicorn_server.should_exit = True
        thread.join()


@dataclass
class EditableResponse:
    """A response that a fault may change before it is sent, and what was requested.

    `body` is None if the response has none.
    """

    method: str
    path: str
    query: str
    status: int
    headers: dict[str, str]
    body: Any
    request_body: bytes = b""


class FaultyServer:
    """An ASGI app that passes the responses of the mock through a function."""

    def __init__(
        self, alter: Callable[[EditableResponse], None], settings: Settings | None = None
    ) -> None:
        self._app = create_app(settings or Settings())
        self._alter = alter

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        start: dict[str, Any] = {}
        body, request_body = bytearray(), bytearray()

        async def listen() -> Any:
            message = await receive()
            request_body.extend(message.get("body", b""))
            return message

        async def collect(message: Mapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                start.update(message)
            body.extend(message.get("body", b""))

        await self._app(scope, listen, collect)
        headers = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        response = EditableResponse(
            scope["method"],
            scope["path"],
            scope["query_string"].decode(),
            start["status"],
            headers,
            json.loads(bytes(body) or b"null"),
            bytes(request_body),
        )
        self._alter(response)
        has_body = response.method != "HEAD" and response.body is not None
        content = json.dumps(response.body).encode() if has_body else b""
        length = len(content) + (response.status == INCOMPLETE)
        response.headers["content-length"] = str(length)
        raw_headers = [(name.encode(), value.encode()) for name, value in response.headers.items()]
        await send(
            {"type": "http.response.start", "status": response.status, "headers": raw_headers}
        )
        await send({"type": "http.response.body", "body": content})


INCOMPLETE = 599
"""A status whose Content-Length is one byte more than the body."""
