"""What only a store in Redis does with entries: versions, several processes, noted owners."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from seedance_mock.domain.accounts import Account
from seedance_mock.domain.materials import Material
from seedance_mock.stores import EntryChange

from .example_tasks import add_entries, material

if TYPE_CHECKING:
    from seedance_mock.stores.redis.store import RedisStore

pytestmark = pytest.mark.anyio


async def test_an_entry_of_another_process_is_compared(
    redis_store: RedisStore, other_process: RedisStore
) -> None:
    await add_entries(redis_store, material("1"))

    # This process has not read the entry: it knows no version of it.
    assert not await other_process.commit(EntryChange(material("1", name="other"), None))
    assert await other_process.commit(EntryChange(material("1"), material("1", poll_count=1)))

    assert not await redis_store.commit(EntryChange(material("1"), None))
    assert await redis_store.entry(Material, "a", "1") == material("1", poll_count=1)


async def test_a_deleted_entry_has_no_version(
    redis_store: RedisStore, other_process: RedisStore
) -> None:
    await add_entries(redis_store, material("1"), material("2"))
    await other_process.commit(EntryChange(material("1"), None))

    assert not await redis_store.commit(EntryChange(material("1"), material("1", poll_count=1)))
    assert [entry.id for entry in await redis_store.entries(Material, "a")] == ["2"]


async def test_an_entry_that_came_back_is_compared_by_value(
    redis_store: RedisStore, other_process: RedisStore
) -> None:
    await add_entries(redis_store, material("1"))
    for before, after in ((0, 1), (1, 0)):
        counts = [material("1", poll_count=count) for count in (before, after)]
        assert await other_process.commit(EntryChange(*counts))

    assert await redis_store.commit(EntryChange(material("1"), material("1", poll_count=2)))


async def test_entries_are_deleted_with_an_idle_account(redis_store: RedisStore) -> None:
    await redis_store.open_account(Account(owner="a"))
    await add_entries(redis_store, material("1"), material("1", owner="b"))

    assert await redis_store.delete_idle_account("a")

    assert await redis_store.entry(Material, "a", "1") is None
    assert list(await redis_store.entry_owners(Material)) == ["b"]


@pytest.mark.parametrize(("noted_seconds", "noted"), [(60, ["a", "b"]), (-1, ["b"])])
async def test_an_owner_without_entries_is_forgotten_later(
    noted_seconds: int, noted: list[str], redis_store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedance_mock.stores.redis.entries.NOTED_SECONDS", noted_seconds)
    await add_entries(redis_store, material("1"), material("1", owner="b"))
    await redis_store.commit(EntryChange(material("1"), None))

    assert list(await redis_store.entry_owners(Material)) == ["b"]

    key = redis_store._keys.entry_owners("material")
    members = await redis_store._client.call("ZRANGE", key, 0, -1)
    assert sorted(member.decode() for member in members) == noted
