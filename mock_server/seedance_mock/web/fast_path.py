"""The first that a request meets: it names the exchange, and knows the short way to the API.

The layers of the framework cost an ordinary request more than the mock itself does, and ask
what is settled for it: so it goes past them. Whatever is not ordinary goes the long way.
"""

from __future__ import annotations

import time
from collections.abc import Coroutine, Mapping
from typing import Any

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedance_contract.declared.routes import Endpoint
from seedance_mock.domain.errors import ApiError
from seedance_mock.web.context import (
    LOG_ENTRY,
    AccessLog,
    AccessLogEntry,
    Handler,
    RequestContext,
    identifying_headers,
)
from seedance_mock.web.error_handlers import disconnected_response, error_response
from seedance_mock.web.responses import EncodedResponse

Place = tuple[str, str]
"""A method, and a path or what comes before the last part of one."""


BEGUN = "seedance_mock.begun"
"""The key of the scope under which stands what became of a request before it took the long way."""


class Short:
    """Answers ordinary requests past the framework.

    Ordinary is a request that has the method and the path of an endpoint, its parameter last
    if it has one, of an application that stands at the root, and that comes from no page.
    `waits` tells whether handlers may have to wait, as their store does.
    """

    def __init__(
        self, handlers: Mapping[Endpoint, Handler], record: AccessLog, *, waits: bool
    ) -> None:
        self.record = record
        self._waits = waits
        self._whole: dict[Place, Handler] = {}
        self._named: dict[Place, tuple[Handler, str]] = {}
        for endpoint, handler in handlers.items():
            before, _, last = endpoint.path.rpartition("/")
            if "{" not in endpoint.path:
                self._whole[endpoint.method, endpoint.path] = handler
            elif "{" not in before:
                self._named[endpoint.method, before] = handler, last.strip("{}")

    def handler(self, exchange: RequestContext) -> Handler | None:
        """Return the function of an ordinary request, its parameter in the exchange; or None."""
        scope = exchange.scope
        if scope.get("root_path") or b"origin" in exchange.headers:
            return None
        method, path = scope["method"], scope["path"]
        handler = self._whole.get((method, path))
        if handler is not None:
            return handler
        before, _, last = path.rpartition("/")
        named = self._named.get((method, before))
        if named is None or not last:
            return None
        handler, name = named
        exchange.path_params = {name: last}
        return handler

    def answer(self, scope: Scope, body: bytes) -> bytes | None:
        """Return the bytes that answer a request which has all come; None for the long way.

        Nothing is done twice: the long way finds in the scope what has been done already.
        """
        if self._waits:
            return None
        notes = scope[LOG_ENTRY] = AccessLogEntry(scope)
        exchange = RequestContext(scope, body, notes)
        handler = self.handler(exchange)
        if handler is None:
            return None
        try:
            response = finished(handler(exchange))
        except ApiError as error:
            response = error_response(notes, error)
        except Exception as error:
            # The long way raises it where the framework, and uvicorn, know what to do.
            scope[BEGUN] = error
            return None
        if type(response) is not EncodedResponse:
            scope[BEGUN] = response
            return None
        notes.status, notes.answered = response.status_code, time.monotonic()
        answer = response.to_bytes(identifying_headers(notes))
        self.record.write(notes)
        return answer


def finished(work: Coroutine[Any, Any, Response]) -> Response:
    """Return the result of work that waits for nothing."""
    try:
        work.send(None)
    except StopIteration as done:
        result: Response = done.value
        return result
    work.close()
    raise RuntimeError("a handler waits; does `waits` of the store say so?")


class Front:
    """ASGI middleware: stamps every answer, has it recorded, and gives ordinary ones itself."""

    def __init__(self, app: ASGIApp, short: Short) -> None:
        self._framework = app
        self._short = short

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._framework(scope, receive, send)
            return
        begun = scope.pop(BEGUN, None)
        notes = scope.get(LOG_ENTRY)
        if notes is None:
            notes = scope[LOG_ENTRY] = AccessLogEntry(scope)
        exchange = RequestContext(scope, receive, notes)
        handler = self._short.handler(exchange) if begun is None else _resumed(begun)
        try:
            if handler is None:
                await self._framework(scope, receive, _stamping(notes, send))
            else:
                await _respond(handler, exchange, receive, send)
        except Exception:
            if notes.fault is None:
                notes.status = 500
            raise
        finally:
            self._short.record.write(notes)


def _resumed(begun: Response | Exception) -> Handler:
    """Return a handler for a request that has been handled already."""

    async def handle(exchange: RequestContext) -> Response:
        if isinstance(begun, Exception):
            raise begun
        return begun

    return handle


async def _respond(
    handler: Handler, exchange: RequestContext, receive: Receive, send: Send
) -> None:
    """Send the answer as the framework does."""
    notes = exchange.log_entry
    try:
        response = await handler(exchange)
    except ApiError as error:
        response = error_response(notes, error)
    except ClientDisconnect:
        response = disconnected_response()
    if type(response) is not EncodedResponse:
        await response(exchange.scope, receive, _stamping(notes, send))
        return
    # The usual answer is two messages; what a general response does besides changes nothing.
    status = notes.status = response.status_code
    notes.answered = time.monotonic()
    headers = [*response.raw_headers, *identifying_headers(notes)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


def _stamping(notes: AccessLogEntry, send: Send) -> Send:
    """Return a `send` that stamps the answer and notes when it begins."""

    async def stamped(message: Message) -> None:
        if message["type"] == "http.response.start":
            notes.status, notes.answered = message["status"], time.monotonic()
            message["headers"] = [*message["headers"], *identifying_headers(notes)]
        await send(message)

    return stamped
