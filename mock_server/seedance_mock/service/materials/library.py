"""The operations of the material library on materials: create, read, list, change, delete, use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from seedance_contract.declared.errors import (
    INVALID_REQUEST,
    MATERIAL_NOT_ACCESSIBLE,
    MATERIAL_NOT_FOUND,
    MATERIAL_PREPARING,
    MATERIAL_SOURCE_REFUSED,
)
from seedance_contract.declared.materials.resources import AssetType, MaterialStatus
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.clock import Clock, account_time
from seedance_mock.domain.errors import ApiError, invalid_field
from seedance_mock.domain.lifecycle import MATERIAL_SECONDS
from seedance_mock.domain.materials import (
    IMPORT_FAILURES,
    Material,
    MaterialGroup,
    material_status,
)
from seedance_mock.domain.scenarios import parse_material_script
from seedance_mock.scripting.script import Script, with_words
from seedance_mock.scripting.words import parse
from seedance_mock.service.materials.groups import (
    MaterialGroups,
    Selection,
    metadata_text,
    new_resource_id,
    room_for_one,
    selected,
)
from seedance_mock.settings import Settings
from seedance_mock.stores import AccountChange, Change, EntryChange, Store, ensure_account

MAX_MATERIALS = 1_000
"""How many materials an account keeps. Assumed: no document states a limit."""

POLLS_TO_PROCESS = 2.0
"""The read that finds a material ready if polls are the clock of the account."""


class MaterialUse(NamedTuple):
    """What keeps a create request from using materials, by their ids.

    Args:
        inaccessible: hints on those that the account does not have.
        unusable: messages about those that no request can use.
        preparing: those that are still processed.
    """

    inaccessible: Mapping[str, str]
    unusable: Mapping[str, str]
    preparing: Sequence[str]


class MaterialLibrary:
    """The materials of all accounts. No URL is ever fetched: words decide how an import ends.

    Like `Service`, each operation reads records, decides and commits, and starts again if another
    request has replaced one of them.
    """

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self.settings = settings
        self.store = store
        self.clock = clock
        self.groups = MaterialGroups(store, clock)

    def now(self, account: Account, material: Material | None = None) -> float:
        """Return the account's time, or the material's own time if polls are its clock."""
        if material is not None and account.timeline.by_polls:
            return material.created + material.poll_count
        return account_time(account.timeline, self.clock())

    async def create(
        self, account: Account, fields: Mapping[str, object], words: str = ""
    ) -> tuple[Material, float]:
        """Create a material, and its default group if it needs one. Return it and the time.

        Args:
            account: the account that creates it.
            fields: a valid request with defaults.
            words: the words in its name.

        Raises ApiError: the group does not exist or is of another library, or the account has too
        many materials.
        """
        script = _script_of(account, words)
        attempt = 0
        while True:
            now = self.now(account)
            materials = await self.store.entries(Material, account.owner)
            group, group_changes = await self.groups.with_material(account, fields, now)
            asset_id = new_resource_id("asset", account, now, len(materials) + attempt)
            material = self._new_material(account, asset_id, fields, group, script, now)
            changes: list[Change] = [*room_for_one(materials, MAX_MATERIALS), *group_changes]
            # The account stays as it is. It is compared, so that no material is left without one.
            changes += [EntryChange(None, material), AccountChange(account, account)]
            if await self.store.commit(*changes):
                return material, self.now(account, material)
            account, attempt = await ensure_account(self.store, account), attempt + 1

    def _new_material(
        self,
        account: Account,
        asset_id: str,
        fields: Mapping[str, object],
        group: MaterialGroup,
        script: Script,
        now: float,
    ) -> Material:
        asset_type = str(fields["asset_type"])
        seconds = script.material_seconds
        if seconds is None:
            by_polls = account.timeline.by_polls
            seconds = POLLS_TO_PROCESS if by_polls else MATERIAL_SECONDS[self.settings.lifecycle]
        return Material(
            owner=account.owner,
            id=asset_id,
            project=group.project,
            group_id=group.id,
            library_type=group.library_type,
            asset_type=asset_type,
            name=None if "asset_name" not in fields else str(fields["asset_name"]),
            metadata=metadata_text(fields.get("metadata")),
            created=now,
            updated=now,
            processing_seconds=seconds,
            failure=IMPORT_FAILURES[asset_type] if script.material_end == "failed" else None,
        )

    async def _existing(self, account: Account, asset_id: str, project: str) -> Material:
        """Return a material of a project. Raises ApiError: `seedance_material_not_found`."""
        material = await self.store.entry(Material, account.owner, asset_id)
        if material is None or material.project != project or material.deleted_at is not None:
            raise ApiError(MATERIAL_NOT_FOUND)
        return material

    async def read(self, account: Account, asset_id: str, project: str) -> tuple[Material, float]:
        """Return a material and the time to show it at. If polls are the clock, this is one."""
        while True:
            material = await self._existing(account, asset_id, project)
            if not account.timeline.by_polls:
                return material, self.now(account, material)
            polled = replace(material, poll_count=material.poll_count + 1)
            if await self.store.commit(EntryChange(material, polled)):
                return polled, self.now(account, polled)

    async def materials(self, account: Account, selection: Selection) -> list[Material]:
        """Return the materials that a list selects, the newest first."""
        return [
            material
            for material in selected(await self.store.entries(Material, account.owner), selection)
            if selection.has_status(material_status(material, self.now(account, material)))
            and selection.group_id in (None, material.group_id)
        ]

    async def update(
        self, account: Account, asset_id: str, fields: Mapping[str, object]
    ) -> tuple[Material, float]:
        """Change name and metadata of an active material, and return it and the time.

        Raises ApiError: `seedance_material_not_found`; `seedance_material_preparing` while it is
        processed; `seedance_material_source_invalid` if its import has failed.
        """
        while True:
            material = await self._existing(account, asset_id, str(fields["project_name"]))
            now = self.now(account, material)
            match material_status(material, now):
                case MaterialStatus.PROCESSING:
                    raise preparing_error([asset_id], "asset_id")
                case MaterialStatus.FAILED:
                    details = {"param": "asset_url"}
                    raise ApiError(MATERIAL_SOURCE_REFUSED, material.failure, details=details)
            after = replace(material, updated=self.now(account))
            if "asset_name" in fields:
                after = replace(after, name=str(fields["asset_name"]))
            if "metadata" in fields:
                after = replace(after, metadata=metadata_text(fields["metadata"]))
            if await self.store.commit(EntryChange(material, after)):
                return after, now

    async def delete(self, account: Account, asset_id: str, project: str) -> None:
        """Delete a material. Raises ApiError: `seedance_material_not_found`."""
        while True:
            material = await self._existing(account, asset_id, project)
            after = replace(material, deleted_at=self.now(account))
            if await self.store.commit(EntryChange(material, after)):
                return

    async def end_processing(self, account: Account, asset_id: str, status: str) -> Material | None:
        """End the import of a material now: ACTIVE or FAILED. Return None if that cannot be.

        It cannot be if there is no such material, or if its import has ended.
        """
        while True:
            material = await self.store.entry(Material, account.owner, asset_id)
            if material is None:
                return None
            now = self.now(account, material)
            if material_status(material, now) is not MaterialStatus.PROCESSING:
                return None
            is_failed = status == MaterialStatus.FAILED
            after = replace(
                material,
                processing_seconds=max(0.0, now - material.created),
                failure=IMPORT_FAILURES[material.asset_type] if is_failed else None,
            )
            if await self.store.commit(EntryChange(material, after)):
                return after

    async def use(self, account: Account, asset_ids: Iterable[str]) -> MaterialUse:
        """Return what keeps a create request of the account from using materials as images."""
        inaccessible, unusable, preparing = dict[str, str](), dict[str, str](), list[str]()
        for asset_id in dict.fromkeys(asset_ids):
            material = await self.store.entry(Material, account.owner, asset_id)
            if material is None or material.deleted_at is not None:
                inaccessible[asset_id] = await self._hint(account, asset_id, material)
                continue
            status = material_status(material, self.now(account, material))
            if material.asset_type != AssetType.IMAGE:
                unusable[asset_id] = "the material is not an image"
            elif status is MaterialStatus.FAILED:
                unusable[asset_id] = f"the import of the material failed: {material.failure}"
            elif status is MaterialStatus.PROCESSING:
                preparing.append(asset_id)
        return MaterialUse(inaccessible, unusable, preparing)

    async def _hint(self, account: Account, asset_id: str, material: Material | None) -> str:
        if material is not None:
            return "the material was deleted"
        if await self.store.entry(MaterialGroup, account.owner, asset_id) is not None:
            return "this is the id of a group: name one of its materials"
        return "the library of this workspace has no material of this id"

    async def check(self, account: Account, asset_ids: Iterable[str], param: str) -> None:
        """Return if a create request can use materials as images.

        `param` is the field that names them. Raises ApiError: `invalid_request_error`, or
        `seedance_material_preparing` if they only have to be processed.
        """
        use = await self.use(account, asset_ids)
        for hint in use.inaccessible.values():
            raise ApiError(
                INVALID_REQUEST,
                MATERIAL_NOT_ACCESSIBLE,
                violations=[_violation(param, MATERIAL_NOT_ACCESSIBLE, "material_not_found")],
                details={"param": param, "hint": hint},
            )
        for message in use.unusable.values():
            raise invalid_field(param, message)
        if use.preparing:
            raise preparing_error(use.preparing, param)


def preparing_error(asset_ids: Sequence[str], param: str) -> ApiError:
    """Return the error for materials that are still processed.

    Source: page, seedance-materials: inactive_asset_ids
    """
    return ApiError(
        MATERIAL_PREPARING, details={"param": param, "inactive_asset_ids": list(asset_ids)}
    )


def _script_of(account: Account, words: str) -> Script:
    if not words:
        return account.script
    # First, because it raises ApiError for wrong words where `parse` raises WordError.
    parse_material_script("asset_name", words)
    return with_words(account.script, parse(words))


def _violation(field: str, message: str, code: str) -> dict[str, str]:
    return {"field": field, "message": message, "code": code}
