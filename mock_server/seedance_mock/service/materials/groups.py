"""The operations of the material library on groups, and what they share with those on materials."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from seedance_contract.declared.errors import INVALID_REQUEST, MATERIAL_NOT_FOUND
from seedance_contract.declared.materials.resources import LibraryType, MaterialStatus
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.clock import Clock, account_time
from seedance_mock.domain.errors import ApiError, invalid_field
from seedance_mock.domain.materials import DefaultGroup, Material, MaterialGroup, resource_id
from seedance_mock.domain.scenarios import id_seed, seeded_hex
from seedance_mock.stores import AccountChange, Change, EntryChange, Store, ensure_account

MAX_GROUPS = 100
"""How many groups an account keeps. Assumed: no document states a limit."""

_random_bits = random.Random().getrandbits

ItemT = TypeVar("ItemT", Material, MaterialGroup)


class Selection(NamedTuple):
    """What a list selects: the values of its filters. None selects all.

    Without a status it selects what was not deleted.
    """

    project: str
    status: str | None = None
    library_type: str | None = None
    group_id: str | None = None

    def has_status(self, status: MaterialStatus) -> bool:
        """Return whether items with a status are selected."""
        if self.status is None:
            return status is not MaterialStatus.DELETED
        return status == self.status


def selected(items: Sequence[ItemT], selection: Selection) -> Iterator[ItemT]:
    """Yield those of the items that a list selects by project and library, the newest first."""
    for item in reversed(items):
        is_own = item.project == selection.project
        if is_own and selection.library_type in (None, item.library_type):
            yield item


class MaterialGroups:
    """The groups of all accounts."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    def _now(self, account: Account) -> float:
        return account_time(account.timeline, self._clock())

    async def create(self, account: Account, fields: Mapping[str, object]) -> MaterialGroup:
        """Create a group of virtual avatars.

        Raises ApiError: the group would be one of real persons, or the account has too many.
        """
        if fields["library_type"] != LibraryType.AVATAR:
            message = f"only groups of {LibraryType.AVATAR} are created directly"
            raise invalid_field("library_type", message)
        attempt = 0
        while True:
            groups = await self._store.entries(MaterialGroup, account.owner)
            group = _new_group(account, fields, self._now(account), len(groups) + attempt)
            changes: list[Change] = [*room_for_one(groups, MAX_GROUPS), EntryChange(None, group)]
            # The account is a part of the commit, so that no group outlives it. A commit also fails
            # if another create has taken the id, as under a seed: the next ordinal has another one.
            if await self._store.commit(*changes, AccountChange(account, account)):
                return group
            account, attempt = await ensure_account(self._store, account), attempt + 1

    async def read(self, account: Account, group_id: str, project: str) -> MaterialGroup:
        """Return a group of a project. Raises ApiError: `seedance_material_not_found`."""
        group = await self._store.entry(MaterialGroup, account.owner, group_id)
        if group is None or group.project != project or group.deleted_at is not None:
            raise ApiError(MATERIAL_NOT_FOUND)
        return group

    async def groups(self, account: Account, selection: Selection) -> list[MaterialGroup]:
        """Return the groups that a list selects, the newest first."""
        groups = await self._store.entries(MaterialGroup, account.owner)
        return [
            group
            for group in selected(groups, selection)
            if selection.has_status(group_status(group))
        ]

    async def update(
        self, account: Account, group_id: str, fields: Mapping[str, object]
    ) -> MaterialGroup:
        """Change name, description and metadata of a group, and return it."""
        while True:
            group = await self.read(account, group_id, str(fields["project_name"]))
            after = replace(group, updated=self._now(account))
            if "group_name" in fields:
                after = replace(after, name=str(fields["group_name"]))
            if "description" in fields:
                after = replace(after, description=_optional_text(fields["description"]))
            if "metadata" in fields:
                after = replace(after, metadata=metadata_text(fields["metadata"]))
            if await self._store.commit(EntryChange(group, after)):
                return after

    async def delete(self, account: Account, group_id: str, project: str) -> None:
        """Delete a group and its materials. Raises ApiError: `seedance_material_not_found`."""
        while True:
            group = await self.read(account, group_id, project)
            now = self._now(account)
            # Marked, not removed: a list with the status DELETED shows it.
            changes: list[Change] = [EntryChange(group, replace(group, deleted_at=now))]
            for material in await self._store.entries(Material, account.owner):
                if material.group_id == group_id and material.deleted_at is None:
                    changes.append(EntryChange(material, replace(material, deleted_at=now)))
            default = await self._store.entry(DefaultGroup, account.owner, group.project)
            if default is not None and default.group_id == group_id:
                changes.append(EntryChange(default, None))
            if await self._store.commit(*changes):
                return

    async def with_material(
        self, account: Account, fields: Mapping[str, object], now: float
    ) -> tuple[MaterialGroup, list[EntryChange]]:
        """Return the group of a new material, and the changes that count the material in it.

        Raises ApiError: the group does not exist or is of another library, there is none for a
        real person, or the account has too many groups.
        """
        project, library_type = str(fields["project_name"]), str(fields["library_type"])
        if "group_id" in fields:
            before = await self._store.entry(MaterialGroup, account.owner, str(fields["group_id"]))
            if before is None or before.project != project or before.deleted_at is not None:
                raise invalid_field("group_id", "no such group in this project")
            if before.library_type != library_type:
                raise invalid_field("library_type", f"the group is one of {before.library_type}")
            return _with_one_more(before, before)
        if library_type != LibraryType.AVATAR:
            raise invalid_field("group_id", f"{library_type} needs the group of the person")
        while default := await self._store.entry(DefaultGroup, account.owner, project):
            before = await self._store.entry(MaterialGroup, account.owner, default.group_id)
            # A deletion between the two reads has deleted the default, too.
            if before is not None and before.deleted_at is None:
                return _with_one_more(before, before)
        groups = await self._store.entries(MaterialGroup, account.owner)
        group = _new_group(account, {"project_name": project}, now, len(groups))
        counted, changes = _with_one_more(None, group)
        new_default = EntryChange(None, DefaultGroup(account.owner, project, group.id))
        return counted, [*room_for_one(groups, MAX_GROUPS), *changes, new_default]


def _with_one_more(
    before: MaterialGroup | None, group: MaterialGroup
) -> tuple[MaterialGroup, list[EntryChange]]:
    # A change of the group, so that it conflicts with a deletion that does not know the material.
    after = replace(group, material_count=group.material_count + 1)
    return after, [EntryChange(before, after)]


def group_status(group: MaterialGroup) -> MaterialStatus:
    """Return the status of a group: it is active until it is deleted."""
    return MaterialStatus.ACTIVE if group.deleted_at is None else MaterialStatus.DELETED


def _new_group(
    account: Account, fields: Mapping[str, object], now: float, ordinal: int
) -> MaterialGroup:
    return MaterialGroup(
        owner=account.owner,
        id=new_resource_id("group", account, now, ordinal),
        project=str(fields["project_name"]),
        library_type=LibraryType.AVATAR,
        name=_optional_text(fields.get("group_name")),
        description=_optional_text(fields.get("description")),
        metadata=metadata_text(fields.get("metadata")),
        created=now,
        updated=now,
    )


def _optional_text(value: object) -> str | None:
    return None if value is None else str(value)


def metadata_text(value: object) -> str | None:
    """Return the metadata of a request as it is stored."""
    return None if value is None else json.dumps(value, separators=(",", ":"))


def new_resource_id(kind: str, account: Account, now: float, ordinal: int) -> str:
    """Return the id of a material or group that the account has not used.

    Under a seed it depends on the ordinal. A commit refuses an id that is taken.
    """
    seed = id_seed(account.script)
    if seed is None:
        return resource_id(kind, now, f"{_random_bits(20):05x}")
    return resource_id(kind, now, seeded_hex(seed, account.owner, kind, ordinal))


def room_for_one(items: Sequence[ItemT], limit: int) -> Iterator[EntryChange]:
    """Yield the changes that make room for one item more: what was deleted first goes.

    Raises ApiError if nothing of `limit` items was deleted.
    """
    surplus = len(items) + 1 - limit
    if surplus <= 0:
        return
    deleted = [item for item in items if item.deleted_at is not None][:surplus]
    if len(deleted) < surplus:
        raise ApiError(
            INVALID_REQUEST,
            f"This server keeps at most {limit} of them for a workspace: delete some",
        )
    for item in deleted:
        yield EntryChange(item, None)
