"""Materials of the library and their groups: immutable records, and pure functions of them.

As with tasks, nothing here reads a clock: the status of a material is a function of the record
and the time.
"""

from __future__ import annotations

from typing import NamedTuple

from seedance_contract.declared.materials.resources import MaterialStatus


class Material(NamedTuple):
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


class MaterialGroup(NamedTuple):
    """A group of materials as it is stored. The fields mean the same as those of a material.

    `is_default` marks the group that takes the materials of a request that names none.
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
    is_default: bool = False
    deleted_at: float | None = None


def material_status(material: Material, now: float) -> MaterialStatus:
    """Return the status of a material at `now`, in seconds since the Unix epoch."""
    if material.deleted_at is not None:
        return MaterialStatus.DELETED
    if now < material.created + material.processing_seconds:
        return MaterialStatus.PROCESSING
    return MaterialStatus.ACTIVE if material.failure is None else MaterialStatus.FAILED
