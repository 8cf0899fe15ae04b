"""The route of the Actions, which has them all, and the errors of a request for no Action."""

from __future__ import annotations

from seedance_contract.declared.errors import (
    INVALID_REQUEST,
    MATERIAL_CONFLICT,
    MATERIAL_NOT_FOUND,
    MATERIAL_PREPARING,
    MATERIAL_SOURCE_INVALID,
    MATERIAL_SOURCE_REFUSED,
    PAYLOAD_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    ErrorKind,
)
from seedance_contract.declared.routes import COMMON_ERRORS, Auth, Endpoint
from seedance_contract.declared.sources import assumed, openapi, page

ACTION_VERSION = "2024-01-01"
"""The value of the query parameter `Version`, which may be omitted."""

UNKNOWN_ACTION = ErrorKind(
    id="unknown-action",
    status=400,
    code="InvalidAction",
    type="BadRequest",
    message="Only Actions of materials and groups are emulated. Tasks have routes of their own:"
    " /api/v3/contents/generations/tasks",
    source=assumed("how the API responds to an Action that it does not have"),
)
INVALID_VERSION = ErrorKind(
    id="invalid-version",
    status=400,
    code="InvalidVersion",
    type="BadRequest",
    message=f"Version must be {ACTION_VERSION}",
    source=page("material-actions: InvalidVersion"),
)

MATERIAL_ACTION = Endpoint(
    id="materialAction",
    method="POST",
    path="/api/v3",
    place="materials",
    summary="Carry out an Action of the material library",
    auth=Auth.REQUIRED,
    errors=(
        INVALID_REQUEST,
        UNKNOWN_ACTION,
        INVALID_VERSION,
        MATERIAL_SOURCE_INVALID,
        MATERIAL_NOT_FOUND,
        MATERIAL_CONFLICT,
        MATERIAL_PREPARING,
        PAYLOAD_TOO_LARGE,
        UNSUPPORTED_MEDIA_TYPE,
        MATERIAL_SOURCE_REFUSED,
        *COMMON_ERRORS,
    ),
    source=openapi("POST /api/v3"),
)
