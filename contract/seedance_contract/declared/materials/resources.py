"""Materials and groups: their kinds, statuses, filters, and the form of their ids."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

ASSET_ID_PATTERN = r"asset-[0-9]{14}-[a-z0-9]{5}"
"""The id of a material, as a regular expression."""

GROUP_ID_PATTERN = r"group-[0-9]{14}-[a-z0-9]{5}"
"""The id of a group, as a regular expression."""


class MaterialStatus(StrEnum):
    """The status of a material. Only an active one can be used."""

    PROCESSING = "PROCESSING"
    ACTIVE = "ACTIVE"
    FAILED = "FAILED"
    DELETED = "DELETED"


class LibraryType(StrEnum):
    """The part of the library: virtual avatars, or real persons who have been verified."""

    AVATAR = "aigc_avatar"
    PERSON = "liveness_face"


class AssetType(StrEnum):
    """What the file of a material contains."""

    IMAGE = "Image"
    VIDEO = "Video"
    AUDIO = "Audio"


DEFAULT_PROJECT = "default"
"""The project of a request that names none. Projects do not see the materials of each other."""

ASSET_FILTERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "status": tuple(MaterialStatus),
        "library_type": tuple(LibraryType),
        "group_id": (),
        "project_name": (),
    }
)
"""The filters of the list of materials, and their values if they are limited."""

GROUP_FILTERS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "status": (MaterialStatus.ACTIVE, MaterialStatus.DELETED),
        "library_type": tuple(LibraryType),
        "project_name": (),
    }
)
"""The filters of the list of groups, and their values if they are limited."""
