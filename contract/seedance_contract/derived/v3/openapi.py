"""The OpenAPI 3.1 document of v3, derived from the contract.

It is a document of its own: v1 and v3 share a server, and neither paths nor schemas nor errors.
"""

from __future__ import annotations

from collections.abc import Mapping

from seedance_contract.declared.contract import CONTRACT, CONTRACT_VERSION, Contract
from seedance_contract.declared.limits import Schema
from seedance_contract.declared.routes import DELIVERY_POLICIES, DELIVERY_POLICY_HEADER, Endpoint
from seedance_contract.declared.v3.errors import v3_form
from seedance_contract.declared.v3.examples import example_v3_request
from seedance_contract.declared.v3.fields import SERVICE_TIERS
from seedance_contract.declared.v3.routes import (
    DEFAULT_PAGE_SIZE,
    IDEMPOTENCY_HEADER,
    MAX_IDEMPOTENCY_KEY,
    MAX_PAGE,
    REPLAYED_HEADER,
    V3_CREATE,
    V3_DELETE,
    V3_ENDPOINTS,
    V3_LIST,
    V3_READ,
)
from seedance_contract.declared.v3.tasks import V3Status
from seedance_contract.derived.schemas.schema_objects import STRING, schema_reference
from seedance_contract.derived.v3.request_schema import v3_request_schemas
from seedance_contract.derived.v3.response_schemas import v3_response_schemas

_SUCCESS_SCHEMAS: Mapping[Endpoint, str] = {
    V3_CREATE: "CreatedContentTask",
    V3_READ: "ContentTask",
    V3_LIST: "ContentTaskList",
}
"""The schema of a success. The response to a delete has no body."""

_HEADERS: Mapping[str, dict[str, object]] = {
    "X-Request-ID": {"schema": STRING, "required": True},
    REPLAYED_HEADER: {
        "schema": {"const": "true"},
        "description": "An earlier request with the same key created the task",
    },
    "Retry-After": {
        "schema": {"type": "integer", "minimum": 0},
        "description": "Seconds to wait",
    },
}


def v3_openapi_document(server: str = "/", contract: Contract = CONTRACT) -> dict[str, object]:
    """Return the document; `server` is the URL of the API that it describes."""
    paths: dict[str, dict[str, object]] = {}
    for endpoint in V3_ENDPOINTS:
        item = paths.setdefault(endpoint.path, {})
        item[endpoint.method.lower()] = _operation(endpoint, contract)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Seedance video API, Volc-compatible routes",
            "version": CONTRACT_VERSION,
            "description": "The contract of the routes of TokenLab under /api/v3.",
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
            "schemas": {**v3_request_schemas(contract), **v3_response_schemas()},
        },
    }


def v3_statuses(endpoint: Endpoint) -> tuple[int, ...]:
    """Return every status of a response of v3, success first."""
    return (200, *sorted({v3_form(kind).status for kind in endpoint.errors}))


def _operation(endpoint: Endpoint, contract: Contract) -> dict[str, object]:
    operation: dict[str, object] = {
        "operationId": endpoint.id,
        "summary": endpoint.summary,
        "x-source": str(endpoint.source),
        "parameters": _parameters(endpoint),
        "responses": {"200": _success(endpoint)}
        | {str(status): _error(endpoint, status) for status in v3_statuses(endpoint)[1:]},
    }
    if endpoint is V3_CREATE:
        content = {
            "schema": schema_reference("ContentTaskRequest"),
            "example": _example(contract),
        }
        operation["requestBody"] = {"required": True, "content": {"application/json": content}}
    return operation


def _example(contract: Contract) -> dict[str, object]:
    variant = contract.example_model.v3
    assert variant is not None, "v3 has the model of example requests"
    return example_v3_request(variant.identifiers[0])


def _success(endpoint: Endpoint) -> dict[str, object]:
    names = ["X-Request-ID", *([REPLAYED_HEADER] if endpoint is V3_CREATE else [])]
    response: dict[str, object] = {
        "description": endpoint.summary,
        "headers": _header_references(names),
    }
    if endpoint in _SUCCESS_SCHEMAS:
        schema = schema_reference(_SUCCESS_SCHEMAS[endpoint])
        response["content"] = {"application/json": {"schema": schema}}
    if endpoint is V3_CREATE:
        response["links"] = {
            linked.id: {"operationId": linked.id, "parameters": {"id": "$response.body#/id"}}
            for linked in (V3_READ, V3_DELETE)
        }
    return response


def _error(endpoint: Endpoint, status: int) -> dict[str, object]:
    forms = [v3_form(kind) for kind in endpoint.errors]
    codes = dict.fromkeys(form.code for form in forms if form.status == status)
    # On a 409 it says when a create that is still in progress may be repeated.
    has_retry_after = status in (429, 503) or (status == 409 and endpoint is V3_CREATE)
    names = ["X-Request-ID", *(["Retry-After"] if has_retry_after else [])]
    return {
        "description": " or ".join(codes),
        "headers": _header_references(names),
        "content": {"application/json": {"schema": schema_reference("ContentError")}},
    }


def _header_references(names: list[str]) -> dict[str, object]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _parameters(endpoint: Endpoint) -> list[dict[str, object]]:
    if endpoint is V3_CREATE:
        key: Schema = {"type": "string", "minLength": 1, "maxLength": MAX_IDEMPOTENCY_KEY}
        policy: Schema = {"type": "string", "enum": list(DELIVERY_POLICIES)}
        return [
            {"name": DELIVERY_POLICY_HEADER, "in": "header", "schema": policy},
            {"name": IDEMPOTENCY_HEADER, "in": "header", "schema": key},
        ]
    if endpoint is V3_LIST:
        return [{"name": name, "in": "query", "schema": s} for name, s in _FILTERS.items()]
    return [{"name": "id", "in": "path", "required": True, "schema": STRING}]


_PAGE: dict[str, object] = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE}
_FILTERS: Mapping[str, Schema] = {
    "page_num": {**_PAGE, "default": 1},
    "page_size": {**_PAGE, "default": DEFAULT_PAGE_SIZE},
    "filter.status": {"type": "string", "enum": [str(status) for status in V3Status]},
    # Repeated for several ids, as OpenAPI serialises arrays by default.
    "filter.task_ids": {"type": "array", "items": STRING},
    "filter.model": STRING,
    "filter.service_tier": {"type": "string", "enum": list(SERVICE_TIERS)},
}
