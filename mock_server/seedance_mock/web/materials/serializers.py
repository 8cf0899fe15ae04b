"""Materials and groups as the API shows them."""

from __future__ import annotations

import json

from seedance_contract.declared.materials.resources import MaterialStatus
from seedance_mock.domain.materials import Material, MaterialGroup, material_status
from seedance_mock.service.materials.groups import group_status
from seedance_mock.web.serializers import JSON


def material_body(material: Material, now: float) -> JSON:
    """Return a material as the API shows it at `now`, in seconds since the Unix epoch."""
    status = material_status(material, now)
    return {
        "id": material.id,
        "object": "seedance.material_asset",
        "project_name": material.project,
        "group_id": material.group_id,
        "library_type": material.library_type,
        "asset_name": material.name,
        "asset_type": material.asset_type,
        "status": status,
        "ready": status is MaterialStatus.ACTIVE,
        "error_message": material.failure if status is MaterialStatus.FAILED else None,
        "metadata": _metadata(material.metadata),
        "created_at": _milliseconds(material.created),
        "updated_at": _milliseconds(material.updated),
    }


def group_body(group: MaterialGroup) -> JSON:
    """Return a group as the API shows it."""
    return {
        "id": group.id,
        "object": "seedance.material_asset_group",
        "project_name": group.project,
        "library_type": group.library_type,
        "group_name": group.name,
        "description": group.description,
        "status": group_status(group),
        "metadata": _metadata(group.metadata),
        "created_at": _milliseconds(group.created),
        "updated_at": _milliseconds(group.updated),
    }


def _metadata(text: str | None) -> object:
    return None if text is None else json.loads(text)


def _milliseconds(seconds: float) -> int:
    # As in the examples of the vendor's document. Its text says Unix time.
    return int(seconds * 1000)
