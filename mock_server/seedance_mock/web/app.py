"""The ASGI application: the declared endpoints, their handlers, and the middleware."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from seedance_contract.declared.routes import Endpoint
from seedance_contract.declared.v3.tasks import V3Status
from seedance_contract.derived.overview import OVERVIEW_PATH
from seedance_mock.domain.clock import Clock, wall_time
from seedance_mock.domain.task import Task
from seedance_mock.service.admission import Admission
from seedance_mock.service.callbacks.deliveries import Callbacks, Sender
from seedance_mock.service.journal.entries import Journal
from seedance_mock.service.journal.memory_journal import MemoryJournal
from seedance_mock.service.journal.shared_journal import SharedJournal
from seedance_mock.service.redaction import path_segments
from seedance_mock.service.tasks import Service
from seedance_mock.settings import MEMORY, Settings
from seedance_mock.stores import Store
from seedance_mock.stores.urls import open_store
from seedance_mock.web.console.routes import console_routes
from seedance_mock.web.context import Handler, RequestContext, as_endpoint
from seedance_mock.web.control.routes import control_routes
from seedance_mock.web.cors import ALLOWED_ORIGINS, CorsMiddleware
from seedance_mock.web.endpoints.entry_points import (
    CONSOLE_PATHS,
    ConsoleRedirect,
    overview,
    read_openapi,
    read_v3_openapi,
)
from seedance_mock.web.errors import handlers as error_handlers
from seedance_mock.web.fast_path import FastPath, is_suspended
from seedance_mock.web.faults.injection import FaultInjector
from seedance_mock.web.handlers import asset_handler, endpoint_handlers
from seedance_mock.web.logs.access_log import AccessLog, AccessLogMiddleware
from seedance_mock.web.origins import OriginResolver
from seedance_mock.web.responses import json_response
from seedance_mock.web.serializers import ASSET_PATH, RESULT_MEDIA_TYPES

if TYPE_CHECKING:
    from seedance_mock.service.journal.content_log import ContentLog
    from seedance_mock.web.metrics.meters import Meters

logger = logging.getLogger("seedance_mock.web")


class MockApp(Starlette):
    """The ASGI application of the mock, which a server may also ask for its fast path.

    `owns_store` says whether the store is closed at the end of the lifespan, too.
    """

    def __init__(self, fast_path: FastPath | None, *, owns_store: bool, **options: Any) -> None:
        super().__init__(lifespan=_lifespan, **options)
        self.owns_store = owns_store
        self._fast_path = fast_path
        self._own_middleware = list(self.user_middleware)
        self._own_exception_handlers = dict(self.exception_handlers)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request, on the fast path if it has started there."""
        if is_suspended(scope):
            assert self._fast_path is not None, "only the fast path suspends a handler"
            if await self._fast_path.finish(scope):
                return
        await super().__call__(scope, receive, send)

    @cached_property
    def fast_path(self) -> FastPath | None:
        """The fast path, or None if both paths might not give the same response.

        Reading it starts the application, as a first request does.
        """
        # From here on Starlette refuses to add middleware, so the decision stays right.
        self.middleware_stack = self.middleware_stack or self.build_middleware_stack()
        reason = self._additions()
        if self._fast_path is None or not reason:
            return self._fast_path
        logger.warning("The fast path is off: %s. Requests take about twice the time.", reason)
        return None

    async def close(self, *, with_store: bool = True) -> None:
        """Write what is not written yet, and close the store. No request may follow."""
        await self.state.callbacks.close()
        await self.state.journal.close()
        if with_store:
            await self.state.service.store.close()

    def _additions(self) -> str:
        """Return what the fast path would not call because it was added to the application."""
        middleware = [
            getattr(added.cls, "__name__", repr(added.cls))
            for added in self.user_middleware
            if added not in self._own_middleware
        ]
        if middleware:
            return f"the application has other middleware ({', '.join(middleware)})"
        if self.exception_handlers != self._own_exception_handlers:
            return "the application has other exception handlers"
        return ""


async def health(request: Request) -> Response:
    """`GET /healthz`."""
    return json_response({"status": "ok"})


@asynccontextmanager
async def _lifespan(app: MockApp) -> AsyncIterator[None]:
    """Close the application at the end of its server, if that is another one than ours."""
    # Ours makes no lifespan events, which would delay its start. It closes the application itself.
    try:
        yield
    finally:
        await app.close(with_store=app.owns_store)


def create_app(
    settings: Settings | None = None,
    *,
    clock: Clock = time.time,
    store: Store | None = None,
) -> MockApp:
    """Return the ASGI application of a fresh server.

    Args:
        settings: the choices; the defaults if None.
        clock: seconds since the Unix epoch; the machine's clock unless a test gives another.
        store: where records are kept; the one that the settings name if None. The end of the
            lifespan closes the latter only.

    Raises StoreError if the store cannot be opened.
    """
    settings = settings or Settings()
    owns_store, store = store is None, store or open_store(settings)
    meters, store = _with_meters(settings, store)
    journal: Journal = (
        MemoryJournal(settings.journal, settings.journal_bytes)
        if store.journal_log is None
        else SharedJournal(store.journal_log)
    )
    admission = Admission(settings, store, clock)
    service = Service(settings, store, clock)
    origins = OriginResolver(settings.public_url, settings.redirect_origins)
    injector = FaultInjector(admission, origins, service.contract, explain=settings.explain)
    sender = partial(_callback_sender, settings, meters)
    callbacks = Callbacks(service, journal, sender, _callback_body)
    handlers = endpoint_handlers(service, admission, injector, origins, callbacks)
    routes = [
        *_routes(handlers),
        Route(ASSET_PATH, as_endpoint(asset_handler(service, admission, injector))),
        Route("/healthz", health),
        Route(OVERVIEW_PATH, overview),
        Route("/openapi.json", read_openapi),
        Route("/openapi-v3.json", read_v3_openapi),
        *(_control_routes() if settings.control else []),
        *([] if meters is None else [_metrics_route(meters, service)]),
    ]
    paths = [route.path for route in routes]
    log_format = "color" if settings.log_color else settings.log_format
    access_log = AccessLog(
        journal,
        log_format,
        path_segments([*paths, *RESULT_MEDIA_TYPES]),
        None if meters is None else meters.count_request,
    )
    content_log = _content_log(settings)
    app = MockApp(
        # Bodies are kept by a middleware, which the fast path does not call.
        FastPath(handlers, access_log) if settings.fast_path and content_log is None else None,
        owns_store=owns_store,
        routes=routes,
        middleware=[
            *_content_middleware(content_log),
            Middleware(AccessLogMiddleware, access_log=access_log),
            *_cors(settings),
        ],
        exception_handlers=error_handlers.EXCEPTION_HANDLERS,
    )
    # A path with a slash at its end is unknown to the API: 404, not a redirect.
    app.router.redirect_slashes = False
    app.state.settings = settings
    app.state.journal = journal
    app.state.admission = admission
    app.state.service = service
    app.state.callbacks = callbacks
    # Made by the first request for checks.
    app.state.live_reports = None
    app.state.meters = meters
    app.state.content_log = content_log
    app.state.started = wall_time()
    return app


def _with_meters(settings: Settings, store: Store) -> tuple[Meters | None, Store]:
    """Return what counts, if the settings say so, and the store whose calls it counts."""
    if not settings.metrics:
        return None, store
    # Only here: a server without metrics should not wait for their import.
    from seedance_mock.web.metrics.measured_store import measured_store
    from seedance_mock.web.metrics.meters import Meters

    meters = Meters()
    # A call of the memory store takes less time than its measurement.
    is_measured = settings.store != MEMORY
    return meters, measured_store(store, meters.observe_store_call) if is_measured else store


def _metrics_route(meters: Meters, service: Service) -> Route:
    # Only here: it imports prometheus_client, which is an extra.
    from seedance_mock.web.metrics.endpoint import metrics_route

    return metrics_route(meters, service)


def _callback_sender(settings: Settings, meters: Meters | None) -> Sender:
    # Only when a callback is due: it imports an HTTP client and TLS.
    from seedance_mock.service.callbacks.sender import CallbackSender

    sender = CallbackSender(settings.callbacks, settings.callback_hosts)
    return sender if meters is None else meters.measured_sender(sender)


def _callback_body(task: Task, state: V3Status, changed: float, origin: str) -> bytes:
    # Only when a callback is due: few servers need the modules of v3.
    from seedance_mock.web.v3.serializers import callback_body

    return callback_body(task, state, changed, origin)


def _routes(handlers: Mapping[Endpoint, Handler]) -> list[Route]:
    """Return one route for each path, so that a 405 names every method of the path."""
    paths: dict[str, dict[str, Handler]] = {}
    for endpoint, handler in handlers.items():
        paths.setdefault(endpoint.path, {})[endpoint.method] = handler
    return [
        Route(path, as_endpoint(_by_method(methods)), methods=list(methods))
        for path, methods in paths.items()
    ]


def _control_routes() -> list[Route]:
    """Return the routes of the control API, and those that lead to its console."""
    return [
        *control_routes(),
        *console_routes(),
        *(Route(path, ConsoleRedirect()) for path in CONSOLE_PATHS),
    ]


def _by_method(handlers: Mapping[str, Handler]) -> Handler:
    if len(handlers) == 1:
        [handler] = handlers.values()
        return handler
    table = {"HEAD": handlers["GET"], **handlers}

    async def dispatch(context: RequestContext) -> Response:
        return await table[context.scope["method"]](context)

    return dispatch


def _content_log(settings: Settings) -> ContentLog | None:
    if not settings.journal_bodies:
        return None
    # Few servers keep bodies, and the others start without the modules of the kit that redact them.
    from seedance_mock.service.journal.content_log import ContentLog

    return ContentLog(settings.journal_bytes)


def _content_middleware(content_log: ContentLog | None) -> list[Middleware]:
    if content_log is None:
        return []
    from seedance_mock.web.logs.content_middleware import ContentMiddleware

    return [Middleware(ContentMiddleware, content_log=content_log)]


def _cors(settings: Settings) -> list[Middleware]:
    allowed = ALLOWED_ORIGINS.get(settings.cors)
    return [] if allowed is None else [Middleware(CorsMiddleware, allowed=allowed)]
