"""Materials, groups and errors in the envelope of Actions."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.datastructures import QueryParams

from seedance_contract.declared.materials.action_route import ACTION_VERSION
from seedance_contract.declared.materials.actions import (
    ACTION_CODES,
    ACTION_REGION,
    ACTION_SERVICE,
    ACTION_STATUSES,
    ACTIONS,
    GROUP_TYPES,
    OTHER_ACTION_CODE,
)
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.materials import Material, MaterialGroup, material_status
from seedance_mock.web.errors.bodies import ErrorBody
from seedance_mock.web.serializers import JSON

_STATUS_NAMES = {status: name for name, status in ACTION_STATUSES.items()}
_GROUP_TYPE_NAMES = {str(library): name for name, library in GROUP_TYPES.items()}


def action_metadata(request_id: str, query: bytes) -> JSON:
    """Return the metadata of a response to a request with this query string."""
    action = QueryParams(query).get("Action")
    return {
        "RequestId": request_id,
        # Nothing but a known name: the client may have put a secret there.
        "Action": action if action in ACTIONS else "",
        "Version": ACTION_VERSION,
        "Service": ACTION_SERVICE,
        "Region": ACTION_REGION,
    }


def action_error_body(error: ApiError, request_id: str, query: bytes) -> ErrorBody:
    """Return an error in the envelope of Actions."""
    code = ACTION_CODES.get(error.kind, OTHER_ACTION_CODE)
    metadata = action_metadata(request_id, query)
    metadata["Error"] = {"Code": code, "Message": str(error)}
    return ErrorBody(error.kind.status, code, {"ResponseMetadata": metadata})


def action_asset(material: Material, now: float) -> JSON:
    """Return a material at `now`. It has no `URL`, because no file is kept."""
    status = _STATUS_NAMES[material_status(material, now)]
    asset: JSON = {
        "Id": material.id,
        "Name": material.name or "",
        "AssetType": material.asset_type,
        "GroupId": material.group_id,
        "Status": status,
        "ProjectName": material.project,
        "CreateTime": _iso_time(material.created),
        "UpdateTime": _iso_time(material.updated),
    }
    if status == "Failed":
        asset["Error"] = {"Code": "InvalidParameter", "Message": material.failure}
    return asset


def action_group(group: MaterialGroup) -> JSON:
    """Return a group."""
    return {
        "Id": group.id,
        "Name": group.name or "",
        "Description": group.description or "",
        "GroupType": _GROUP_TYPE_NAMES[group.library_type],
        "ProjectName": group.project,
        "CreateTime": _iso_time(group.created),
        "UpdateTime": _iso_time(group.updated),
    }


def _iso_time(seconds: float) -> str:
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"
