"""Accounts with their tasks and entries are loaded as a whole, or nobody sees a part."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from typing import TYPE_CHECKING, Any

import pytest
from msgspec.structs import replace

from seedance_mock.domain.accounts import Account
from seedance_mock.settings import Settings
from seedance_mock.stores import (
    AccountChange,
    AccountContent,
    Change,
    EntryChange,
    SharedStore,
    TaskChange,
)
from seedance_mock.stores.access import Access
from seedance_mock.stores.errors import LoadError, StoreError
from seedance_mock.stores.redis.scripts.contents import DELETE_LOADED
from seedance_mock.stores.redis.scripts.script import LuaScript
from seedance_mock.stores.sqlite.store import SqliteStore
from seedance_mock.stores.urls import open_shared_store

from .example_tasks import add, material, task
from .redis_server import shared_url

if TYPE_CHECKING:
    from seedance_mock.stores.redis.store import RedisStore

pytestmark = pytest.mark.anyio


def content(owner: str, **fields: Any) -> AccountContent:
    """Return an account with two tasks and a material."""
    account = Account(owner=owner, name=f"name-{owner}", **fields)
    tasks = [task(f"{owner}{number}", owner, number=number) for number in (1, 2)]
    return AccountContent(account, tasks, [material("1", owner)])


CONTENTS = [content("a"), content("b"), content("c")]


async def test_accounts_are_loaded_with_their_tasks_and_entries(
    shared_store: SharedStore, shared_settings: Settings
) -> None:
    await shared_store.load(CONTENTS)

    other = open_shared_store(shared_settings, Access.SERVE)
    assert await other.contents() == CONTENTS
    assert await other.account_by_name("name-b") == CONTENTS[1].account
    assert (await other.open_account(Account(owner="d"))).name == "key-1"
    await other.close()


async def test_a_store_with_an_account_is_not_loaded(shared_store: SharedStore) -> None:
    account = await shared_store.open_account(Account(owner="z"))

    with pytest.raises(LoadError, match="the store is not empty: clear it first"):
        await shared_store.load(CONTENTS)

    assert await shared_store.contents() == [AccountContent(account, [], [])]


async def test_a_store_with_a_task_is_not_loaded(shared_store: SharedStore) -> None:
    # Settled tasks outlive an account that was evicted.
    await add(shared_store, task("1", is_settled=True))

    with pytest.raises(LoadError, match="the store is not empty: clear it first"):
        await shared_store.load(CONTENTS)

    assert await shared_store.contents() == []


@pytest.mark.parametrize("shared_settings", ["sqlite"], indirect=True)
async def test_an_interrupted_import_leaves_nothing_in_a_file(
    shared_store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply, changes_of_accounts = shared_store._apply, list[Any]()

    def interrupted(changes: Any) -> None:
        changes_of_accounts.append(changes)
        if len(changes_of_accounts) == 2:
            raise KeyboardInterrupt
        apply(changes)

    monkeypatch.setattr(shared_store, "_apply", interrupted)

    with pytest.raises(KeyboardInterrupt):
        await shared_store.load(CONTENTS)

    assert await shared_store.contents() == []
    monkeypatch.undo()
    await shared_store.load(CONTENTS)
    assert await shared_store.contents() == CONTENTS


# In Redis an import is not one step.


@pytest.fixture
async def server_store(redis_store: RedisStore) -> AsyncIterator[RedisStore]:
    """Give the same store as a server has it that was started before the import."""
    server_store = opened(redis_store, Access.SERVE)
    yield server_store
    await server_store.close()


def opened(redis_store: RedisStore, access: Access) -> RedisStore:
    """Open the same store again."""
    from seedance_mock.stores.redis.store import RedisStore

    return RedisStore(shared_url(), prefix=redis_store._keys.prefix, access=access)


def before_second_account(
    redis_store: RedisStore, monkeypatch: pytest.MonkeyPatch, action: Callable[[], Any]
) -> None:
    """Let something happen before the second account of an import is stored."""
    load_account, owners = redis_store._loading._load_account, list[str]()

    async def load_after_action(account_content: AccountContent, load_id: str) -> None:
        owners.append(account_content.account.owner)
        if len(owners) == 2:
            await action()
        await load_account(account_content, load_id)

    monkeypatch.setattr(redis_store._loading, "_load_account", load_after_action)


async def interrupt() -> None:
    raise KeyboardInterrupt


@pytest.fixture
async def interrupted_store(
    redis_store: RedisStore, server_store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> RedisStore:
    """Give a store with the first account of an import that was interrupted."""
    before_second_account(redis_store, monkeypatch, interrupt)
    with pytest.raises(KeyboardInterrupt):
        await redis_store.load(CONTENTS)
    monkeypatch.undo()
    await redis_store._queue.flush()
    return redis_store


async def test_a_part_of_an_import_is_not_taken_for_a_store(interrupted_store: RedisStore) -> None:
    for access in (Access.SERVE, Access.READ):
        with pytest.raises(StoreError, match=r"an import .* has not ended.* starts over, or clear"):
            opened(interrupted_store, access)
    # A worker of a server that was started before.
    assert opened(interrupted_store, Access.JOIN)


async def test_an_import_starts_over(interrupted_store: RedisStore) -> None:
    again = opened(interrupted_store, Access.LOAD)
    # Another content with the same names: nothing of the first one is in the way.
    contents = [content("d"), content("e")]
    contents[0] = AccountContent(replace(contents[0].account, name="name-a"), *contents[0][1:])

    await again.load(contents)

    assert await again.contents() == contents
    assert [stored.id for stored in await again.tasks()] == ["d1", "e1", "d2", "e2"]
    assert await again.account_of_key("a") is None
    assert opened(again, Access.SERVE)
    await again.close()


async def test_clear_ends_an_import(interrupted_store: RedisStore) -> None:
    clearing = opened(interrupted_store, Access.CLEAR)

    await clearing.clear()

    assert await opened(clearing, Access.SERVE).contents() == []
    await clearing.close()


async def test_what_a_server_stores_during_an_import_stays(
    interrupted_store: RedisStore, server_store: RedisStore
) -> None:
    account = await server_store.open_account(Account(owner="z"))

    with pytest.raises(LoadError, match="the store is not empty: clear it first"):
        await interrupted_store.load(CONTENTS)

    # The part of the import is gone, so the store is usable again.
    serving = opened(interrupted_store, Access.SERVE)
    assert await serving.contents() == [AccountContent(account, [], [])]
    await serving.close()


FIRST = CONTENTS[0]


@pytest.mark.parametrize(
    "changes",
    [
        [AccountChange(FIRST.account, replace(FIRST.account, created_count=1))],
        [TaskChange(FIRST.tasks[0], replace(FIRST.tasks[0], poll_count=1))],
        [TaskChange(None, task("a3"))],
        [EntryChange(None, material("2"))],
    ],
    ids=["account", "task", "new-task", "new-entry"],
)
async def test_an_imported_account_that_is_used_stays(
    changes: list[Change], interrupted_store: RedisStore, server_store: RedisStore
) -> None:
    assert await server_store.commit(*changes)
    before = await server_store.contents()

    with pytest.raises(LoadError, match="some of its accounts were used meanwhile: clear"):
        await interrupted_store.load(CONTENTS)

    assert await server_store.contents() == before
    with pytest.raises(StoreError, match=r"an import .* has not ended"):
        opened(interrupted_store, Access.SERVE)


async def test_a_name_that_a_server_gives_during_an_import_stays(
    redis_store: RedisStore, server_store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs = Account(owner="z", name="name-b")
    before_second_account(
        redis_store, monkeypatch, lambda: server_store.commit(AccountChange(None, theirs))
    )

    with pytest.raises(LoadError, match="somebody else has stored the name, a key or a task of"):
        await redis_store.load(CONTENTS)

    assert await redis_store.contents() == [AccountContent(theirs, [], [])]
    assert opened(redis_store, Access.SERVE)


async def test_an_import_stops_if_the_store_is_cleared(
    redis_store: RedisStore, server_store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    before_second_account(redis_store, monkeypatch, server_store.clear)

    with pytest.raises(LoadError, match="the store was cleared, or another import has begun"):
        await redis_store.load(CONTENTS)

    assert await redis_store.contents() == []


async def test_an_import_stops_if_another_one_starts_over(
    redis_store: RedisStore, server_store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = [content("d")]
    before_second_account(redis_store, monkeypatch, lambda: server_store.load(contents))

    with pytest.raises(LoadError, match="the store was cleared, or another import has begun"):
        await redis_store.load(CONTENTS)

    assert await redis_store.contents() == contents


async def test_an_account_that_is_stored_after_another_import_has_begun_is_deleted(
    redis_store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = redis_store._loading._claims.commit

    async def commit_late(changes: Sequence[Change]) -> bool:
        await redis_store._client.call("RPUSH", redis_store._keys.loading, "another")
        return await commit(changes)

    monkeypatch.setattr(redis_store._loading._claims, "commit", commit_late)

    with pytest.raises(LoadError, match="another import has begun"):
        await redis_store.load(CONTENTS)

    assert await redis_store.accounts() == []


async def test_a_deletion_whose_reply_is_lost_gives_back_the_names(
    interrupted_store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    redis_store = interrupted_store
    run = redis_store._client.run

    async def run_twice(script: LuaScript, *arguments: Any) -> Any:
        if script is DELETE_LOADED:
            await run(script, *arguments)
        return await run(script, *arguments)

    monkeypatch.setattr(redis_store._client, "run", run_twice)
    other = Account(owner="z", name=CONTENTS[0].account.name)

    await redis_store.load([AccountContent(other, [], [])])

    assert await redis_store.accounts() == [other]


async def test_a_claim_of_a_killed_process_does_not_stop_an_import(
    redis_store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedance_mock.stores.redis.directory.CLAIM_SECONDS", -1)
    await redis_store._directory.claim("z", ["name:name-b"])

    await redis_store.load(CONTENTS)

    assert await redis_store.contents() == CONTENTS


async def test_a_task_that_comes_while_an_import_is_undone_stays(
    interrupted_store: RedisStore, server_store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_ids, late = interrupted_store._commits.task_ids, [task("a3")]

    async def ids_before_late_task(owner: str) -> list[str]:
        ids = await read_ids(owner)
        while late:
            await add(server_store, late.pop())
        return ids

    monkeypatch.setattr(interrupted_store._commits, "task_ids", ids_before_late_task)

    with pytest.raises(LoadError, match="were used meanwhile"):
        await interrupted_store.load(CONTENTS)
    assert await server_store.task("a3") == task("a3")
