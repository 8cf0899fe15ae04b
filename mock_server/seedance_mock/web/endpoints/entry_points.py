"""What a person or a tool finds first: the console, the overview, the OpenAPI documents."""

from __future__ import annotations

from functools import lru_cache

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.types import Receive, Scope, Send

from seedance_contract.declared.contract import Contract
from seedance_contract.derived.overview import api_overview
from seedance_mock.web.control import CONTROL_PREFIX
from seedance_mock.web.logs.access_log import log_entry_of
from seedance_mock.web.responses import JSON_TYPE, encode_json

CONSOLE_PATHS = ("/", "/docs")
"""The paths that lead a browser to the console."""

# Relative, because only a proxy in front of the server knows the prefix that it removes.
_CONSOLE_LOCATION = CONTROL_PREFIX.removeprefix("/") + "/"


class ConsoleRedirect:
    """Sends a browser to the console. For every other client the path is unknown.

    It is an ASGI application and no endpoint function, because Starlette would restrict a function
    to GET and answer 405 to the methods for which the API answers 404.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Clients of the API send `*/*` or JSON types, and expect the documented 404.
        is_page_view = scope["method"] in ("GET", "HEAD") and _accepts_html(Request(scope))
        if not is_page_view:
            raise HTTPException(404)
        # Whoever opens the console for the first time must find it without traffic.
        log_entry_of(scope).is_recorded = False
        headers = {"Location": _CONSOLE_LOCATION, "Vary": "Accept"}
        await Response(status_code=303, headers=headers)(scope, receive, send)


def _accepts_html(request: Request) -> bool:
    types = ",".join(request.headers.getlist("accept")).split(",")
    return any(text.partition(";")[0].strip().lower() == "text/html" for text in types)


async def overview(request: Request) -> Response:
    """`GET /llms.txt`."""
    return PlainTextResponse(api_overview(_contract_of(request)))


async def read_openapi(request: Request) -> Response:
    """`GET /openapi.json`: the document of the routes under /v1."""
    return Response(_encoded_document(_contract_of(request)), media_type=JSON_TYPE)


async def read_v3_openapi(request: Request) -> Response:
    """`GET /openapi-v3.json`: the document of the routes under /api/v3."""
    return Response(_encoded_v3_document(_contract_of(request)), media_type=JSON_TYPE)


def _contract_of(request: Request) -> Contract:
    contract: Contract = request.app.state.service.contract
    return contract


@lru_cache(maxsize=16)
def _encoded_document(contract: Contract) -> bytes:
    # Only here, and below: a server should not wait at its start for what few clients read.
    from seedance_contract.derived.openapi import openapi_document

    return encode_json(openapi_document(contract=contract))


@lru_cache(maxsize=16)
def _encoded_v3_document(contract: Contract) -> bytes:
    from seedance_contract.derived.v3.openapi import v3_openapi_document

    return encode_json(v3_openapi_document(contract=contract))
