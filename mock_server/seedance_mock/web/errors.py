"""The one place where a refusal becomes an answer."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from seedance_contract.declared.errors import METHOD_NOT_ALLOWED, SERVER_ERROR, UNKNOWN_PATH
from seedance_mock.refusals import ApiError
from seedance_mock.web.answers import answer
from seedance_mock.web.exchange import REQUEST_ID, stamps


async def refused(request: Request, error: Exception) -> Response:
    """Render an ApiError."""
    assert isinstance(error, ApiError)
    body = error.body(request.scope[REQUEST_ID])
    headers = dict(error.headers)
    if error.kind.retry_after is not None:
        headers.setdefault("Retry-After", str(error.kind.retry_after))
    return answer(body, error.kind.status, headers)


async def unrouted(request: Request, error: Exception) -> Response:
    """Render what the router refuses: an unknown path, or a method that the path lacks."""
    assert isinstance(error, HTTPException)
    kind = METHOD_NOT_ALLOWED if error.status_code == 405 else UNKNOWN_PATH
    return await refused(request, ApiError(kind, headers=error.headers))


async def broken(request: Request, error: Exception) -> Response:
    """Render a defect of this server, without a word of its cause.

    Starlette calls this outside of every middleware, so the stamps are added here.
    """
    response = await refused(request, ApiError(SERVER_ERROR))
    response.raw_headers.extend(stamps(request.scope))
    return response


async def hung_up(request: Request, error: Exception) -> Response:
    """Answer a client that went away while it sent its request: nobody will read it."""
    return Response(status_code=400)


HANDLERS = {
    ApiError: refused,
    HTTPException: unrouted,
    ClientDisconnect: hung_up,
    Exception: broken,
}
