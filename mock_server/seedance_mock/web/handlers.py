"""The handler of every endpoint of the API, and which modules are imported by a request only.

The start of a server is measured (`make bench`), and most of it is imports. Many servers never get
a request for models, materials, v3 or a result, so the first such request imports their modules.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Iterable, Mapping
from functools import cache
from typing import Any

from starlette.responses import Response

from seedance_contract.declared.materials.action_route import MATERIAL_ACTION
from seedance_contract.declared.materials.routes import MATERIAL_ENDPOINTS
from seedance_contract.declared.routes import CATALOGUE_ENDPOINTS, Endpoint
from seedance_contract.declared.v3.routes import IDEMPOTENCY_HEADER, V3_ENDPOINTS
from seedance_mock.scripting.script import script_of
from seedance_mock.service.admission import Admission
from seedance_mock.service.callbacks.deliveries import Callbacks
from seedance_mock.service.request_warnings import v3_header_warnings
from seedance_mock.service.tasks import Service
from seedance_mock.web.context import EndpointFunctions, Handler, RequestContext
from seedance_mock.web.endpoints.request_bodies import RequestBodies
from seedance_mock.web.endpoints.tasks import TaskEndpoints
from seedance_mock.web.faults.injection import FaultInjector
from seedance_mock.web.origins import OriginResolver

HandlersByEndpoint = Mapping[Endpoint, Handler]


def endpoint_handlers(
    service: Service,
    admission: Admission,
    injector: FaultInjector,
    origins: OriginResolver,
    callbacks: Callbacks,
) -> HandlersByEndpoint:
    """Return the handler of every endpoint of the API."""
    settings = service.settings
    bodies = RequestBodies(settings.max_body)

    def catalogue_handlers() -> HandlersByEndpoint:
        from seedance_mock.web.endpoints.catalogue import CatalogueEndpoints

        keyless_variant = script_of(settings.keyless_words).catalogue
        catalogue = CatalogueEndpoints(service.contract, keyless_variant)
        return _admitted(injector, catalogue.endpoints)

    def material_handlers() -> HandlersByEndpoint:
        from seedance_mock.web.endpoints.material_actions import MaterialActionEndpoint
        from seedance_mock.web.endpoints.materials import MaterialEndpoints

        library = service.materials
        return _admitted(
            injector,
            {
                **MaterialEndpoints(library, bodies).endpoints,
                **MaterialActionEndpoint(library, bodies).endpoints,
            },
        )

    def v3_handlers() -> HandlersByEndpoint:
        from seedance_mock.service.v3_tasks import V3Service
        from seedance_mock.web.v3.endpoints import V3Endpoints

        v3_bodies = RequestBodies(
            settings.max_body, v3_header_warnings, IDEMPOTENCY_HEADER.lower().encode()
        )
        v3_service = V3Service(service)
        return _admitted(
            injector,
            V3Endpoints(v3_service, admission, injector, origins, v3_bodies, callbacks).endpoints,
        )

    return {
        **_admitted(
            injector, TaskEndpoints(service, admission, injector, origins, bodies).endpoints
        ),
        **_deferred_handlers(CATALOGUE_ENDPOINTS, catalogue_handlers),
        **_deferred_handlers((*MATERIAL_ENDPOINTS, MATERIAL_ACTION), material_handlers),
        **_deferred_handlers(V3_ENDPOINTS, v3_handlers),
    }


def asset_handler(service: Service, admission: Admission, injector: FaultInjector) -> Handler:
    """Return the handler of the links to results."""

    def load() -> Handler:
        from seedance_mock.web.endpoints.assets import AssetEndpoint

        return AssetEndpoint(service, admission, injector).download

    return _deferred_handler(load)


def _admitted(
    injector: FaultInjector, endpoints: Mapping[Endpoint, EndpointFunctions]
) -> HandlersByEndpoint:
    return {
        endpoint: injector.wrap(endpoint, functions) for endpoint, functions in endpoints.items()
    }


def _deferred_handlers(
    endpoints: Iterable[Endpoint], load: Callable[[], HandlersByEndpoint]
) -> HandlersByEndpoint:
    load_once = cache(load)

    def handler_of(endpoint: Endpoint) -> Handler:
        return _deferred_handler(lambda: load_once()[endpoint])

    return {endpoint: handler_of(endpoint) for endpoint in endpoints}


def _deferred_handler(load: Callable[[], Handler]) -> Handler:
    """Return a handler that calls what `load` returns. The first request calls `load`."""
    handler: Handler | None = None

    # No coroutine function: every request would pay for a second coroutine.
    def handle(context: RequestContext) -> Coroutine[Any, Any, Response]:
        nonlocal handler
        if handler is None:
            handler = load()
        return handler(context)

    return handle
