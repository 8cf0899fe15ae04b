"""The bound on tasks and accounts that a store in Redis keeps in the background."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from seedance_mock.domain.accounts import Account
from seedance_mock.domain.clock import ManualClock, Timeline
from seedance_mock.domain.forced_status import ForcedStatus, with_forced_status
from seedance_mock.domain.task import Task
from seedance_mock.stores import AccountChange, TaskChange

from .example_tasks import task
from .redis_server import new_redis_store

if TYPE_CHECKING:
    from seedance_mock.stores.redis.store import RedisStore

pytestmark = pytest.mark.anyio

NOW = 7.0


@pytest.fixture
async def store() -> AsyncIterator[RedisStore]:
    """Give a store with room for three tasks and as many accounts, at the time `NOW`."""
    store = new_redis_store(3, clock=ManualClock(NOW))
    yield store
    await store.close()


async def add(store: RedisStore, *tasks: Task) -> None:
    """Open the account of each task, reserve what the task costs, and store it."""
    for new in tasks:
        account = await store.open_account(Account(owner=new.owner))
        paid = replace(account, reserved=account.reserved + new.estimate)
        assert await store.commit(AccountChange(account, paid), TaskChange(None, new))


async def ids(store: RedisStore) -> list[str]:
    """Return the ids of the tasks that are left after the background task has run."""
    await store.evict()
    return sorted(left.id for left in await store.tasks())


async def money(store: RedisStore, owner: str) -> tuple[Decimal, Decimal]:
    account = await store.account(owner)
    assert account is not None
    return account.reserved, account.charged


async def test_a_full_store_evicts_nothing(store: RedisStore) -> None:
    await add(store, task("1"), task("2"), task("3"))

    assert await ids(store) == ["1", "2", "3"]


async def test_the_settled_task_that_ended_first_is_evicted(store: RedisStore) -> None:
    await add(store, task("1", is_settled=True, run_seconds=5.0), task("2", is_settled=True))
    await add(store, task("3"), task("4", owner="b"))

    assert await ids(store) == ["1", "3", "4"]


async def test_an_ended_task_is_charged_when_it_is_evicted(store: RedisStore) -> None:
    await add(store, task("1", run_seconds=9.0), task("2"), task("3", owner="b", run_seconds=9.0))
    await add(store, task("4", owner="b", run_seconds=9.0))

    assert await ids(store) == ["1", "3", "4"]
    assert await money(store, "a") == (Decimal(1), Decimal(1))


async def test_a_live_task_costs_nothing_when_it_is_evicted(store: RedisStore) -> None:
    await add(store, *(task(name, run_seconds=10.0 + int(name)) for name in "1234"))

    assert await ids(store) == ["2", "3", "4"]
    assert await money(store, "a") == (Decimal(3), Decimal(0))


async def test_a_task_that_does_not_end_on_its_own_is_evicted_last(store: RedisStore) -> None:
    by_polls = task("2", clock_by_polls=True, poll_count=2)
    await add(store, task("1", run_seconds=math.inf), by_polls, task("3", run_seconds=90.0))
    await add(store, task("4", run_seconds=91.0))

    assert await ids(store) == ["1", "2", "4"]


async def test_a_task_that_polls_have_ended_is_charged(store: RedisStore) -> None:
    await add(store, *(task(name, clock_by_polls=True) for name in "134"))
    await add(store, task("2", clock_by_polls=True, poll_count=5))

    assert await ids(store) == ["1", "3", "4"]
    assert await money(store, "a") == (Decimal(3), Decimal(1))


async def test_a_task_without_an_account_is_evicted(store: RedisStore) -> None:
    assert await store.commit(*(TaskChange(None, task(name)) for name in "1234"))

    assert len(await ids(store)) == 3


async def test_eviction_follows_the_clock_of_the_account(store: RedisStore) -> None:
    await add(store, task("1"), task("2", owner="b", run_seconds=9.0))
    account = await store.account("a")
    assert account is not None
    await store.evict()
    frozen = replace(account, timeline=Timeline(account_start=4.0, rate=0.0))
    assert await store.commit(AccountChange(account, frozen))
    await add(store, task("3", owner="b", run_seconds=10.0), task("4", owner="b", run_seconds=10.0))

    assert await ids(store) == ["1", "3", "4"]


async def test_a_deleted_task_leaves_the_queue(store: RedisStore) -> None:
    await add(store, *(task(name) for name in "123"))
    await store.evict()
    assert await store.commit(TaskChange(task("1"), None))
    await add(store, task("4"))

    assert await ids(store) == ["2", "3", "4"]


async def test_a_task_that_another_process_has_deleted_leaves_the_queue(store: RedisStore) -> None:
    await add(store, *(task(name) for name in "123"))
    await store.evict()
    # What the other process has not yet taken out of the queue.
    await store._commits.apply([TaskChange(task(name), None) for name in "12"])
    await add(store, task("4", owner="b", run_seconds=9.0), task("5", owner="b", run_seconds=9.0))

    assert await ids(store) == ["3", "4", "5"]


async def test_a_reset_leaves_room(store: RedisStore) -> None:
    await add(store, task("1"), task("2"), task("3", owner="b"))
    account = await store.account("a")
    assert account is not None
    assert await store.reset(account, account)
    await add(store, task("4", owner="b"), task("5", owner="b"))

    assert await ids(store) == ["3", "4", "5"]


async def test_a_task_that_another_process_has_changed_is_not_lost(store: RedisStore) -> None:
    live = task("1", run_seconds=math.inf)
    await add(store, live, *(task(name, run_seconds=math.inf) for name in "234"))
    forced = with_forced_status(live, ForcedStatus.COMPLETED, NOW)
    assert forced is not None
    assert await store.commit(TaskChange(live, forced))

    assert await ids(store) == ["2", "3", "4"]
    assert await money(store, "a") == (Decimal(3), Decimal(1))


async def test_two_evictions_at_once_delete_no_more_than_one(
    store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await add(store, *(task(name, is_settled=True) for name in "12345"))
    evict, delays = store._queue._evict, iter([0.0, 0.05])

    async def evict_later(count: int) -> None:
        await asyncio.sleep(next(delays))
        await evict(count)

    monkeypatch.setattr(store._queue, "_evict", evict_later)

    await asyncio.gather(store.evict(), store.evict())

    assert len(await store.tasks()) == 3


async def test_idle_accounts_are_bounded(store: RedisStore) -> None:
    for owner in "abcde":
        await store.open_account(Account(owner=owner))
        await store.evict()
        await asyncio.sleep(0)

    assert len(await store.accounts()) == 3
    assert await store.account_by_name("key-5") is not None


async def test_an_account_with_open_tasks_is_kept(store: RedisStore) -> None:
    await add(store, task("1"))
    for owner in "bcde":
        await store.open_account(Account(owner=owner))
    await store.evict()

    assert await store.account("a") is not None


async def test_a_deleted_account_is_opened_again(store: RedisStore) -> None:
    opened = await store.open_account(Account(owner="a"))
    assert await store.delete_idle_account("a")
    assert await store.delete_idle_account("a")

    assert await store.account_by_name(opened.name) is None
    assert (await store.open_account(Account(owner="a"))).name == "key-2"


async def test_the_background_task_evicts(store: RedisStore) -> None:
    await add(store, *(task(name, is_settled=True) for name in "1234"))

    async with asyncio.timeout(5):
        while await store.task("1") is not None:
            await asyncio.sleep(0.01)
