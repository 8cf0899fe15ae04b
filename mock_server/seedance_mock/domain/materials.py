"""Materials of the library and their groups: immutable records, and pure functions of them.

As with tasks, nothing here reads a clock: the status of a material is a function of the record
and the time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar

from seedance_contract.declared.materials.resources import AssetType, MaterialStatus
from seedance_mock.domain.record import BaseRecord


class Material(BaseRecord):
    """A material as it is stored. Where its file comes from is not stored: nothing needs it.

    Times are in seconds since the Unix epoch, by the clock of the account.

    Args:
        owner: the owner of the account.
        id: the id that the API shows.
        project: the project that it belongs to.
        group_id: the id of its group.
        library_type: a value of `LibraryType`.
        asset_type: a value of `AssetType`.
        name: the name that the client has given it; None if it has none.
        metadata: what the client has stored with it, a JSON object as text; None for nothing.
        created: when it was created.
        updated: when its name or metadata last changed.
        processing_seconds: how long its import takes.
        failure: why the import fails; None if it succeeds.
        deleted_at: when it was deleted; None if it was not.
        poll_count: the reads that were answered while polls are the clock of the account.
    """

    owner: str
    id: str
    project: str
    group_id: str
    library_type: str
    asset_type: str
    name: str | None
    metadata: str | None
    created: float
    updated: float
    processing_seconds: float
    failure: str | None = None
    deleted_at: float | None = None
    poll_count: int = 0


class MaterialGroup(BaseRecord):
    """A group of materials as it is stored. The fields mean the same as those of a material.

    `material_count` counts the materials that were created in it, so that a deletion of the group
    notices one that is created meanwhile.
    """

    owner: str
    id: str
    project: str
    library_type: str
    name: str | None
    description: str | None
    metadata: str | None
    created: float
    updated: float
    material_count: int = 0
    deleted_at: float | None = None


class DefaultGroup(BaseRecord):
    """The group of a project that takes the materials of requests that name none.

    The id is the name of the project, so that a project never gets two of them at the same time.
    """

    owner: str
    id: str
    group_id: str


def material_status(material: Material, now: float) -> MaterialStatus:
    """Return the status of a material at `now`, in seconds since the Unix epoch."""
    if material.deleted_at is not None:
        return MaterialStatus.DELETED
    if now < material.created + material.processing_seconds:
        return MaterialStatus.PROCESSING
    return MaterialStatus.ACTIVE if material.failure is None else MaterialStatus.FAILED


IMPORT_FAILURES: Mapping[str, str] = MappingProxyType(
    {
        AssetType.IMAGE: "The image is 120 px wide: 300 to 6000 px are possible",
        AssetType.VIDEO: "The video has more than 200 MiB",
        AssetType.AUDIO: "The audio has more than 15 MiB",
    }
)
"""Type of a material to why its import fails, if words say that it does."""


def resource_id(kind: str, now: float, digits: str) -> str:
    """Return the id of a new material (`asset`) or group (`group`).

    Args:
        kind: what the id begins with.
        now: the time of the account, in seconds since the Unix epoch.
        digits: hexadecimal digits; the first five are used.
    """
    return f"{kind}-{datetime.fromtimestamp(now, UTC):%Y%m%d%H%M%S}-{digits[:5]}"


ItemT = TypeVar("ItemT", Material, MaterialGroup)


class Page(NamedTuple, Generic[ItemT]):
    """A part of a list; `next` is the token of the next part, None for the last one."""

    items: Sequence[ItemT]
    next: str | None


def page_after(items: Sequence[ItemT], token: str | None, size: int) -> Page[ItemT]:
    """Return the page of at most `size` items that follows the item with the id `token`.

    Raises LookupError if there is no such item.
    """
    # Not a number: items that are created meanwhile come first, and would move the others.
    ids = [item.id for item in items]
    if token is not None and token not in ids:
        raise LookupError(token)
    start = 0 if token is None else ids.index(token) + 1
    found = items[start : start + size]
    has_more = start + size < len(items)
    return Page(found, found[-1].id if has_more else None)
