"""The one place where a refusal becomes an answer."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from seedance_contract.declared.errors import METHOD_NOT_ALLOWED, SERVER_ERROR, UNKNOWN_PATH
from seedance_mock.domain.errors import ApiError
from seedance_mock.web.context import Notes, notes_of, stamps
from seedance_mock.web.responses import answer


def refused(notes: Notes, error: ApiError) -> Response:
    """Render an ApiError."""
    notes.code, notes.rules = error.kind.code, error.rules
    headers: dict[str, str | None] = dict(error.headers)
    if error.kind.retry_after is not None:
        headers.setdefault("Retry-After", str(error.kind.retry_after))
    sent = {name: value for name, value in headers.items() if value is not None}
    return answer(error.body(notes.request_id), error.kind.status, sent)


async def raised(request: Request, error: Exception) -> Response:
    """Render an ApiError that a route has raised."""
    assert isinstance(error, ApiError)
    return refused(notes_of(request.scope), error)


async def unrouted(request: Request, error: Exception) -> Response:
    """Render what the router refuses: an unknown path, or a method that the path lacks."""
    assert isinstance(error, HTTPException)
    kind = METHOD_NOT_ALLOWED if error.status_code == 405 else UNKNOWN_PATH
    return refused(notes_of(request.scope), ApiError(kind, headers=dict(error.headers or {})))


async def broken(request: Request, error: Exception) -> Response:
    """Render a defect of this server, without a word of its cause.

    Starlette calls this outside of every middleware, so the stamps are added here.
    """
    notes = notes_of(request.scope)
    response = refused(notes, ApiError(SERVER_ERROR))
    if notes.fault is not None:
        # In process a transport fault is raised: no defect, and its client sees no answer.
        notes.code = None
    response.raw_headers.extend(stamps(notes))
    return response


def unread() -> Response:
    """Answer a client that went away while it sent its request: nobody will read it."""
    return Response(status_code=400)


async def hung_up(request: Request, error: Exception) -> Response:
    """Answer a client that went away while a route read its request."""
    return unread()


HANDLERS = {
    ApiError: raised,
    HTTPException: unrouted,
    ClientDisconnect: hung_up,
    Exception: broken,
}
