"""The one place where a refusal becomes an answer."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from seedance_contract.declared.errors import METHOD_NOT_ALLOWED, SERVER_ERROR, UNKNOWN_PATH
from seedance_mock.domain.errors import ApiError
from seedance_mock.web.context import AccessLogEntry, identifying_headers, log_entry_of
from seedance_mock.web.responses import json_response


def error_response(entry: AccessLogEntry, error: ApiError) -> Response:
    """Render an ApiError."""
    entry.code, entry.rules = error.kind.code, error.rules
    headers: dict[str, str | None] = dict(error.headers)
    if error.kind.retry_after is not None:
        headers.setdefault("Retry-After", str(error.kind.retry_after))
    sent = {name: value for name, value in headers.items() if value is not None}
    return json_response(error.body(entry.request_id), error.kind.status, sent)


async def handle_api_error(request: Request, error: Exception) -> Response:
    """Render an ApiError that a route has raised."""
    assert isinstance(error, ApiError)
    return error_response(log_entry_of(request.scope), error)


async def handle_http_exception(request: Request, error: Exception) -> Response:
    """Render what the router refuses: an unknown path, or a method that the path lacks."""
    assert isinstance(error, HTTPException)
    kind = METHOD_NOT_ALLOWED if error.status_code == 405 else UNKNOWN_PATH
    return error_response(
        log_entry_of(request.scope), ApiError(kind, headers=dict(error.headers or {}))
    )


async def handle_server_error(request: Request, error: Exception) -> Response:
    """Render a defect of this server, without a word of its cause.

    Starlette calls this outside of every middleware, so the stamps are added here.
    """
    notes = log_entry_of(request.scope)
    response = error_response(notes, ApiError(SERVER_ERROR))
    if notes.fault is not None:
        # In process a transport fault is raised: no defect, and its client sees no answer.
        notes.code = None
    response.raw_headers.extend(identifying_headers(notes))
    return response


def disconnected_response() -> Response:
    """Answer a client that went away while it sent its request: nobody will read it."""
    return Response(status_code=400)


async def handle_disconnect(request: Request, error: Exception) -> Response:
    """Answer a client that went away while a route read its request."""
    return disconnected_response()


EXCEPTION_HANDLERS = {
    ApiError: handle_api_error,
    HTTPException: handle_http_exception,
    ClientDisconnect: handle_disconnect,
    Exception: handle_server_error,
}
