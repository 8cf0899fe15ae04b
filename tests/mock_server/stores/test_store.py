"""The laws of the interface `Store`, on every store."""

from __future__ import annotations

import asyncio
import math
from decimal import Decimal

import pytest
from msgspec.structs import replace

from seedance_mock.domain.accounts import Account
from seedance_mock.scripting.script import script_of
from seedance_mock.stores import AccountChange, Store, TaskChange

from .example_tasks import add, equal_copy, ids, task

pytestmark = pytest.mark.anyio


# Reading


async def test_an_empty_store_has_no_records(store: Store) -> None:
    assert await store.task("1") is None
    assert await store.account("a") is None
    assert (list(await store.tasks()), list(await store.accounts())) == ([], [])


async def test_a_stored_task_is_equal(store: Store) -> None:
    stored = task("1", run_seconds=math.inf, script=script_of("busy"), price=Decimal("0.73667647"))

    await add(store, stored)

    assert await store.task("1") == stored
    assert await store.tasks() == [stored]


async def test_a_stored_account_is_equal(store: Store) -> None:
    opened = await store.open_account(
        Account(owner="a", granted=Decimal("5.00"), script=script_of("flaky"), words="flaky")
    )

    assert await store.account("a") == opened
    assert await store.accounts() == [opened]


# Commit


async def test_a_task_is_stored_once(store: Store) -> None:
    assert await store.commit(TaskChange(None, task("1")))
    assert not await store.commit(TaskChange(None, task("1")))


async def test_an_account_is_stored_once(store: Store) -> None:
    account = Account(owner="a", name="key-1")

    assert await store.commit(AccountChange(None, account))
    assert not await store.commit(AccountChange(None, account))


async def test_a_task_is_removed(store: Store) -> None:
    await add(store, task("1"), task("2"))

    assert await store.commit(TaskChange(task("1"), None))
    assert await ids(store) == ["2"]


async def test_commit_compares_by_value(store: Store) -> None:
    first, account = task("1"), await store.open_account(Account(owner="a"))
    await add(store, first)

    succeeded = await store.commit(
        TaskChange(equal_copy(first), replace(first, poll_count=1)),
        AccountChange(equal_copy(account), replace(account, created_count=1)),
    )

    assert succeeded
    assert await store.task("1") == replace(first, poll_count=1)
    assert await store.account("a") == replace(account, created_count=1)


async def test_one_of_two_commits_from_a_record_succeeds(store: Store) -> None:
    first = task("1")
    await add(store, first)

    results = [
        await store.commit(TaskChange(first, replace(first, poll_count=count))) for count in (1, 2)
    ]

    assert results == [True, False]
    assert await store.task("1") == replace(first, poll_count=1)


async def test_one_of_many_concurrent_commits_succeeds(store: Store) -> None:
    first, account = task("1"), await store.open_account(Account(owner="a"))
    await add(store, first)

    async def commit(number: int) -> bool:
        return await store.commit(
            TaskChange(first, replace(first, poll_count=number)),
            AccountChange(account, replace(account, created_count=number)),
        )

    results = await asyncio.gather(*(commit(number) for number in range(1, 9)))

    assert sum(results) == 1
    number = results.index(True) + 1
    assert await store.task("1") == replace(first, poll_count=number)
    assert await store.account("a") == replace(account, created_count=number)


STALE_TASK = TaskChange(task("1", poll_count=7), task("1", poll_count=8))
STALE_ACCOUNT = AccountChange(Account(owner="a", name="key-9"), Account(owner="a", name="key-8"))
MISSING_TASK = TaskChange(task("9"), None)
DUPLICATE_TASK = TaskChange(None, task("1"))


@pytest.mark.parametrize(
    "failing",
    [STALE_TASK, STALE_ACCOUNT, MISSING_TASK, DUPLICATE_TASK],
    ids=["stale-task", "stale-account", "missing-task", "duplicate-task"],
)
@pytest.mark.parametrize("position", [0, 1, 2])
async def test_a_failed_commit_changes_nothing(
    failing: TaskChange | AccountChange, position: int, store: Store
) -> None:
    account = await store.open_account(Account(owner="b"))
    first, second = task("1"), task("2", owner="b")
    await add(store, first, second)
    changes: list[TaskChange | AccountChange] = [
        TaskChange(second, None),
        AccountChange(account, replace(account, created_count=5)),
    ]

    succeeded = await store.commit(*changes[:position], failing, *changes[position:])

    assert not succeeded
    assert await store.tasks() == [first, second]
    assert await store.accounts() == [account]


async def test_an_id_is_not_reused_in_one_commit(store: Store) -> None:
    first = task("1")
    await add(store, first)

    assert not await store.commit(TaskChange(first, None), TaskChange(None, task("1", number=1)))
    assert await store.tasks() == [first]


# Tasks


async def test_tasks_are_in_the_order_of_creation(store: Store) -> None:
    early, late = task("a", created=1.0), task("b", created=2.0)
    second, first = task("c", created=1.5, number=2), task("d", created=1.5, number=1)
    await add(store, late, second, early, first)

    await store.commit(TaskChange(first, replace(first, is_settled=True)))

    assert await ids(store) == ["a", "d", "c", "b"]


async def test_tasks_can_be_read_for_an_owner(store: Store) -> None:
    await add(store, task("1"), task("2", owner="b"), task("3", is_settled=True, created=1.0))

    assert await ids(store, "a") == ["1", "3"]
    assert await ids(store, "nobody") == []


async def test_ended_unsettled_tasks_are_due(store: Store) -> None:
    await add(
        store,
        task("1"),
        task("2", run_seconds=100.0),
        task("3", owner="b"),
        task("4", is_settled=True),
        task("5", cancelled_at=0.5),
    )

    assert [task.id for task in await store.due("a", 4.5)] == ["5"]
    assert sorted(task.id for task in await store.due("a", 5.0)) == ["1", "5"]
    assert list(await store.due("nobody", 5.0)) == []


async def test_a_settled_task_is_not_due(store: Store) -> None:
    first = task("1")
    await add(store, first)

    await store.commit(TaskChange(first, replace(first, is_settled=True)))

    assert list(await store.due("a", 5.0)) == []


async def test_a_reset_replaces_an_account_and_deletes_its_tasks(store: Store) -> None:
    remaining = await store.open_account(Account(owner="b"))
    before = await store.open_account(Account(owner="a"))
    await add(store, task("1"), task("2", owner="b"), task("3", is_settled=True))

    assert await store.reset(equal_copy(before), replace(before, words="ok"))

    assert await ids(store) == ["2"]
    assert await store.accounts() == [remaining, replace(before, words="ok")]
    assert list(await store.due("a", 9.0)) == []


async def test_a_reset_from_an_old_record_does_nothing(store: Store) -> None:
    before = await store.open_account(Account(owner="a"))
    current = replace(before, created_count=1)
    await store.commit(AccountChange(before, current), TaskChange(None, task("1")))

    assert not await store.reset(before, replace(before, words="ok"))

    assert await ids(store) == ["1"]
    assert await store.account("a") == current


async def test_clear_deletes_everything(store: Store) -> None:
    await store.open_account(Account(owner="a"))
    await add(store, task("1"), task("2"), task("3", is_settled=True))

    await store.clear()

    assert (list(await store.tasks()), list(await store.accounts())) == ([], [])
    assert list(await store.due("a", 9.0)) == []
    assert list(await store.eviction_candidates()) == []
    assert await store.account_by_name("key-1") is None
    assert (await store.open_account(Account(owner="b"))).name == "key-1"
