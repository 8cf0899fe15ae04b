"""The Actions of the material library: the same operations as its routes, in the forms of Volc.

A request is `POST /api/v3?Action=CreateAsset&Version=2024-01-01` with a JSON object whose names are
in Pascal case. Source: page, material-actions
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from seedance_contract.declared.errors import (
    EXPIRED_KEY,
    INVALID_KEY,
    INVALID_REQUEST,
    MATERIAL_CONFLICT,
    MATERIAL_NOT_FOUND,
    MATERIAL_PREPARING,
    MATERIAL_SOURCE_INVALID,
    MATERIAL_SOURCE_REFUSED,
    METHOD_NOT_ALLOWED,
    PAYLOAD_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    ErrorKind,
)
from seedance_contract.declared.limits import Length, OneOf, Range
from seedance_contract.declared.materials.action_route import INVALID_VERSION, UNKNOWN_ACTION
from seedance_contract.declared.materials.requests import (
    MAX_NAME,
    MAX_PAGE_SIZE,
    MaterialField,
    MaterialRequest,
)
from seedance_contract.declared.materials.resources import (
    DEFAULT_PROJECT,
    AssetType,
    LibraryType,
    MaterialStatus,
)
from seedance_contract.declared.sources import openapi

ACTION_SERVICE, ACTION_REGION = "ark", "cn-beijing"

MAX_ACTION_NAME, MAX_ACTION_DESCRIPTION, MAX_FILTERED_GROUPS = 64, 300, 100
"""The most characters of a name and of a description, and the most groups of a filter."""

DEFAULT_ACTION_PAGE_SIZE = 10

# The errors of the same operations under /v1, so that both forms refuse for the same reasons.
ACTION_CODES: Mapping[ErrorKind, str] = MappingProxyType(
    {
        UNKNOWN_ACTION: UNKNOWN_ACTION.code,
        INVALID_VERSION: INVALID_VERSION.code,
        INVALID_KEY: "InvalidCredential",
        EXPIRED_KEY: "InvalidCredential",
        INVALID_REQUEST: "InvalidParameter",
        MATERIAL_SOURCE_INVALID: "InvalidParameter",
        PAYLOAD_TOO_LARGE: "InvalidParameter",
        UNSUPPORTED_MEDIA_TYPE: "InvalidParameter",
        MATERIAL_NOT_FOUND: "NotFound",
        MATERIAL_CONFLICT: "Conflict",
        MATERIAL_PREPARING: "OperationDenied",
        MATERIAL_SOURCE_REFUSED: "OperationDenied",
        METHOD_NOT_ALLOWED: "MethodNotAllowed",
    }
)
"""The codes of errors in the envelope of Actions. Every other error is `OTHER_ACTION_CODE`."""

OTHER_ACTION_CODE = "InternalError"

GROUP_TYPES: Mapping[str, LibraryType] = MappingProxyType(
    {"AIGC": LibraryType.AVATAR, "LivenessFace": LibraryType.PERSON}
)
"""The parts of the library as Actions name them."""

ACTION_STATUSES: Mapping[str, MaterialStatus] = MappingProxyType(
    {
        "Active": MaterialStatus.ACTIVE,
        "Processing": MaterialStatus.PROCESSING,
        "Failed": MaterialStatus.FAILED,
    }
)
"""The statuses as Actions name them."""

_SOURCE = openapi("VolcMaterialActionRequest")


def _field(name: str, **options: object) -> MaterialField:
    return MaterialField(name=name, source=_SOURCE, **options)  # type: ignore[arg-type] # as declared


def _request(action: str, *fields: MaterialField) -> MaterialRequest:
    # Every Action takes a project, as every route of the library does.
    project = _field("ProjectName", limit=Length(1, MAX_NAME), default=DEFAULT_PROJECT)
    by_name = {field.name: field for field in (*fields, project)}
    return MaterialRequest(schema_name=action, fields=MappingProxyType(by_name))


_ID = _field("Id", required=True)
_NAME = _field("Name", limit=Length(1, MAX_ACTION_NAME))
_DESCRIPTION = _field("Description", limit=Length(0, MAX_ACTION_DESCRIPTION))
_GROUP_TYPE = _field("GroupType", limit=OneOf(tuple(GROUP_TYPES)))
_GROUP_IDS = _field("GroupIds", kind="strings", max_items=MAX_FILTERED_GROUPS)
_PAGES = (
    _field("PageNumber", kind="integer", limit=Range(1, None)),
    _field("PageSize", kind="integer", limit=Range(1, MAX_PAGE_SIZE)),
    _field("SortBy", limit=OneOf(("CreateTime", "UpdateTime", "GroupId"))),
    _field("SortOrder", limit=OneOf(("Desc", "Asc"))),
)
# Objects inside requests, declared as requests, so that their fields are checked in the same way.
GROUP_FILTER = MaterialRequest(
    schema_name="GroupFilter",
    fields=MappingProxyType({field.name: field for field in (_GROUP_IDS, _GROUP_TYPE, _NAME)}),
)
ASSET_FILTER = MaterialRequest(
    schema_name="AssetFilter",
    fields=MappingProxyType(
        {
            **GROUP_FILTER.fields,
            "Statuses": _field("Statuses", kind="strings", limit=OneOf(tuple(ACTION_STATUSES))),
        }
    ),
)

ACTIONS: Mapping[str, MaterialRequest] = MappingProxyType(
    {
        request.schema_name: request
        for request in (
            _request("CreateAssetGroup", _NAME, _DESCRIPTION, _GROUP_TYPE),
            _request("ListAssetGroups", _field("Filter", kind="object"), *_PAGES),
            _request("GetAssetGroup", _ID),
            _request("UpdateAssetGroup", _ID, _NAME, _DESCRIPTION),
            _request("DeleteAssetGroup", _ID),
            _request(
                "CreateAsset",
                _field("URL", required=True),
                _field("GroupId"),
                _NAME,
                _field("AssetType", limit=OneOf(tuple(AssetType)), default=AssetType.IMAGE),
            ),
            _request("ListAssets", _field("Filter", kind="object"), *_PAGES),
            _request("GetAsset", _ID),
            _request("UpdateAsset", _ID, _NAME),
            _request("DeleteAsset", _ID),
        )
    }
)
"""The Actions by their names, each with its request."""
