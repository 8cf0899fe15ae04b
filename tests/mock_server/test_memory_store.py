from __future__ import annotations

import asyncio
from dataclasses import replace
from decimal import Decimal

import pytest

from seedance_contract.derived.cost import Video
from seedance_mock.accounts import Account
from seedance_mock.stores import AccountChange, Change, TaskChange
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.task import Task

TASK = Task(
    id="ldtask_1",
    owner="ann",
    model="seedance-2.0",
    video=Video("seedance-2.0", "720p", "16:9", 5),
    audio=True,
    last_frame=False,
    created=1_000.0,
    waits=1.0,
    runs=4.0,
    patience=3_600.0,
    estimate=Decimal(1),
    price=Decimal(1),
)
ACCOUNT = Account(owner="ann", granted=Decimal(5))


def task(number: int, *, owner: str = "ann", settled: bool = False) -> Task:
    return replace(TASK, id=f"ldtask_{number}", owner=owner, settled=settled)


def committed(store: MemoryStore, *changes: Change) -> bool:
    return asyncio.run(store.commit(*changes))


def stored(store: MemoryStore, task_id: str) -> Task | None:
    return asyncio.run(store.task(task_id))


def filled(store: MemoryStore, *tasks: Task) -> MemoryStore:
    for one in tasks:
        assert committed(store, TaskChange(None, one))
    return store


def test_store_gives_back_the_same_record() -> None:
    store = filled(MemoryStore(), TASK)

    assert stored(store, "ldtask_1") is TASK
    assert stored(store, "ldtask_2") is None


def test_same_id_is_not_added_twice() -> None:
    store = filled(MemoryStore(), TASK)

    assert not committed(store, TaskChange(None, replace(TASK)))


def test_of_two_changes_from_one_record_one_wins() -> None:
    store = filled(MemoryStore(), TASK)
    first, second = replace(TASK, cancelled=1_000.0), replace(TASK, failure="moderated")

    results = [committed(store, TaskChange(TASK, after)) for after in (first, second)]

    assert results == [True, False]
    assert stored(store, "ldtask_1") is first


def test_equal_record_is_not_the_stored_one() -> None:
    store = filled(MemoryStore(), TASK)

    assert not committed(store, TaskChange(replace(TASK), None))


def test_of_a_stale_commit_nothing_is_applied() -> None:
    store = filled(MemoryStore(), TASK)
    stale = AccountChange(ACCOUNT, replace(ACCOUNT, charged=Decimal(1)))

    assert not committed(store, TaskChange(TASK, None), stale)

    assert stored(store, "ldtask_1") is TASK
    assert asyncio.run(store.account("ann")) is None


@pytest.mark.parametrize("settled", [True, False], ids=["settled", "open"])
def test_task_can_be_removed(settled: bool) -> None:
    record = task(1, settled=settled)
    store = filled(MemoryStore(), record, task(2, settled=settled))

    assert committed(store, TaskChange(record, None))

    assert stored(store, "ldtask_1") is None
    assert stored(store, "ldtask_2") is not None


def test_due_are_the_ended_of_the_owner() -> None:
    waiting = replace(task(2), waits=99.0)
    store = filled(MemoryStore(), TASK, waiting, task(3, owner="bob"), task(4, settled=True))

    assert asyncio.run(store.due("ann", 1_004.9)) == []
    assert asyncio.run(store.due("ann", 1_005.0)) == [TASK]
    assert asyncio.run(store.due("eve", 1_005.0)) == []


def test_nothing_is_surplus_while_there_is_room() -> None:
    store = filled(MemoryStore(3), task(1), task(2, settled=True))

    assert not asyncio.run(store.surplus())


def test_settled_tasks_are_surplus_first() -> None:
    tasks = [task(1), task(2, settled=True), task(3), task(4, settled=True)]
    store = filled(MemoryStore(4), *tasks)

    surplus = asyncio.run(store.surplus())

    assert [one.id for one in surplus] == ["ldtask_2", "ldtask_4", "ldtask_1", "ldtask_3"]


def test_accounts_without_open_tasks_are_bounded() -> None:
    store = MemoryStore(3)
    for number in range(10):
        account = Account(owner=f"owner-{number}")
        assert committed(store, AccountChange(None, account))

    kept = [asyncio.run(store.account(f"owner-{number}")) is not None for number in range(10)]

    assert kept == [False] * 7 + [True] * 3


def test_account_with_an_open_task_is_kept() -> None:
    store = filled(MemoryStore(2), TASK)
    committed(store, AccountChange(None, ACCOUNT))

    for number in range(10):
        committed(store, AccountChange(None, Account(owner=f"owner-{number}")))

    assert asyncio.run(store.account("ann")) is ACCOUNT


def test_account_is_dropped_after_its_last_task() -> None:
    store = filled(MemoryStore(2), TASK)
    committed(store, AccountChange(None, ACCOUNT))
    committed(store, TaskChange(TASK, replace(TASK, settled=True)))

    for number in range(2):
        committed(store, AccountChange(None, Account(owner=f"owner-{number}")))

    assert asyncio.run(store.account("ann")) is None


def test_cleared_store_is_empty() -> None:
    store = filled(MemoryStore(2), TASK, task(2, settled=True))
    committed(store, AccountChange(None, ACCOUNT))

    asyncio.run(store.clear())

    assert stored(store, "ldtask_1") is None
    assert stored(store, "ldtask_2") is None
    assert asyncio.run(store.account("ann")) is None
    assert not asyncio.run(store.due("ann", 9_999.0))
    assert not asyncio.run(store.surplus())
