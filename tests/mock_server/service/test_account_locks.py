"""Requests of one process that change the same account follow each other."""

from __future__ import annotations

import asyncio
from decimal import Decimal

import pytest

from seedance_mock.domain.accounts import Account, balance
from seedance_mock.domain.clock import ManualClock
from seedance_mock.scripting.script import script_of
from seedance_mock.service.account_locks import AccountLocks
from seedance_mock.service.admission import Admission
from seedance_mock.service.tasks import Service
from seedance_mock.settings import Settings
from seedance_mock.stores import Change
from seedance_mock.stores.memory import MemoryStore

pytestmark = pytest.mark.anyio

BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
REQUESTS = 20


class CountingStore(MemoryStore):
    """A store that counts its commits, and lets other requests run before each of them."""

    is_async = True
    commits = 0

    async def commit(self, *changes: Change) -> bool:
        self.commits += 1
        await asyncio.sleep(0)
        return await super().commit(*changes)


async def test_creates_at_once_commit_once_each(clock: ManualClock) -> None:
    store = CountingStore()
    service = Service(Settings(), store, clock)
    account = await store.open_account(Account(owner="a", granted=Decimal(100)))

    await asyncio.gather(*(service.create(account, BODY, "") for _ in range(REQUESTS)))

    after = await store.account("a")
    assert after is not None
    assert store.commits == REQUESTS
    assert after.created_count == REQUESTS
    assert balance(after) == 100 - REQUESTS * Decimal("0.73667647")


async def test_counted_requests_at_once_commit_once_each(clock: ManualClock) -> None:
    store = CountingStore()
    admission = Admission(Settings(), store, clock)
    account = await store.open_account(Account(owner="a", script=script_of("poll-503x2")))

    admitted = await asyncio.gather(
        *(admission.admit(account, 0.0, "poll") for _ in range(REQUESTS))
    )

    assert store.commits == REQUESTS
    assert sum(request.fault is not None for request in admitted) == 2


async def test_accounts_do_not_wait_for_each_other() -> None:
    locks = AccountLocks()

    async with locks.hold("a") as first, locks.hold("b") as second:
        assert (first, second) == (False, False)

    async with locks.hold("a") as again:
        assert not again


async def test_a_request_behind_one_that_waits_has_waited_too() -> None:
    locks = AccountLocks()

    async def hold() -> bool:
        async with locks.hold("a") as has_waited:
            return has_waited

    async with locks.hold("a"):
        second = asyncio.ensure_future(hold())
        await asyncio.sleep(0)
    # The lock is free, and the second request has not run yet.
    third = await hold()

    assert (await second, third) == (True, True)
    assert locks._locks == {}


async def test_a_request_that_is_dropped_while_it_waits_leaves_nothing_behind() -> None:
    locks = AccountLocks()

    async with locks.hold("a"):
        # The fast path starts a handler without a task.
        waiting = locks.hold("a").__aenter__()
        waiting.send(None)
        waiting.close()

    assert locks._locks == {}


async def test_a_request_that_gives_up_waiting_leaves_nothing_behind() -> None:
    locks = AccountLocks()

    async def hold() -> None:
        async with locks.hold("a"):
            raise AssertionError("the lock was never free")

    async with locks.hold("a"):
        waiting = asyncio.ensure_future(hold())
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

    assert locks._locks == {}
    async with locks.hold("a") as has_waited:
        assert not has_waited
