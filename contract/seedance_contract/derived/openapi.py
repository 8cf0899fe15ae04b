"""The OpenAPI 3.1 document of the API, derived from the contract."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seedance_contract.declared.contract import CONTRACT, CONTRACT_VERSION, Contract
from seedance_contract.declared.examples import example_request
from seedance_contract.declared.materials.routes import MATERIAL_ENDPOINTS
from seedance_contract.declared.model import family_names
from seedance_contract.declared.operations import OPERATIONS
from seedance_contract.declared.routes import (
    AUTO_DELIVERY,
    CANCEL,
    CREATE,
    DELIVERY_POLICIES,
    DELIVERY_POLICY_HEADER,
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
from seedance_contract.derived.schemas.material_schemas import (
    MATERIAL_BODIES,
    MATERIAL_LINKS,
    MATERIAL_RESPONSES,
    material_parameters,
    material_schemas,
)
from seedance_contract.derived.schemas.request_schema import request_schemas
from seedance_contract.derived.schemas.response_schemas import response_schemas
from seedance_contract.derived.schemas.schema_objects import schema_reference

JSON = dict[str, object]

_SUCCESS_SCHEMAS: Mapping[Endpoint, tuple[str, ...]] = {
    CREATE: ("CreatedTask",),
    READ: ("Task",),
    READ_LEGACY: ("Task",),
    CANCEL: ("CancelledTask",),
    LIST_MODELS: ("ModelList", "CompactModelList"),
    GET_MODEL: ("Model",),
    GET_MODEL_PRICING: ("ModelPricing",),
    LIST_PRICING: ("PricingList",),
    **MATERIAL_RESPONSES,
}
_TASK_ENDPOINTS = (CREATE, READ, READ_LEGACY, CANCEL)

_STRING = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}

_HEADERS: Mapping[str, JSON] = {
    "X-Request-ID": {"schema": _STRING, "required": True},
    "X-Task-ID": {"schema": _STRING, "required": True},
    "X-Billing-Transaction-ID": {"schema": _STRING, "description": "Once the task is settled"},
    "Retry-After": {"schema": _COUNT, "description": "Seconds to wait"},
    "X-RateLimit-Limit": {"schema": _COUNT, "description": "Requests a minute"},
    "X-RateLimit-Remaining": {"schema": _COUNT},
    "X-RateLimit-Reset": {"schema": _COUNT, "description": "Seconds since the Unix epoch"},
}
_RATE_LIMIT_HEADERS = (
    "Retry-After",
    "X-RateLimit-Limit",
    "X-RateLimit-Remaining",
    "X-RateLimit-Reset",
)

QUERY_VALUES: Mapping[str, tuple[str, ...]] = {
    "category": CATEGORIES,
    "recommended_for": RECOMMENDATION_CATEGORIES,
    "view": VIEWS,
}
"""The query parameters of the model list that have an enumeration of values."""


def openapi_document(server: str = "/", contract: Contract = CONTRACT) -> JSON:
    """Return the document; `server` is the URL of the API that it describes."""
    paths: dict[str, JSON] = {}
    for endpoint in (*ENDPOINTS, *MATERIAL_ENDPOINTS):
        item = paths.setdefault(endpoint.path, {})
        item[endpoint.method.lower()] = _operation(endpoint, contract)
    family = family_names(contract.models)
    return {
        # 3.1 uses JSON Schema 2020-12 itself, so the schemas serve validators without conversion.
        "openapi": "3.1.0",
        "info": {
            "title": f"{family} video API",
            "version": CONTRACT_VERSION,
            "description": f"The contract of the TokenLab {family} video family.",
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
            "schemas": {
                **request_schemas(contract),
                **response_schemas(contract),
                **material_schemas(),
            },
        },
    }


def _operation(endpoint: Endpoint, contract: Contract) -> JSON:
    operation: JSON = {
        "operationId": endpoint.id,
        "summary": endpoint.summary,
        "x-source": str(endpoint.source),
        "responses": {str(endpoint.success): _success_response(endpoint)}
        | {str(status): _error_response(endpoint, status) for status in endpoint.statuses[1:]},
    }
    if endpoint.auth is Auth.OPTIONAL:
        # An empty list overrides the document's `security`: no key is needed.
        operation["security"] = []
    if endpoint is CREATE:
        operation["requestBody"] = _request_body(contract)
    if endpoint in MATERIAL_BODIES:
        schema = schema_reference(MATERIAL_BODIES[endpoint].schema_name)
        content = {"application/json": {"schema": schema}}
        operation["requestBody"] = {"required": True, "content": content}
    operation["parameters"] = _parameters(endpoint)
    return operation


def _request_body(contract: Contract) -> JSON:
    model = contract.example_model
    examples = {
        name: {"value": dict(example_request(OPERATIONS[name], model.id))}
        for name in model.operations
    }
    content = {"schema": schema_reference("VideoRequest"), "examples": examples}
    return {"required": True, "content": {"application/json": content}}


def _header_references(names: Sequence[str]) -> JSON:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _success_response(endpoint: Endpoint) -> JSON:
    schemas = [schema_reference(name) for name in _SUCCESS_SCHEMAS[endpoint]]
    schema = schemas[0] if len(schemas) == 1 else {"oneOf": schemas}
    headers = ["X-Request-ID"]
    if endpoint in _TASK_ENDPOINTS:
        headers.append("X-Task-ID")
    if endpoint in (READ, READ_LEGACY):
        headers.append("X-Billing-Transaction-ID")
    response: JSON = {
        "description": endpoint.summary,
        "headers": _header_references(headers),
        "content": {"application/json": {"schema": schema}},
    }
    if links := _links(endpoint):
        response["links"] = links
    return response


def _links(endpoint: Endpoint) -> JSON:
    """Return the operations that can follow, called with the id in the response."""
    # The stateful phase of Schemathesis follows them to call a route with the id of a real task.
    following = {CREATE: (READ, READ_LEGACY, CANCEL), CANCEL: (READ,), **MATERIAL_LINKS}
    return {
        linked.id: {
            "operationId": linked.id,
            "parameters": {linked.path.rpartition("{")[2].strip("}"): "$response.body#/id"},
        }
        for linked in following.get(endpoint, ())
    }


def _error_response(endpoint: Endpoint, status: int) -> JSON:
    codes = [kind.code for kind in endpoint.errors if kind.status == status]
    headers = ["X-Request-ID", *(_RATE_LIMIT_HEADERS if status == 429 else ())]
    # The documents name a waiting time for 429 (rate-limits) and for 503 (agent-first-api).
    if status == 503:
        headers.append("Retry-After")
    return {
        "description": " or ".join(codes),
        "headers": _header_references(headers),
        "content": {"application/json": {"schema": schema_reference("Error")}},
    }


def _parameters(endpoint: Endpoint) -> list[JSON]:
    if endpoint in MATERIAL_ENDPOINTS:
        return material_parameters(endpoint)
    if endpoint is CREATE:
        schema: JSON = {"type": "string", "enum": list(DELIVERY_POLICIES)}
        description = f"Which delivery tier may make the video; {AUTO_DELIVERY} if it is omitted"
        header = {"name": DELIVERY_POLICY_HEADER, "in": "header"}
        return [{**header, "description": description, "schema": schema}]
    if endpoint in (READ, READ_LEGACY, CANCEL):
        return [{"name": "id", "in": "path", "required": True, "schema": _STRING}]
    if endpoint in (GET_MODEL, GET_MODEL_PRICING):
        return [{"name": "model", "in": "path", "required": True, "schema": _STRING}]
    filters = [_query_parameter(name) for name in ("provider", "tag")]
    if endpoint is LIST_MODELS:
        return filters + [_query_parameter(name, values) for name, values in QUERY_VALUES.items()]
    return filters if endpoint is LIST_PRICING else []


def _query_parameter(name: str, values: Sequence[str] | None = None) -> JSON:
    schema: JSON = {"type": "string"} if values is None else {"enum": list(values)}
    return {"name": name, "in": "query", "schema": schema}
