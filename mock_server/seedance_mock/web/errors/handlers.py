"""The one place where an error becomes a response."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from seedance_contract.declared.errors import (
    METHOD_NOT_ALLOWED,
    SERVER_ERROR,
    STORE_UNAVAILABLE,
    UNKNOWN_PATH,
)
from seedance_contract.declared.materials.action_route import MATERIAL_ACTION
from seedance_contract.declared.v3.routes import V3_PREFIX
from seedance_mock.domain.errors import ApiError
from seedance_mock.stores.errors import StoreUnavailableError
from seedance_mock.web.errors.bodies import ErrorBody, v1_error_body
from seedance_mock.web.logs.access_log import (
    ERROR_HINT_MEMBERS,
    AccessLogEntry,
    identifying_headers,
    log_entry_of,
)
from seedance_mock.web.responses import json_response

logger = logging.getLogger("seedance_mock.web")

_NO_HINTS: Mapping[str, Any] = dict.fromkeys(("Retry-After", *ERROR_HINT_MEMBERS))
_NO_ERROR: Mapping[str, Any] = {"error": {}}


def error_response(entry: AccessLogEntry, error: ApiError) -> Response:
    """Return the response to a request that the API refuses."""
    body = _error_body(entry, error)
    entry.code, entry.rules = body.code, error.rules
    headers: dict[str, str | None] = dict(error.headers)
    if error.kind.retry_after is not None:
        headers.setdefault("Retry-After", str(error.kind.retry_after))
    present = {name: value for name, value in headers.items() if value is not None}
    content: Mapping[str, Any] = body.content
    # Subscripts, not `get`: five calls are 2 % of those that a refused request takes.
    hints = {**_NO_HINTS, **present, **{**_NO_ERROR, **content}["error"]}
    entry.error_hints = (
        hints["Retry-After"],
        hints["code"],
        hints["retryable"],
        hints["retry_after"],
    )
    return json_response(body.content, body.status, present)


def _error_body(entry: AccessLogEntry, error: ApiError) -> ErrorBody:
    """Return the body of an error in the form of the routes that the path belongs to."""
    # The other forms are imported where they are needed, like the endpoints that they belong to.
    if entry.path == MATERIAL_ACTION.path:
        from seedance_mock.web.materials.action_forms import action_error_body

        return action_error_body(error, entry.request_id, entry.query)
    if entry.path.startswith(V3_PREFIX):
        from seedance_mock.web.v3.error_body import v3_error_body

        return v3_error_body(error, entry.request_id)
    return v1_error_body(error, entry.request_id)


async def handle_api_error(request: Request, error: Exception) -> Response:
    """Render an ApiError raised by an endpoint."""
    assert isinstance(error, ApiError)
    return error_response(log_entry_of(request.scope), error)


async def handle_http_exception(request: Request, error: Exception) -> Response:
    """Render what Starlette's router refuses: an unknown path, or a method the path lacks."""
    assert isinstance(error, HTTPException)
    kind = METHOD_NOT_ALLOWED if error.status_code == 405 else UNKNOWN_PATH
    headers = dict(error.headers or {})
    if "Allow" in headers:
        # The methods of Starlette's routes are a set, whose order differs from start to start.
        headers["Allow"] = ", ".join(sorted(headers["Allow"].split(", ")))
    return error_response(log_entry_of(request.scope), ApiError(kind, headers=headers))


async def handle_store_unavailable(request: Request, error: Exception) -> Response:
    """Render the error of a store that cannot be read or written now."""
    logger.warning("503: the store is not available: %s", error)
    return error_response(log_entry_of(request.scope), ApiError(STORE_UNAVAILABLE))


async def handle_server_error(request: Request, error: Exception) -> Response:
    """Render an unexpected exception as a 500 that says nothing about its cause."""
    entry = log_entry_of(request.scope)
    response = error_response(entry, ApiError(SERVER_ERROR))
    if entry.fault is not None:
        # In process an injected transport fault is raised as an exception. That is no error of
        # this server, and the client never sees this response.
        entry.code = entry.error_hints = None
    # Starlette calls this handler outside of all middleware, so AccessLogMiddleware does not see
    # the response.
    response.raw_headers.extend(identifying_headers(entry))
    return response


def disconnected_response() -> Response:
    """Return a response for a client that disconnected while it sent its request.

    Nobody will read it, but an endpoint has to return one.
    """
    return Response(status_code=400)


async def handle_disconnect(request: Request, error: Exception) -> Response:
    """Handle a client that disconnects while an endpoint reads its request."""
    return disconnected_response()


EXCEPTION_HANDLERS = {
    ApiError: handle_api_error,
    HTTPException: handle_http_exception,
    ClientDisconnect: handle_disconnect,
    StoreUnavailableError: handle_store_unavailable,
    Exception: handle_server_error,
}
