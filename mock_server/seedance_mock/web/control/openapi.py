"""The OpenAPI document of the control API, from the table of its routes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from seedance_mock.service.journal.entries import MAX_PAGE_ENTRIES
from seedance_mock.web.control import CONTROL_PREFIX
from seedance_mock.web.control.requests import MAX_ENTRY_NUMBER
from seedance_mock.web.control.route import ControlRoute
from seedance_mock.web.control.schemas.bodies import END_MATERIAL_BODY, FORCE_TASK_BODY
from seedance_mock.web.control.schemas.parts import Schema, example_of, reference
from seedance_mock.web.control.schemas.responses import RESPONSE_SCHEMAS
from seedance_mock.web.responses import JSON_TYPE
from seedance_mock.web.serializers import JSON

DESCRIPTION = (
    "Accounts, clocks, tasks and the journal of a running server. Clients on the same machine need"
    " no token if they use a local name of the host; others send the token of `serve"
    " --control-token` as a bearer token."
)

TOKEN = "controlToken"
"""The name of the security scheme."""

ERRORS: Mapping[int, str] = MappingProxyType(
    {
        400: "The query or the body is wrong",
        401: "The control token is wrong or missing",
        403: "The request does not come from this machine",
        404: "Nothing has this name or id",
        409: "The task or material can no longer have this status",
    }
)
"""The errors that a route may respond with."""

_NUMBER: Schema = {"type": "integer", "minimum": 0, "maximum": MAX_ENTRY_NUMBER}
_COUNT: Schema = {"type": "integer", "minimum": 1, "maximum": MAX_PAGE_ENTRIES}

QUERY_SCHEMAS: Mapping[str, Schema] = MappingProxyType(
    {
        "after": {**_NUMBER, "description": "only entries with a higher number"},
        "limit": {**_COUNT, "description": "the most entries of a page"},
        "last": {**_COUNT, "description": "the last entries instead of a page"},
        "status": {"type": "integer", "minimum": 100, "maximum": 999},
        "account": {"type": "string", "description": "the name of an account, such as key-1"},
    }
)
"""The schemas of query parameters that are no arbitrary strings."""

REQUIRED_PARAMETERS = (("/checks", "account"),)
"""The query parameters that must be there, with the path of their route."""


def control_openapi(routes: Iterable[ControlRoute]) -> JSON:
    """Return the OpenAPI document of the routes."""
    paths: dict[str, JSON] = {}
    for route in routes:
        paths.setdefault(CONTROL_PREFIX + route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Control API of seedance-mock",
            "version": "1",
            "description": DESCRIPTION,
        },
        # Without a token, or with one.
        "security": [{}, {TOKEN: []}],
        "paths": paths,
        "components": {
            "schemas": dict(RESPONSE_SCHEMAS),
            "securitySchemes": {TOKEN: {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: ControlRoute) -> JSON:
    operation: JSON = {
        "operationId": _operation_id(route),
        "summary": route.summary,
        "tags": ["control"],
        "parameters": [*_path_parameters(route), *_query_parameters(route)],
        "responses": {
            "200": {"description": route.summary, "content": _content(route)},
            **{str(status): _error_response(status) for status in _error_statuses(route)},
        },
    }
    if route.method == "POST":
        # Only the check of a create request takes a body that may have any members.
        schema = {"type": "object"} if route.body is None else route.body.schema()
        operation["requestBody"] = {"required": True, "content": {JSON_TYPE: {"schema": schema}}}
    return operation


def _operation_id(route: ControlRoute) -> str:
    path = (
        route.path.replace("/", "_").replace("-", "_").translate({ord("{"): None, ord("}"): None})
    )
    return route.method.lower() + path


def _path_parameters(route: ControlRoute) -> Iterator[JSON]:
    for segment in route.path.split("/"):
        if segment.startswith("{"):
            name, schema = segment.strip("{}"), {"type": "string"}
            yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(route: ControlRoute) -> Iterator[JSON]:
    for name in route.query:
        schema = QUERY_SCHEMAS.get(name, {"type": "string"})
        required = (route.path, name) in REQUIRED_PARAMETERS
        yield {"name": name, "in": "query", "required": required, "schema": schema}


def _content(route: ControlRoute) -> JSON:
    if not route.response:
        return {media_type: {"schema": {"type": "string"}} for media_type in route.media_types}
    schema = RESPONSE_SCHEMAS[route.response]
    example = example_of(schema, RESPONSE_SCHEMAS)
    return {JSON_TYPE: {"schema": reference(route.response), "example": example}}


def _error_statuses(route: ControlRoute) -> Iterator[int]:
    if route.query or route.method == "POST":
        yield 400
    yield from (401, 403)
    # The account of the checks is in the query.
    if "{" in route.path or (route.path, "account") in REQUIRED_PARAMETERS:
        yield 404
    if route.body in (FORCE_TASK_BODY, END_MATERIAL_BODY):
        yield 409


def _error_response(status: int) -> JSON:
    schema = reference("Error")
    return {"description": ERRORS[status], "content": {JSON_TYPE: {"schema": schema}}}
