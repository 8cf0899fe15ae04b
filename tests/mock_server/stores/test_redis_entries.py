"""What only a store in Redis does with entries: versions, several processes, noted owners."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

import pytest

from seedance_mock.domain.accounts import Account
from seedance_mock.domain.materials import Material
from seedance_mock.stores import EntryChange

from .example_tasks import add_entries, material
from .redis_server import new_redis_store, shared_url

if TYPE_CHECKING:
    from seedance_mock.stores.redis.store import RedisStore

pytestmark = pytest.mark.anyio


@pytest.fixture
async def store() -> AsyncIterator[RedisStore]:
    """Give an empty store."""
    store = new_redis_store()
    yield store
    await store.close()


@pytest.fixture
async def other(store: RedisStore) -> AsyncIterator[RedisStore]:
    """Give the same store as another process has it."""
    from seedance_mock.stores.redis.store import RedisStore

    other = RedisStore(shared_url(), prefix=store._keys.prefix)
    yield other
    await other.close()


async def test_an_entry_of_another_process_is_compared(
    store: RedisStore, other: RedisStore
) -> None:
    await add_entries(store, material("1"))

    # This process has not read the entry: it knows no version of it.
    assert not await other.commit(EntryChange(material("1", name="other"), None))
    assert await other.commit(EntryChange(material("1"), material("1", poll_count=1)))

    assert not await store.commit(EntryChange(material("1"), None))
    assert await store.entry(Material, "a", "1") == material("1", poll_count=1)


async def test_a_deleted_entry_has_no_version(store: RedisStore, other: RedisStore) -> None:
    await add_entries(store, material("1"), material("2"))
    await other.commit(EntryChange(material("1"), None))

    assert not await store.commit(EntryChange(material("1"), material("1", poll_count=1)))
    assert [entry.id for entry in await store.entries(Material, "a")] == ["2"]


async def test_an_entry_that_came_back_is_compared_by_value(
    store: RedisStore, other: RedisStore
) -> None:
    await add_entries(store, material("1"))
    for before, after in ((0, 1), (1, 0)):
        counts = [material("1", poll_count=count) for count in (before, after)]
        assert await other.commit(EntryChange(*counts))

    assert await store.commit(EntryChange(material("1"), material("1", poll_count=2)))


async def test_entries_are_deleted_with_an_idle_account(store: RedisStore) -> None:
    await store.open_account(Account(owner="a"))
    await add_entries(store, material("1"), material("1", owner="b"))

    assert await store.delete_idle_account("a")

    assert await store.entry(Material, "a", "1") is None
    assert list(await store.entry_owners(Material)) == ["b"]


@pytest.mark.parametrize(("noted_seconds", "noted"), [(60, ["a", "b"]), (-1, ["b"])])
async def test_an_owner_without_entries_is_forgotten_later(
    noted_seconds: int, noted: list[str], store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedance_mock.stores.redis.entries.NOTED_SECONDS", noted_seconds)
    await add_entries(store, material("1"), material("1", owner="b"))
    await store.commit(EntryChange(material("1"), None))

    assert list(await store.entry_owners(Material)) == ["b"]

    key = store._keys.entry_owners("material")
    members = await store._client.call("ZRANGE", key, 0, -1)
    assert sorted(member.decode() for member in members) == noted
