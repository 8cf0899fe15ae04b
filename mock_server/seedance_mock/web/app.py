"""The application: the declared endpoints, their functions, and what surrounds them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from seedance_contract.declared.routes import (
    CANCEL,
    CREATE,
    ENDPOINTS,
    GET_MODEL,
    GET_MODEL_PRICING,
    LIST_MODELS,
    LIST_PRICING,
    READ,
    READ_OLD,
    Endpoint,
)
from seedance_mock.domain.clock import Clock
from seedance_mock.scripting.script import script_of
from seedance_mock.service.admission import Admission
from seedance_mock.service.journal import Journal
from seedance_mock.service.tasks import Service
from seedance_mock.settings import Settings
from seedance_mock.stores import Store
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.web import error_handlers
from seedance_mock.web.context import AccessLog, Handler, RequestContext, as_endpoint, log_entry_of
from seedance_mock.web.control.endpoints import PREFIX as CONTROL
from seedance_mock.web.control.endpoints import control_routes
from seedance_mock.web.endpoints.assets import AssetEndpoint
from seedance_mock.web.endpoints.catalogue import CatalogueEndpoints
from seedance_mock.web.endpoints.tasks import TaskEndpoints
from seedance_mock.web.fast_path import Front, Short
from seedance_mock.web.faults.injection import FaultInjector
from seedance_mock.web.origins import OriginResolver
from seedance_mock.web.responses import json_response
from seedance_mock.web.serializers import ASSETS

EXPOSED_HEADERS = (
    "X-Request-ID",
    "X-Task-ID",
    "X-Billing-Transaction-ID",
    "Retry-After",
    "Mock-Ignored",
)
LOCAL_ORIGIN = r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?"


class MockApp(Starlette):
    """The ASGI application of a server, which also answers ordinary requests without ASGI."""

    def __init__(self, short: Short, **options: Any) -> None:
        super().__init__(**options)
        self._short = short

    def answer(self, scope: Scope, body: bytes) -> bytes | None:
        """Return the bytes that answer a request which has all come; None for the long way."""
        scope["app"] = self
        return self._short.answer(scope, body)


async def health(request: Request) -> Response:
    """`GET /healthz`."""
    return json_response({"status": "ok"})


def create_app(
    settings: Settings | None = None,
    *,
    clock: Clock = time.time,
    store: Store | None = None,
) -> MockApp:
    """Return the ASGI application of a fresh server.

    Args:
        settings: the choices; the defaults where None.
        clock: seconds since the Unix epoch; the real time unless a test says otherwise.
        store: where records are kept; the memory of this process where None.
    """
    settings = settings or Settings()
    store = store or MemoryStore(settings.max_tasks)
    journal = Journal(settings.journal)
    admission = Admission(settings, store, clock)
    service = Service(settings, store, clock)
    addresses = OriginResolver(settings.public_url, settings.elsewhere)
    staging = FaultInjector(admission, addresses, explain=settings.explain)
    handlers = _handlers(
        staging,
        TaskEndpoints(service, admission, staging, addresses),
        CatalogueEndpoints(script_of(settings.keyless).catalogue),
    )
    assets = AssetEndpoint(service, admission, staging)
    short = Short(handlers, AccessLog(journal, settings.log_format), waits=store.is_async)
    app = MockApp(
        short,
        routes=[
            *_routes(handlers),
            Route(ASSETS, as_endpoint(assets.asset)),
            Route("/healthz", health),
            *(control_routes() if settings.control else []),
        ],
        middleware=[Middleware(Front, short=short), *_cors(settings)],
        exception_handlers=error_handlers.EXCEPTION_HANDLERS,
    )
    app.router.redirect_slashes = False
    app.state.settings = settings
    app.state.journal = journal
    app.state.admission = admission
    app.state.service = service
    return app


def _handlers(
    staging: FaultInjector, videos: TaskEndpoints, catalogue: CatalogueEndpoints
) -> Mapping[Endpoint, Handler]:
    """Return the function of every endpoint."""
    staged = staging.wrap
    return {
        CREATE: staged(CREATE.auth, "create", videos.create, videos.receive),
        READ: staged(READ.auth, "poll", videos.read),
        READ_OLD: staged(READ_OLD.auth, "poll", videos.read),
        CANCEL: staged(CANCEL.auth, "cancel", videos.cancel),
        LIST_MODELS: staged(LIST_MODELS.auth, "models", catalogue.models),
        GET_MODEL: staged(GET_MODEL.auth, "models", catalogue.model),
        GET_MODEL_PRICING: staged(GET_MODEL_PRICING.auth, "pricing", catalogue.model_pricing),
        LIST_PRICING: staged(LIST_PRICING.auth, "pricing", catalogue.pricing),
    }


def _routes(handlers: Mapping[Endpoint, Handler]) -> list[Route]:
    """Return one route a path, so that 405 names every method the path takes."""
    paths: dict[str, dict[str, Handler]] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method] = handlers[endpoint]
    return [
        Route(path, as_endpoint(_by_method(of_path)), methods=list(of_path))
        for path, of_path in paths.items()
    ]


def _by_method(handlers: Mapping[str, Handler]) -> Handler:
    if len(handlers) == 1:
        [handler] = handlers.values()
        return handler
    table = {"HEAD": handlers["GET"], **handlers}

    async def dispatch(exchange: RequestContext) -> Response:
        return await table[exchange.scope["method"]](exchange)

    return dispatch


def _cors(settings: Settings) -> list[Middleware]:
    allowed = {"localhost": LOCAL_ORIGIN, "any": ".*"}.get(settings.cors)
    return [] if allowed is None else [Middleware(CorsMiddleware, allowed=allowed)]


class CorsMiddleware:
    """ASGI middleware: CORS for requests of pages, but never to the control API.

    Requests that name no origin pay nothing.
    """

    def __init__(self, app: ASGIApp, allowed: str) -> None:
        self._plain = app
        self._shared = CORSMiddleware(
            app,
            allow_origin_regex=allowed,
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["*"],
            expose_headers=EXPOSED_HEADERS,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        named = any(name == b"origin" for name, _ in scope.get("headers", ()))
        if not named or scope["path"].startswith(CONTROL):
            await self._plain(scope, receive, send)
            return
        try:
            await self._shared(scope, receive, send)
        except Exception:
            # Starlette answers a defect outside of every middleware, and a page must read it too.
            origin = Headers(scope=scope)["origin"]
            if self._shared.is_allowed_origin(origin):
                log_entry_of(scope).add_headers(
                    {
                        **self._shared.simple_headers,
                        "Access-Control-Allow-Origin": origin,
                        "Vary": "Origin",
                    }
                )
            raise
