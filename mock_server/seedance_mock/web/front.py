"""The first that a request meets: it names the exchange, and knows the short way to the API.

The layers of the framework cost an ordinary request more than the mock itself does, and ask
what is settled for it: so it goes past them. Whatever is not ordinary goes the long way.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedance_contract.declared.routes import Endpoint
from seedance_mock.refusals import ApiError
from seedance_mock.web.answers import Encoded
from seedance_mock.web.errors import hung_up, refused
from seedance_mock.web.exchange import NOTES, Notes, Record, stamps
from seedance_mock.web.stage import Handler

Place = tuple[str, str]
"""A method, and a path or what comes before the last part of one."""


class Front:
    """ASGI middleware: stamps every answer, has it recorded, and gives ordinary ones itself.

    Ordinary is a request that has the method and the path of an endpoint, its parameter last
    if it has one, of an application that stands at the root, and that comes from no page.
    """

    def __init__(self, app: ASGIApp, handlers: Mapping[Endpoint, Handler], record: Record) -> None:
        self._framework = app
        self._record = record
        self._whole: dict[Place, Handler] = {}
        self._named: dict[Place, tuple[Handler, str]] = {}
        for endpoint, handler in handlers.items():
            before, _, last = endpoint.path.rpartition("/")
            if "{" not in endpoint.path:
                self._whole[endpoint.method, endpoint.path] = handler
            elif "{" not in before:
                self._named[endpoint.method, before] = handler, last.strip("{}")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._framework(scope, receive, send)
            return
        notes = scope[NOTES] = Notes(scope)
        handler = self._handler(scope)
        try:
            if handler is None:
                await self._framework(scope, receive, _stamping(notes, send))
            else:
                await _respond(handler, notes, Request(scope, receive, send), send)
        except Exception:
            if notes.fault is None:
                notes.status = 500
            raise
        finally:
            self._record.keep(notes)

    def _handler(self, scope: Scope) -> Handler | None:
        """Return the function of an ordinary request, its parameter in the scope; or None."""
        if scope.get("root_path") or b"origin" in dict(scope["headers"]):
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
        scope["path_params"] = {name: last}
        return handler


async def _respond(handler: Handler, notes: Notes, request: Request, send: Send) -> None:
    """Answer as the framework does."""
    response: Response
    try:
        response = await handler(request)
    except ApiError as error:
        response = await refused(request, error)
    except ClientDisconnect as error:
        response = await hung_up(request, error)
    if type(response) is not Encoded:
        await response(request.scope, request.receive, _stamping(notes, send))
        return
    # The usual answer is two messages; what a general response does besides changes nothing.
    status = notes.status = response.status_code
    notes.answered = time.monotonic()
    headers = [*response.raw_headers, *stamps(notes)]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": response.body})


def _stamping(notes: Notes, send: Send) -> Send:
    """Return a `send` that stamps the answer and notes when it begins."""

    async def stamped(message: Message) -> None:
        if message["type"] == "http.response.start":
            notes.status, notes.answered = message["status"], time.monotonic()
            message["headers"] = [*message["headers"], *stamps(notes)]
        await send(message)

    return stamped
