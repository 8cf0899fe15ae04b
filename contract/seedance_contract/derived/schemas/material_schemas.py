"""The material library in the OpenAPI document: requests, responses, parameters."""

from __future__ import annotations

from collections.abc import Mapping

from seedance_contract.declared.limits import Schema
from seedance_contract.declared.materials.requests import (
    CREATE_ASSET_REQUEST,
    CREATE_GROUP_REQUEST,
    DEFAULT_PAGE_SIZE,
    MATERIAL_REQUESTS,
    MAX_NAME,
    MAX_PAGE_SIZE,
    UPDATE_ASSET_REQUEST,
    UPDATE_GROUP_REQUEST,
    MaterialRequest,
)
from seedance_contract.declared.materials.resources import (
    ASSET_FILTERS,
    ASSET_ID_PATTERN,
    DEFAULT_PROJECT,
    GROUP_FILTERS,
    GROUP_ID_PATTERN,
    AssetType,
    LibraryType,
    MaterialStatus,
)
from seedance_contract.declared.materials.routes import (
    CREATE_ASSET,
    CREATE_GROUP,
    DELETE_ASSET,
    DELETE_GROUP,
    GET_ASSET,
    GET_GROUP,
    LIST_ASSETS,
    LIST_GROUPS,
    UPDATE_ASSET,
    UPDATE_GROUP,
)
from seedance_contract.declared.routes import Endpoint
from seedance_contract.derived.schemas.schema_objects import (
    NULLABLE_STRING,
    STRING,
    TIME,
    closed_object,
    schema_reference,
)

JSON = dict[str, object]

MATERIAL_BODIES: Mapping[Endpoint, MaterialRequest] = {
    CREATE_ASSET: CREATE_ASSET_REQUEST,
    UPDATE_ASSET: UPDATE_ASSET_REQUEST,
    CREATE_GROUP: CREATE_GROUP_REQUEST,
    UPDATE_GROUP: UPDATE_GROUP_REQUEST,
}
"""The requests with a body."""

MATERIAL_RESPONSES: Mapping[Endpoint, tuple[str, ...]] = {
    CREATE_ASSET: ("Material",),
    LIST_ASSETS: ("MaterialList",),
    GET_ASSET: ("Material",),
    UPDATE_ASSET: ("Material",),
    DELETE_ASSET: ("DeletedMaterial",),
    CREATE_GROUP: ("MaterialGroup",),
    LIST_GROUPS: ("MaterialGroupList",),
    GET_GROUP: ("MaterialGroup",),
    UPDATE_GROUP: ("MaterialGroup",),
    DELETE_GROUP: ("DeletedMaterial",),
}
"""The schemas of the responses."""

MATERIAL_LINKS: Mapping[Endpoint, tuple[Endpoint, ...]] = {
    CREATE_ASSET: (GET_ASSET, UPDATE_ASSET, DELETE_ASSET),
    CREATE_GROUP: (GET_GROUP, UPDATE_GROUP, DELETE_GROUP),
}
"""The operations that can follow, called with the id in the response."""

_ID: Schema = {"type": "string", "pattern": f"^{ASSET_ID_PATTERN}$"}
_GROUP_ID: Schema = {"type": "string", "pattern": f"^{GROUP_ID_PATTERN}$"}
# Whatever the client has stored, which comes back unchanged.
_METADATA: Schema = {"type": ["object", "null"]}
_LIBRARY: Schema = {"enum": list(LibraryType)}

# Closed: a member that no document names is a difference that check-server reports.
_MATERIAL = closed_object(
    id=_ID,
    object={"const": "seedance.material_asset"},
    project_name=STRING,
    group_id=_GROUP_ID,
    library_type=_LIBRARY,
    asset_name=NULLABLE_STRING,
    asset_type={"enum": list(AssetType)},
    status={"enum": list(MaterialStatus)},
    ready={"type": "boolean"},
    error_message=NULLABLE_STRING,
    metadata=_METADATA,
    created_at=TIME,
    updated_at=TIME,
)
_GROUP = closed_object(
    id=_GROUP_ID,
    object={"const": "seedance.material_asset_group"},
    project_name=STRING,
    library_type=_LIBRARY,
    group_name=NULLABLE_STRING,
    description=NULLABLE_STRING,
    status={"enum": list(GROUP_FILTERS["status"])},
    metadata=_METADATA,
    created_at=TIME,
    updated_at=TIME,
)


def material_schemas() -> dict[str, Schema]:
    """Return the named schemas of the library."""
    return {
        **{request.schema_name: request.schema() for request in MATERIAL_REQUESTS},
        "Material": _MATERIAL,
        "MaterialList": _list_of("assets", "Material"),
        "MaterialGroup": _GROUP,
        "MaterialGroupList": _list_of("groups", "MaterialGroup"),
        "DeletedMaterial": closed_object(deleted={"const": True}, id=STRING),
    }


def _list_of(name: str, schema: str) -> Schema:
    items = {"type": "array", "items": schema_reference(schema), "maxItems": MAX_PAGE_SIZE}
    return closed_object(**{name: items, "next_page_token": NULLABLE_STRING})


def material_parameters(endpoint: Endpoint) -> list[JSON]:
    """Return the parameters of an endpoint of the library."""
    if endpoint in (LIST_ASSETS, LIST_GROUPS):
        filters = ASSET_FILTERS if endpoint is LIST_ASSETS else GROUP_FILTERS
        return [
            _query("page_size", _PAGE_SIZE),
            _query("page_token", STRING),
            *(_query(name, _filter_schema(name, values)) for name, values in filters.items()),
        ]
    names = [part.strip("{}") for part in endpoint.path.split("/") if part.startswith("{")]
    path: list[JSON] = [
        # No pattern: another id is a documented 404, and generated requests must reach it.
        {"name": name, "in": "path", "required": True, "schema": STRING}
        for name in names
    ]
    # With a body, the project is a field of it.
    return path if endpoint in MATERIAL_BODIES else [*path, _query("project_name", _PROJECT)]


_PAGE_SIZE: Schema = {
    "type": "integer",
    "minimum": 1,
    "maximum": MAX_PAGE_SIZE,
    "default": DEFAULT_PAGE_SIZE,
}
_PROJECT: Schema = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_NAME,
    "default": DEFAULT_PROJECT,
}


def _filter_schema(name: str, values: tuple[str, ...]) -> Schema:
    if name == "project_name":
        return _PROJECT
    return {"enum": list(values)} if values else STRING


def _query(name: str, schema: Schema) -> JSON:
    return {"name": name, "in": "query", "schema": schema}
