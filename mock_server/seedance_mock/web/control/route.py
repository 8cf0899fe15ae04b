"""What a route of the control API is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import cache
from importlib import import_module
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from seedance_mock.web.control.schemas.bodies import BodySchema

ControlEndpoint = Callable[[Request], Awaitable[Response]]


class ControlRoute(NamedTuple):
    """A route of the control API.

    Args:
        method: the method.
        path: the path after the prefix.
        summary: what it does, in one line.
        endpoint: the function that responds, as "module:function" of the package
            `endpoints`. The first request for the route imports it.
        body: the body that it takes; None if it takes none, or one of another form.
        query: the names of its query parameters.
        response: the name of the schema of its response, in `RESPONSE_SCHEMAS`; empty for a
            response that is no JSON.
        media_types: the media types of such a response.
    """

    method: str
    path: str
    summary: str
    endpoint: str
    body: BodySchema | None = None
    query: tuple[str, ...] = ()
    response: str = ""
    media_types: tuple[str, ...] = ()

    def load_endpoint(self) -> ControlEndpoint:
        """Return the function that responds."""
        return _load(self.endpoint)


@cache
def _load(name: str) -> ControlEndpoint:
    module, _, function = name.partition(":")
    endpoint: ControlEndpoint = getattr(
        import_module(f"{__package__}.endpoints.{module}"), function
    )
    return endpoint
