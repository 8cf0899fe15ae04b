"""Operations on materials at the same time, on a store that other processes share."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from seedance_mock.domain.accounts import Account
from seedance_mock.domain.clock import ManualClock
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.materials import Material, MaterialGroup
from seedance_mock.service.materials.groups import Selection
from seedance_mock.service.materials.library import MaterialLibrary
from seedance_mock.settings import Settings
from seedance_mock.stores import EntryT, Store
from seedance_mock.stores.memory import MemoryStore

pytestmark = pytest.mark.anyio

NEW = {"asset_type": "Image", "library_type": "aigc_avatar", "project_name": "default"}
GROUP = {"library_type": "aigc_avatar", "project_name": "default"}


@pytest.fixture
def library(make_store: Callable[[int], Store], clock: ManualClock) -> MaterialLibrary:
    """Give the library of a server, once for each kind of store."""
    return MaterialLibrary(Settings(), make_store(100), clock)


async def test_no_material_outlives_its_group(library: MaterialLibrary) -> None:
    account = await library.store.open_account(Account(owner="a"))
    group = await library.groups.create(account, GROUP)

    async def create() -> bool:
        try:
            await library.create(account, {**NEW, "group_id": group.id})
        except ApiError:
            return False
        return True

    created, _ = await asyncio.gather(
        asyncio.gather(*(create() for _ in range(6))),
        library.groups.delete(account, group.id, "default"),
    )

    materials = await library.store.entries(Material, "a")
    assert len(materials) == sum(created)
    assert [material.id for material in materials if material.deleted_at is None] == []


async def test_concurrent_imports_share_a_default_group(library: MaterialLibrary) -> None:
    account = await library.store.open_account(Account(owner="a"))

    await asyncio.gather(*(library.create(account, NEW) for _ in range(6)))

    [group] = await library.store.entries(MaterialGroup, "a")
    materials = await library.store.entries(Material, "a")
    assert group.material_count == len({material.id for material in materials}) == 6


async def test_an_import_for_a_deleted_account_opens_it_again(library: MaterialLibrary) -> None:
    account = await library.store.open_account(Account(owner="a"))
    await library.store.clear()

    material, _ = await library.create(account, NEW)

    assert await library.store.account("a") is not None
    assert await library.store.entries(Material, "a") == [material]


class DeletingStore(MemoryStore):
    """A memory store in which the default group is deleted before its first read."""

    is_deleted = False

    async def entry(self, kind: type[EntryT], owner: str, entry_id: str) -> EntryT | None:
        if kind is MaterialGroup and not self.is_deleted:
            self.is_deleted = True
            groups = MaterialLibrary(Settings(), self, ManualClock()).groups
            await groups.delete(Account(owner=owner), entry_id, "default")
        return await super().entry(kind, owner, entry_id)


async def test_a_default_group_that_is_deleted_meanwhile_is_replaced(clock: ManualClock) -> None:
    library = MaterialLibrary(Settings(), DeletingStore(), clock)
    account = await library.store.open_account(Account(owner="a"))
    first, _ = await library.create(account, NEW)

    second, _ = await library.create(account, NEW)

    assert second.group_id != first.group_id
    assert [item.id for item in await library.materials(account, Selection("default"))] == [
        second.id
    ]
