"""ASGI middleware that keeps what was sent, if the server was started with `--journal-bodies`."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedance_mock.domain.accounts import KEY_PATTERN
from seedance_mock.service.journal.content_log import MAX_BODY_BYTES, Content, ContentLog, message
from seedance_mock.web.logs.access_log import NOT_JOURNALED, log_entry_of

_KEY = re.compile(KEY_PATTERN.encode())

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class _Exchange:
    """What has been sent so far."""

    request_body: bytearray = field(default_factory=bytearray)
    response_headers: Headers | None = None
    response_body: bytearray = field(default_factory=bytearray)


class ContentMiddleware:
    """Keeps requests and responses as they were sent, without keys.

    It stands outside of the access log, which adds headers to each response.
    """

    def __init__(self, app: ASGIApp, content_log: ContentLog) -> None:
        self._app = app
        self._content_log = content_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(NOT_JOURNALED):
            await self._app(scope, receive, send)
            return
        exchange = _Exchange()

        async def receive_and_keep() -> Message:
            event = await receive()
            _extend(exchange.request_body, event.get("body", b""))
            return event

        async def send_and_keep(event: Message) -> None:
            if event["type"] == "http.response.start":
                exchange.response_headers = list(event["headers"])
            _extend(exchange.response_body, event.get("body", b""))
            await send(event)

        try:
            await self._app(scope, receive_and_keep, send_and_keep)
        finally:
            self._keep(scope, exchange)

    def _keep(self, scope: Scope, exchange: _Exchange) -> None:
        key = _key_of(scope["headers"])
        response = None
        if exchange.response_headers is not None:
            response = message(exchange.response_headers, bytes(exchange.response_body), key)
        request = message(scope["headers"], bytes(exchange.request_body), key)
        entry = log_entry_of(scope)
        self._content_log.add(entry.request_id, Content(entry.account, request, response))


def _extend(body: bytearray, part: bytes) -> None:
    # One byte more than is kept shows that there was more.
    body += part[: MAX_BODY_BYTES + 1 - len(body)]


def _key_of(headers: Headers) -> str:
    """Return the API key of a request; empty if it has none."""
    values = [value for name, value in headers if name == b"authorization"]
    match = _KEY.search(values[0]) if values else None
    return match[0].decode("latin-1") if match else ""
