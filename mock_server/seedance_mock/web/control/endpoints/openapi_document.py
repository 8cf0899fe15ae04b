"""The endpoint of the control API for its OpenAPI document."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from seedance_mock.web.control.openapi import control_openapi
from seedance_mock.web.control.routes import CONTROL_ROUTES
from seedance_mock.web.responses import json_response


async def read_control_openapi(request: Request) -> Response:
    """`GET /_mock/openapi.json`."""
    return json_response(control_openapi(CONTROL_ROUTES))
