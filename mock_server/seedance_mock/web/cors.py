"""Cross-origin resource sharing: which web pages may call the API. Source: fetch.spec.whatwg.org"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from seedance_contract.declared.errors import INVALID_REQUEST
from seedance_contract.declared.v3.routes import CLIENT_REQUEST_ID_HEADER, REPLAYED_HEADER
from seedance_mock.domain.errors import ApiError
from seedance_mock.web.control import CONTROL_PREFIX
from seedance_mock.web.errors.handlers import error_response
from seedance_mock.web.logs.access_log import log_entry_of

ALLOWED_ORIGINS: Mapping[str, str] = MappingProxyType(
    {
        # Names under "localhost" are this machine too (RFC 6761, 6.3); development servers give
        # each application one.
        "localhost": r"https?://(([a-z0-9_-]+\.)*localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?",
        "any": ".*",
    }
)
"""Matches the origins of the pages that may call, by the CORS mode."""

# HEAD needs no preflight of its own, but with an Authorization header it gets one.
ALLOWED_METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")

EXPOSED_HEADERS = (
    "X-Request-ID",
    "X-Task-ID",
    "X-Billing-Transaction-ID",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
    "Retry-After",
    "WWW-Authenticate",
    "Accept-Ranges",
    "Content-Range",
    "ETag",
    "Date",
    REPLAYED_HEADER,
    CLIENT_REQUEST_ID_HEADER,
    "Mock-Ignored",
    "Mock-Did",
)
"""The response headers that a page may read, beside those that it always may."""


class CorsMiddleware:
    """ASGI middleware: CORS for the API, but never for the control API.

    Requests without an Origin header skip it.
    """

    def __init__(self, app: ASGIApp, allowed: str) -> None:
        self._app = app
        self._cors = CORSMiddleware(
            app,
            allow_origin_regex=allowed,
            allow_methods=ALLOWED_METHODS,
            allow_headers=["*"],
            # A page on a public address may call this machine, if it may call at all.
            allow_private_network=True,
            expose_headers=EXPOSED_HEADERS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(CONTROL_PREFIX):
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if "origin" not in headers:
            await self._app(scope, receive, send)
        elif scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await self._preflight_response(scope, headers)(scope, receive, send)
        else:
            await self._respond(scope, receive, send, headers["origin"])

    def _preflight_response(self, scope: Scope, headers: Headers) -> Response:
        response = self._cors.preflight_response(headers)
        if response.status_code == 200:
            return response
        # A page cannot read this. A person sees it in the network log of the browser.
        refused = bytes(response.body).decode()
        message = f"{refused}. `serve --cors any` admits every origin"
        refusal = error_response(log_entry_of(scope), ApiError(INVALID_REQUEST, message))
        for name, value in response.headers.items():
            refusal.headers.setdefault(name, value)
        return refusal

    async def _respond(self, scope: Scope, receive: Receive, send: Send, origin: str) -> None:
        try:
            await self._cors(scope, receive, send)
        except Exception:
            # Starlette renders a 500 outside of all middleware, but a web page must be able to
            # read it too.
            if self._cors.is_allowed_origin(origin):
                log_entry_of(scope).add_headers(
                    {
                        **self._cors.simple_headers,
                        "Access-Control-Allow-Origin": origin,
                        "Vary": "Origin",
                    }
                )
            raise
