"""The fast path: an ordinary request is answered where it is parsed, without ASGI.

For a poll uvicorn's request cycle, Starlette's middleware and its router together take more time
than the mock itself: 113 µs instead of 52 µs of CPU a request. None of these layers can change the
response to an ordinary request, so the server's HTTP protocol asks here first. Every other request
is handled by the ordinary Starlette application, the fallback.

The fast path has no rules, headers or errors of its own. It calls the same handlers and writes the
same bytes; `tests/mock_server/server/test_fast_path.py` compares both over every example exchange.
"""

from __future__ import annotations

from collections.abc import Coroutine, Generator, Mapping
from functools import partial
from typing import Any

from starlette.responses import Response
from starlette.types import Scope

from seedance_contract.declared.routes import Endpoint
from seedance_mock.domain.clock import monotonic
from seedance_mock.domain.errors import ApiError
from seedance_mock.web.connection import SEND_WHOLE, SendWhole
from seedance_mock.web.context import STARTED, Handler, RequestContext
from seedance_mock.web.errors.handlers import error_response
from seedance_mock.web.logs.access_log import (
    LOG_ENTRY,
    AccessLog,
    AccessLogEntry,
    identifying_headers,
    log_entry_of,
    new_log_entry,
)
from seedance_mock.web.responses import EncodedResponse


def is_suspended(scope: Scope) -> bool:
    """Return whether the handler of a request has started on the fast path, and waits."""
    return type(scope.get(STARTED)) is _SuspendedHandler


class FastPath:
    """Answers requests whose whole handling is known in advance.

    Such a request has the method and path of an endpoint of the API, a path parameter only as
    the last segment, and no Origin header, as CORS belongs to a middleware.
    """

    def __init__(self, handlers: Mapping[Endpoint, Handler], access_log: AccessLog) -> None:
        self._access_log = access_log
        self._by_path: dict[tuple[str, str], Handler] = {}
        self._by_parent: dict[tuple[str, str], tuple[Handler, str]] = {}
        for endpoint, handler in handlers.items():
            parent, _, last = endpoint.path.rpartition("/")
            if "{" not in endpoint.path:
                self._by_path[endpoint.method, endpoint.path] = handler
            elif "{" not in parent:
                self._by_parent[endpoint.method, parent] = handler, last.strip("{}")

    def handler(self, context: RequestContext) -> Handler | None:
        """Return the handler of a request and set its path parameter, or return None."""
        scope = context.scope
        if scope.get("root_path") or b"origin" in context.headers:
            return None
        method, path = scope["method"], scope["path"]
        handler = self._by_path.get((method, path))
        if handler is not None:
            return handler
        parent, _, last = path.rpartition("/")
        match = self._by_parent.get((method, parent))
        if match is None or not last:
            return None
        handler, name = match
        context.path_params = {name: last}
        return handler

    def respond(self, scope: Scope, body: bytes) -> bytes | None:
        """Return the response to a complete request as bytes, or None for the fallback.

        If the handler has run when the fallback is chosen, its outcome is in the scope and the
        endpoint of the fallback uses it: nothing is applied twice. If the handler waits, for a
        store in another process or for a delay, the application calls `finish` first.
        """
        entry = scope[LOG_ENTRY] = new_log_entry(scope)
        context = RequestContext(scope, body, entry)
        handler = self.handler(context)
        if handler is None:
            return None
        coroutine = handler(context)
        # Most handlers end here: no task of the event loop is needed for them.
        try:
            future = coroutine.send(None)
        except StopIteration as stop:
            response: Response = stop.value
        except ApiError as error:
            response = error_response(entry, error)
        except Exception as error:
            # Starlette knows what to do with it: log it and answer 500.
            scope[STARTED] = _Failed(error)
            return None
        else:
            scope[STARTED] = _SuspendedHandler(coroutine, future)
            return None
        if type(response) is not EncodedResponse:
            scope[STARTED] = _Finished(response)
            return None
        raw = self._encode(entry, response)
        self._access_log.write(entry)
        return raw

    async def finish(self, scope: Scope) -> bool:
        """Wait for a suspended handler and send its response; False if the fallback has to do it.

        No layer of the fallback can change this response either. Without them a poll takes some
        15 µs of CPU time less.
        """
        entry = log_entry_of(scope)
        send_whole: SendWhole = scope.pop(SEND_WHOLE)
        try:
            response: Response = await scope[STARTED]
        except ApiError as error:
            response = error_response(entry, error)
        except BaseException as error:
            # Also a cancellation, which the access log has to record.
            scope[STARTED] = _Failed(error)
            return False
        is_sent = type(response) is EncodedResponse and send_whole(self._encode(entry, response))
        if is_sent:
            self._access_log.write(entry)
        else:
            scope[STARTED] = _Finished(response)
        return is_sent

    def _encode(self, entry: AccessLogEntry, response: EncodedResponse) -> bytes:
        entry.status, entry.answered = response.status_code, monotonic()
        return response.to_bytes(identifying_headers(entry))


class _Finished:
    """The awaitable of a handler that has returned."""

    def __init__(self, response: Response) -> None:
        self._response = response

    def __await__(self) -> Generator[Any, Any, Response]:
        return self._response
        yield  # makes it a generator, as `await` requires


class _Failed:
    """The awaitable of a handler that has raised."""

    def __init__(self, error: BaseException) -> None:
        self._error = error

    def __await__(self) -> Generator[Any, Any, Response]:
        raise self._error
        yield  # makes it a generator, as `await` requires


class _SuspendedHandler:
    """The awaitable of a handler that waits for `future`: it goes on in the task that awaits it.

    The handler is neither cancelled nor run again, as it may have stored something already.
    """

    def __init__(self, coroutine: Coroutine[Any, Any, Response], future: object) -> None:
        self._coroutine = coroutine
        self._future = future

    def __await__(self) -> Generator[Any, Any, Response]:
        # This is what a task does with a coroutine: wait for each future that it yields, and pass
        # a cancellation on. The first future was yielded before there was a task.
        future = self._future
        while True:
            try:
                yield future
            except BaseException as error:
                resume = partial(self._coroutine.throw, error)
            else:
                resume = partial(self._coroutine.send, None)
            try:
                future = resume()
            except StopIteration as stop:
                response: Response = stop.value
                return response
