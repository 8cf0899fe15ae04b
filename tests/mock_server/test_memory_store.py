from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from seedance_contract.derived.cost import Video
from seedance_mock.accounts import Account
from seedance_mock.stores import AccountChange, TaskChange
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.task import Task

VIDEO = Video("seedance-2.0", "720p", "16:9", 5)


def task(name: str, owner: str = "a", **changes: Any) -> Task:
    return Task(
        id=name,
        owner=owner,
        model="seedance-2.0",
        video=VIDEO,
        audio=True,
        last_frame=False,
        created=0.0,
        waits=1.0,
        runs=4.0,
        patience=3600,
        estimate=Decimal(1),
        price=Decimal(1),
        **changes,
    )


def run(work: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(work)


@pytest.fixture
def store() -> MemoryStore:
    return MemoryStore(max_tasks=3)


def test_of_two_commits_one_wins(store: MemoryStore) -> None:
    first = task("1")
    run(store.commit(TaskChange(None, first)))

    won = [run(store.commit(TaskChange(first, replace(first, polled=one)))) for one in (1, 2)]

    assert won == [True, False]
    assert run(store.task("1")).polled == 1


def test_a_commit_is_all_or_nothing(store: MemoryStore) -> None:
    account = Account(owner="a", name="key-1")
    run(store.commit(AccountChange(None, account)))

    stale = AccountChange(replace(account), replace(account, born=1))

    assert run(store.commit(TaskChange(None, task("1")), stale)) is False
    assert run(store.task("1")) is None
    assert run(store.account("a")) is account


def test_a_task_is_put_once(store: MemoryStore) -> None:
    assert run(store.commit(TaskChange(None, task("1")))) is True
    assert run(store.commit(TaskChange(None, task("1")))) is False


def test_settled_tasks_make_room_first(store: MemoryStore) -> None:
    records = [task("1"), task("2"), task("3", settled=True)]
    for count, record in enumerate(records):
        assert len(run(store.surplus())) == 0, count
        run(store.commit(TaskChange(None, record)))

    assert [one.id for one in run(store.surplus())] == ["3", "1", "2"]


def test_only_what_has_ended_is_due(store: MemoryStore) -> None:
    late = replace(task("2"), runs=100.0)
    records = [task("1"), late, task("3", owner="b")]
    run(store.commit(*(TaskChange(None, record) for record in records)))

    assert [one.id for one in run(store.due("a", 5.0))] == ["1"]
    assert run(store.due("nobody", 5.0)) == []


def test_idle_accounts_are_bounded(store: MemoryStore) -> None:
    run(store.commit(TaskChange(None, task("1", owner="0"))))
    for number in range(6):
        owner = str(number)
        run(store.commit(AccountChange(None, Account(owner=owner, name=f"key-{owner}"))))

    assert [one.owner for one in run(store.accounts())] == ["0", "3", "4", "5"]


def test_a_forgotten_owner_leaves_nothing(store: MemoryStore) -> None:
    run(store.commit(AccountChange(None, Account(owner="a", name="key-1"))))
    run(store.commit(TaskChange(None, task("1")), TaskChange(None, task("2", owner="b"))))

    run(store.forget("a"))

    assert [one.id for one in run(store.tasks())] == ["2"]
    assert run(store.account("a")) is None


def test_clear_forgets_everything(store: MemoryStore) -> None:
    run(store.commit(AccountChange(None, Account(owner="a", name="key-1"))))
    run(store.commit(TaskChange(None, task("1"))))

    run(store.clear())

    assert (run(store.tasks()), run(store.accounts()), run(store.due("a", 9.0))) == ([], [], [])
