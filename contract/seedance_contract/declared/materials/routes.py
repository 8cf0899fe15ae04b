"""The endpoints of the material library."""

from __future__ import annotations

from seedance_contract.declared.errors import (
    INVALID_REQUEST,
    MATERIAL_CONFLICT,
    MATERIAL_LIBRARY_FAILED,
    MATERIAL_NOT_FOUND,
    MATERIAL_PREPARING,
    MATERIAL_SOURCE_INVALID,
    MATERIAL_SOURCE_REFUSED,
    PAYLOAD_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    ErrorKind,
)
from seedance_contract.declared.routes import COMMON_ERRORS, Auth, Endpoint
from seedance_contract.declared.sources import openapi

_ASSETS, _GROUPS = "/v1/videos/assets", "/v1/videos/assets/groups"
_ASSET, _GROUP = f"{_ASSETS}/{{assetId}}", f"{_GROUPS}/{{groupId}}"
_BODY_ERRORS = (INVALID_REQUEST, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE)


def _endpoint(
    id: str, method: str, path: str, summary: str, *errors: ErrorKind, success: int = 200
) -> Endpoint:
    return Endpoint(
        id=id,
        method=method,
        path=path,
        place="materials",
        summary=summary,
        auth=Auth.REQUIRED,
        # Last: a script that names only 503 means `all_channels_failed`, as everywhere.
        errors=(*errors, *COMMON_ERRORS, MATERIAL_LIBRARY_FAILED),
        source=openapi(f"{method} {path}"),
        success=success,
    )


CREATE_ASSET = _endpoint(
    "createMaterial",
    "POST",
    _ASSETS,
    "Import a material",
    *_BODY_ERRORS,
    MATERIAL_SOURCE_INVALID,
    MATERIAL_CONFLICT,
    success=201,
)
LIST_ASSETS = _endpoint("listMaterials", "GET", _ASSETS, "List the materials", INVALID_REQUEST)
GET_ASSET = _endpoint("getMaterial", "GET", _ASSET, "Read a material", MATERIAL_NOT_FOUND)
UPDATE_ASSET = _endpoint(
    "updateMaterial",
    "PUT",
    _ASSET,
    "Change name and metadata of a material",
    *_BODY_ERRORS,
    MATERIAL_NOT_FOUND,
    MATERIAL_PREPARING,
    MATERIAL_SOURCE_REFUSED,
)
DELETE_ASSET = _endpoint(
    "deleteMaterial", "DELETE", _ASSET, "Delete a material", MATERIAL_NOT_FOUND
)
CREATE_GROUP = _endpoint(
    "createMaterialGroup",
    "POST",
    _GROUPS,
    "Create a group of materials",
    *_BODY_ERRORS,
    MATERIAL_CONFLICT,
    success=201,
)
LIST_GROUPS = _endpoint(
    "listMaterialGroups", "GET", _GROUPS, "List the groups of materials", INVALID_REQUEST
)
GET_GROUP = _endpoint("getMaterialGroup", "GET", _GROUP, "Read a group", MATERIAL_NOT_FOUND)
UPDATE_GROUP = _endpoint(
    "updateMaterialGroup",
    "PUT",
    _GROUP,
    "Change name, description and metadata of a group",
    *_BODY_ERRORS,
    MATERIAL_NOT_FOUND,
)
DELETE_GROUP = _endpoint(
    "deleteMaterialGroup",
    "DELETE",
    _GROUP,
    "Delete a group and its materials",
    MATERIAL_NOT_FOUND,
)

# The groups first: a router that takes the first match must not take `groups` for the id of a
# material.
MATERIAL_ENDPOINTS: tuple[Endpoint, ...] = (
    CREATE_GROUP,
    LIST_GROUPS,
    GET_GROUP,
    UPDATE_GROUP,
    DELETE_GROUP,
    CREATE_ASSET,
    LIST_ASSETS,
    GET_ASSET,
    UPDATE_ASSET,
    DELETE_ASSET,
)
