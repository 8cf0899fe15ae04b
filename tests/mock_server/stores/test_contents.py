"""What a store has, read account by account while other processes change it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from seedance_mock.domain.accounts import Account
from seedance_mock.domain.materials import Material
from seedance_mock.domain.task import Task
from seedance_mock.settings import Settings
from seedance_mock.stores import AccountChange, AccountContent, SharedStore, TaskChange
from seedance_mock.stores.access import Access
from seedance_mock.stores.errors import StoreUnavailableError
from seedance_mock.stores.sqlite.store import SqliteStore
from seedance_mock.stores.urls import open_shared_store

from .example_tasks import add, add_entries, group, material, task
from .redis_server import new_redis_store

pytestmark = pytest.mark.anyio


async def create(store: SharedStore, task_id: str) -> None:
    """Create a task as the API does: with the money for it."""
    account = await store.open_account(Account(owner="a"))
    after = replace(
        account,
        reserved=account.reserved + task(task_id).estimate,
        created_count=account.created_count + 1,
    )
    assert await store.commit(AccountChange(account, after), TaskChange(None, task(task_id)))


def require_consistent(contents: Sequence[AccountContent]) -> None:
    """Fail unless the money and the counters of accounts are those of their tasks."""
    for account, tasks, _ in contents:
        assert account.created_count == len(tasks)
        assert account.reserved == sum(task.estimate for task in tasks)


async def test_an_account_comes_with_its_tasks_and_entries(shared_store: SharedStore) -> None:
    accounts = [await shared_store.open_account(Account(owner=owner)) for owner in "bac"]
    later = task("1", created=5.0, is_settled=True)
    await add(shared_store, later, task("3", number=2), task("2", number=3), task("4", owner="b"))
    await add_entries(shared_store, material("2"), material("1"), group("1", owner="b"))

    assert await shared_store.contents() == [
        AccountContent(accounts[0], [task("4", owner="b")], [group("1", owner="b")]),
        AccountContent(
            accounts[1],
            [task("3", number=2), task("2", number=3), later],
            [material("2"), material("1")],
        ),
        AccountContent(accounts[2], [], []),
    ]


async def test_what_has_no_account_is_left_out(shared_store: SharedStore) -> None:
    await add(shared_store, task("1"))
    await add_entries(shared_store, material("1"))
    account = await shared_store.open_account(Account(owner="b"))

    assert await shared_store.contents() == [AccountContent(account, [], [])]


async def test_an_account_is_read_while_others_change_it(
    shared_store: SharedStore, shared_settings: Settings
) -> None:
    await create(shared_store, "first")
    with other_process_that_creates(shared_settings):
        for _ in range(20):
            require_consistent(await shared_store.contents())


@contextmanager
def other_process_that_creates(settings: Settings) -> Iterator[None]:
    """Create tasks, and delete some of them, as fast as another process can."""
    ending = threading.Event()

    async def create_tasks() -> None:
        store = open_shared_store(settings, Access.SERVE)
        number = 0
        while not ending.is_set():
            number += 1
            await create(store, str(number))
            if number % 3 == 0:
                account = await store.account("a")
                assert account is not None
                assert await store.reset(account, Account(owner="a", name=account.name))
        await store.close()

    thread = threading.Thread(target=asyncio.run, args=[create_tasks()])
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()


async def test_a_file_is_read_as_it_was_at_one_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, other = SqliteStore(tmp_path / "mock.db"), SqliteStore(tmp_path / "mock.db")
    await create(store, "0")
    read_rows, number = store._database.rows, 0

    def rows_before_create(query: str, *values: object) -> list[Any]:
        nonlocal number
        number += 1
        found = read_rows(query, *values)
        # A store in a file never waits, so this runs to its end.
        with pytest.raises(StopIteration):
            create(other, str(number)).send(None)
        return found

    monkeypatch.setattr(store._database, "rows", rows_before_create)

    require_consistent(await store.contents())

    assert number > 3
    await store.close()
    await other.close()


async def test_an_account_in_redis_that_never_rests_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = new_redis_store()
    await create(store, "0")
    read_ids, number = store._commits.task_ids, 0

    async def ids_of_before(owner: str) -> list[str]:
        nonlocal number
        number += 1
        ids = await read_ids(owner)
        await create(store, str(number))
        return ids

    monkeypatch.setattr(store._commits, "task_ids", ids_of_before)

    with pytest.raises(StoreUnavailableError, match=r"account a… change faster .* try again"):
        await store.contents()
    await store.close()


@pytest.mark.parametrize(
    ("change", "left"),
    [
        (TaskChange(task("1"), task("1", poll_count=1)), [task("1", poll_count=1), task("2")]),
        (TaskChange(task("1"), None), [task("2")]),
    ],
    ids=["changed", "deleted"],
)
async def test_a_task_in_redis_that_has_changed_is_read_again(
    change: TaskChange, left: list[Task], monkeypatch: pytest.MonkeyPatch
) -> None:
    store = new_redis_store()
    account = await store.open_account(Account(owner="a"))
    await add(store, task("1"), task("2"))
    changes, read = [change], store._contents._read_tasks

    async def read_after_change(*arguments: Any) -> None:
        while changes:
            assert await store.commit(changes.pop())
        await read(*arguments)

    monkeypatch.setattr(store._contents, "_read_tasks", read_after_change)

    assert await store.contents() == [AccountContent(account, left, [])]
    await store.close()


async def test_an_account_in_redis_that_is_deleted_meanwhile_is_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    store = new_redis_store()
    await store.open_account(Account(owner="a"))
    await add_entries(store, material("1", owner="b"))

    async def owners() -> list[str]:
        return ["a", "b"]

    monkeypatch.setattr(store._directory, "owners", owners)

    assert [content.account.owner for content in await store.contents()] == ["a"]
    assert await store.entries(Material, "b") == [material("1", owner="b")]
    await store.close()
