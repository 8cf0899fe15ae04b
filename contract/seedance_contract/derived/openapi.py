"""The OpenAPI 3.1 document of the API, derived from the declared contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seedance_contract.declared import examples
from seedance_contract.declared.operations import OPERATIONS
from seedance_contract.declared.routes import (
    CANCEL,
    CREATE,
    ENDPOINTS,
    GET_MODEL,
    GET_MODEL_PRICING,
    LIST_MODELS,
    LIST_PRICING,
    READ,
    READ_LEGACY,
    Auth,
    Endpoint,
)
from seedance_contract.derived.catalogue import CATEGORIES, RECOMMENDATION_CATEGORIES, VIEWS
from seedance_contract.derived.request_schema import SCHEMA_PREFIX, request_schemas
from seedance_contract.derived.response_schemas import response_schemas

JSON = dict[str, object]

_ANSWERS: Mapping[Endpoint, tuple[str, ...]] = {
    CREATE: ("CreatedTask",),
    READ: ("Task",),
    READ_LEGACY: ("Task",),
    CANCEL: ("CancelledTask",),
    LIST_MODELS: ("ModelList", "CompactModelList"),
    GET_MODEL: ("Model",),
    GET_MODEL_PRICING: ("ModelPricing",),
    LIST_PRICING: ("PricingList",),
}
_ABOUT_A_TASK = (CREATE, READ, READ_LEGACY, CANCEL)

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}

_HEADERS: Mapping[str, JSON] = {
    "X-Request-ID": {"schema": _TEXT, "required": True},
    "X-Task-ID": {"schema": _TEXT, "required": True},
    "X-Billing-Transaction-ID": {"schema": _TEXT, "description": "Once the task is settled"},
    "Retry-After": {"schema": _COUNT, "description": "Seconds to wait"},
    "X-RateLimit-Limit": {"schema": _COUNT, "description": "Requests a minute"},
    "X-RateLimit-Remaining": {"schema": _COUNT},
    "X-RateLimit-Reset": {"schema": _COUNT, "description": "Seconds since the Unix epoch"},
}
_LIMIT_HEADERS = (
    "Retry-After",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
)


def openapi_document(server: str = "/") -> JSON:
    """Return the document; `server` is the URL of the API it describes."""
    paths: dict[str, JSON] = {}
    for endpoint in ENDPOINTS:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Seedance 2.0 video API",
            "version": "2.0",
            "description": "The contract of the TokenLab Seedance 2.0 video family.",
            "license": {"name": "MIT", "identifier": "MIT"},
        },
        "servers": [{"url": server}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": {"type": "http", "scheme": "bearer", "bearerFormat": "sk-…"}
            },
            "headers": dict(_HEADERS),
            "schemas": {**request_schemas(), **response_schemas()},
        },
    }


def _operation(endpoint: Endpoint) -> JSON:
    operation: JSON = {
        "operationId": endpoint.id,
        "summary": endpoint.summary,
        "x-source": str(endpoint.source),
        "responses": {"200": _success(endpoint)}
        | {str(status): _refusal(endpoint, status) for status in endpoint.statuses[1:]},
    }
    if endpoint.auth is Auth.OPTIONAL:
        operation["security"] = []
    if endpoint is CREATE:
        operation["requestBody"] = _body()
    if parameters := _parameters(endpoint):
        operation["parameters"] = parameters
    return operation


def _body() -> JSON:
    given = {
        name: {"value": dict(examples.example_request(operation))}
        for name, operation in OPERATIONS.items()
    }
    content = {"schema": _ref("VideoRequest"), "examples": given}
    return {"required": True, "content": {"application/json": content}}


def _ref(name: str) -> JSON:
    return {"$ref": SCHEMA_PREFIX + name}


def _headers(names: Sequence[str]) -> JSON:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _success(endpoint: Endpoint) -> JSON:
    names = _ANSWERS[endpoint]
    schema = _ref(names[0]) if len(names) == 1 else {"oneOf": [_ref(name) for name in names]}
    headers = ["X-Request-ID"]
    if endpoint in _ABOUT_A_TASK:
        headers.append("X-Task-ID")
    if endpoint in (READ, READ_LEGACY):
        headers.append("X-Billing-Transaction-ID")
    answer: JSON = {
        "description": endpoint.summary,
        "headers": _headers(headers),
        "content": {"application/json": {"schema": schema}},
    }
    if links := _links(endpoint):
        answer["links"] = links
    return answer


def _links(endpoint: Endpoint) -> JSON:
    """Return what can be called next with the id that an answer gives."""
    following = {CREATE: (READ, READ_LEGACY, CANCEL), CANCEL: (READ,)}.get(endpoint, ())
    return {
        one.id: {"operationId": one.id, "parameters": {"id": "$response.body#/id"}}
        for one in following
    }


def _refusal(endpoint: Endpoint, status: int) -> JSON:
    codes = [kind.code for kind in endpoint.errors if kind.status == status]
    headers = ["X-Request-ID", *(_LIMIT_HEADERS if status == 429 else ())]
    if status == 503:
        headers.append("Retry-After")
    return {
        "description": " or ".join(codes),
        "headers": _headers(headers),
        "content": {"application/json": {"schema": _ref("Error")}},
    }


def _parameters(endpoint: Endpoint) -> list[JSON]:
    if endpoint in (READ, READ_LEGACY, CANCEL):
        return [{"name": "id", "in": "path", "required": True, "schema": _TEXT}]
    if endpoint in (GET_MODEL, GET_MODEL_PRICING):
        return [{"name": "model", "in": "path", "required": True, "schema": _TEXT}]
    if endpoint is LIST_MODELS:
        return [_query(name) for name in ("provider", "tag")] + [
            _query(name, values) for name, values in QUERY_VALUES.items()
        ]
    return [_query(name) for name in ("provider", "tag")] if endpoint is LIST_PRICING else []


QUERY_VALUES: Mapping[str, tuple[str, ...]] = {
    "category": CATEGORIES,
    "recommended_for": RECOMMENDATION_CATEGORIES,
    "view": VIEWS,
}
"""Query parameters of the model list that take some values only."""


def _query(name: str, values: Sequence[str] | None = None) -> JSON:
    schema: JSON = {"type": "string"} if values is None else {"enum": list(values)}
    return {"name": name, "in": "query", "schema": schema}
