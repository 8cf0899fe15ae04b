"""What is specific to the memory store. The laws of the interface are in `test_store.py`."""

from __future__ import annotations

import asyncio

import pytest

from seedance_mock.domain.accounts import Account, AddedKey
from seedance_mock.stores import AccountChange, TaskChange
from seedance_mock.stores.memory import MemoryStore

from .example_tasks import task


def test_max_tasks_must_be_positive() -> None:
    with pytest.raises(ValueError, match="max_tasks must be 1 or more, not 0"):
        MemoryStore(max_tasks=0)


def test_the_number_of_idle_accounts_is_bounded() -> None:
    async def remaining_owners() -> list[str]:
        store = MemoryStore(max_tasks=3)
        await store.commit(TaskChange(None, task("1", owner="0")))
        for number in range(6):
            await store.open_account(Account(owner=str(number)))
        return [account.owner for account in await store.accounts()]

    # The account with an unsettled task stays, and the last three of the others.
    assert asyncio.run(remaining_owners()) == ["0", "3", "4", "5"]


def test_the_keys_of_a_dropped_account_are_free() -> None:
    async def name_after_the_drop() -> str:
        store = MemoryStore(max_tasks=1)
        team = Account(owner="a", name="team", added_keys={"b": AddedKey()})
        await store.commit(AccountChange(None, team))
        await store.open_account(Account(owner="c"))
        assert await store.account_by_name("team") is None
        return (await store.open_account(Account(owner="b"))).name

    assert asyncio.run(name_after_the_drop()) == "key-2"


def test_an_unchanged_record_is_the_same_object() -> None:
    async def stored_twice() -> bool:
        store = MemoryStore()
        account = await store.open_account(Account(owner="a"))
        await store.commit(TaskChange(None, task("1")))
        is_same_task = await store.task("1") is await store.task("1")
        return is_same_task and await store.account("a") is account

    # Caches such as `PollCache` recognise an unchanged task without comparing its fields.
    assert asyncio.run(stored_twice())
