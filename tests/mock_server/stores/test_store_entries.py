"""The laws of the interface `Store` for entries, on every store."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from msgspec.structs import replace

from seedance_mock.domain.accounts import Account
from seedance_mock.domain.materials import Material, MaterialGroup
from seedance_mock.stores import AccountChange, EntryChange, Store, TaskChange

from .example_tasks import add, add_entries, equal_copy, group, material, task

pytestmark = pytest.mark.anyio


async def test_an_entry_is_read_as_it_was_stored(store: Store) -> None:
    assert await store.entry(Material, "a", "1") is None

    await add_entries(store, material("1"), group("1"), material("1", owner="b"))

    assert await store.entry(Material, "a", "1") == material("1")
    assert await store.entry(MaterialGroup, "a", "1") == group("1")
    assert await store.entry(MaterialGroup, "b", "1") is None


async def test_entries_are_in_the_order_of_storing(store: Store) -> None:
    # More than nine: their numbers are not compared as texts.
    ids = [f"m{11 - number}" for number in range(11)]
    for entry_id in ids:
        await add_entries(store, material(entry_id), material(entry_id, owner="b"))
    await add_entries(store, group("g"))

    changed = material("m11", name="Side view")
    assert await store.commit(EntryChange(material("m11"), changed))

    stored = await store.entries(Material, "a")
    assert [entry.id for entry in stored] == ids
    assert stored[0] == changed
    assert list(await store.entries(Material, "nobody")) == []


async def test_an_entry_is_stored_once(store: Store) -> None:
    await add_entries(store, material("1"))

    assert not await store.commit(EntryChange(None, material("1", name="other")))
    assert await store.entry(Material, "a", "1") == material("1")


async def test_an_entry_is_replaced_by_value(store: Store) -> None:
    await add_entries(store, material("1"))
    changed = material("1", poll_count=1)

    assert await store.commit(EntryChange(equal_copy(material("1")), changed))
    assert not await store.commit(EntryChange(material("1"), material("1", poll_count=2)))
    assert await store.entry(Material, "a", "1") == changed


async def test_a_deleted_entry_is_gone(store: Store) -> None:
    await add_entries(store, material("1"), material("2"))

    assert await store.commit(EntryChange(material("1"), None))
    assert not await store.commit(EntryChange(material("1"), None))
    assert list(await store.entries(Material, "a")) == [material("2")]


async def test_one_of_many_concurrent_changes_of_an_entry_succeeds(store: Store) -> None:
    await add_entries(store, material("1"))

    results = await asyncio.gather(
        *(
            store.commit(EntryChange(material("1"), material("1", poll_count=count)))
            for count in range(1, 9)
        )
    )

    assert sum(results) == 1
    stored = await store.entry(Material, "a", "1")
    assert stored == material("1", poll_count=results.index(True) + 1)


@pytest.mark.parametrize("position", [0, 3])
async def test_an_entry_is_part_of_the_commit(position: int, store: Store) -> None:
    account = await store.open_account(Account(owner="a"))
    await add(store, task("1"))
    await add_entries(store, material("1"))
    changes: list[Any] = [
        TaskChange(task("1"), None),
        AccountChange(account, replace(account, created_count=1)),
        EntryChange(None, material("2")),
    ]
    outdated = EntryChange(material("1", name="other"), None)

    assert not await store.commit(*changes[:position], outdated, *changes[position:])

    assert (await store.task("1"), await store.account("a")) == (task("1"), account)
    assert list(await store.entries(Material, "a")) == [material("1")]
    assert await store.commit(*changes)
    assert list(await store.entries(Material, "a")) == [material("1"), material("2")]
    assert await store.task("1") is None


async def test_owners_of_entries_are_known_by_kind(store: Store) -> None:
    for owner in "abc":
        await add_entries(store, material("1", owner=owner), group("2", owner=owner))
    await add(store, task("1", owner="d"))

    await store.commit(EntryChange(material("1", owner="b"), None))

    assert sorted(await store.entry_owners(Material)) == ["a", "c"]
    assert sorted(await store.entry_owners(MaterialGroup)) == ["a", "b", "c"]


async def test_the_last_entry_leaves_nothing_behind(store: Store) -> None:
    await add_entries(store, material("1"))
    await store.commit(EntryChange(material("1"), None))

    assert list(await store.entry_owners(Material)) == []
    assert list(await store.entries(Material, "a")) == []
    await add_entries(store, material("1"))
    assert list(await store.entry_owners(Material)) == ["a"]


async def test_a_reset_deletes_entries(store: Store) -> None:
    account = await store.open_account(Account(owner="a"))
    await add_entries(store, material("1"), group("1"), material("1", owner="b"))

    assert not await store.reset(replace(account, words="old"), account)
    assert list(await store.entries(Material, "a")) == [material("1")]
    assert await store.reset(account, replace(account, words="ok"))

    assert list(await store.entries(Material, "a")) == []
    assert await store.entry(MaterialGroup, "a", "1") is None
    assert list(await store.entry_owners(Material)) == ["b"]


async def test_entries_go_with_an_idle_account(small_store: Store) -> None:
    await small_store.open_account(Account(owner="a"))
    await add_entries(small_store, material("1"), material("1", owner="d"))

    for owner in "bcd":
        await small_store.open_account(Account(owner=owner))

    assert await small_store.account("a") is None
    assert list(await small_store.entry_owners(Material)) == ["d"]


async def test_clear_deletes_entries(store: Store) -> None:
    await add_entries(store, material("1"), group("1"))

    await store.clear()

    assert await store.entry(Material, "a", "1") is None
    assert list(await store.entry_owners(MaterialGroup)) == []
