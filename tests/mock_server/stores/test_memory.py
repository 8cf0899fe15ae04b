from __future__ import annotations

import asyncio
import math
from collections.abc import Coroutine
from decimal import Decimal
from typing import Any

import pytest

from seedance_contract.derived.cost import Video
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.clock import REAL_TIME, Timeline
from seedance_mock.domain.task import Task
from seedance_mock.stores import AccountChange, TaskChange
from seedance_mock.stores.memory import MemoryStore

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
        queue_seconds=1.0,
        run_seconds=changes.pop("run_seconds", 4.0),
        expires_after=3600,
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

    won = [run(store.commit(TaskChange(first, first._replace(poll_count=one)))) for one in (1, 2)]

    assert won == [True, False]
    assert run(store.task("1")).poll_count == 1


def test_a_commit_is_all_or_nothing(store: MemoryStore) -> None:
    account = Account(owner="a", name="key-1")
    run(store.commit(AccountChange(None, account)))

    stale = AccountChange(account._replace(), account._replace(created_count=1))

    assert run(store.commit(TaskChange(None, task("1")), stale)) is False
    assert run(store.task("1")) is None
    assert run(store.account("a")) is account


def test_a_task_is_put_once(store: MemoryStore) -> None:
    assert run(store.commit(TaskChange(None, task("1")))) is True
    assert run(store.commit(TaskChange(None, task("1")))) is False


def surplus(store: MemoryStore) -> list[str]:
    return [one.id for one in run(store.eviction_candidates())]


def put(store: MemoryStore, *records: Task) -> None:
    run(store.commit(*(TaskChange(None, record) for record in records)))


def test_a_store_with_room_offers_nothing(store: MemoryStore) -> None:
    put(store, task("1"), task("2", is_settled=True))

    assert surplus(store) == []


def test_what_ended_first_is_offered_first(store: MemoryStore) -> None:
    put(store, task("1", run_seconds=9.0), task("2"), task("3", is_settled=True, run_seconds=3.0))

    assert surplus(store) == ["3", "2", "1"]


def test_an_unsettled_task_goes_before_one_that_ended_later(store: MemoryStore) -> None:
    put(
        store,
        task("1", run_seconds=9.0, is_settled=True),
        task("2"),
        task("3", run_seconds=8.0, is_settled=True),
    )

    assert surplus(store) == ["2", "3", "2"]


def test_the_oldest_task_stays_the_oldest(store: MemoryStore) -> None:
    first = task("1", run_seconds=math.inf)
    put(store, first, task("2", run_seconds=math.inf), task("3", run_seconds=math.inf))

    run(store.commit(TaskChange(first, first._replace(poll_count=1))))

    assert surplus(store) == ["1"]


@pytest.mark.parametrize(
    ("timeline", "offered"),
    [
        (REAL_TIME, ["1", "1"]),
        (Timeline(account_start=4.0, rate=0.0), ["2", "1"]),
        (Timeline(account_start=5.0, rate=0.0), ["1", "1"]),
        (Timeline(account_start=9.0, rate=0.0, by_polls=True), ["2", "1"]),
        (Timeline(rate=0.5), ["2", "1"]),
        (Timeline(machine_start=1.0, account_start=2.0, rate=2.0), ["1", "1"]),
    ],
    ids=["real", "frozen", "frozen-after", "polls", "slow", "fast"],
)
def test_time_of_an_account_tells_when_its_tasks_end(
    timeline: Timeline, offered: list[str], store: MemoryStore
) -> None:
    account = Account(owner="a", name="key-1")
    run(store.commit(AccountChange(None, account)))
    put(
        store,
        task("1"),
        task("2", owner="b", run_seconds=5.0),
        task("3", owner="b", run_seconds=math.inf),
    )

    run(store.commit(AccountChange(account, account._replace(timeline=timeline))))

    assert surplus(store) == offered


@pytest.mark.parametrize(("polled", "offered"), [(4, ["2", "1"]), (5, ["1", "1"])])
def test_polls_tell_when_a_task_of_polls_ends(
    polled: int, offered: list[str], store: MemoryStore
) -> None:
    put(
        store,
        task("1", clock_by_polls=True, poll_count=polled),
        task("2", run_seconds=5.0),
        task("3", run_seconds=9.0),
    )

    assert surplus(store) == offered


def test_what_has_gone_is_offered_no_more(store: MemoryStore) -> None:
    first, last = task("1"), task("3", is_settled=True)
    put(store, first, task("2", run_seconds=9.0), last)

    run(store.commit(TaskChange(first, None), TaskChange(last, None)))
    put(store, task("4", run_seconds=7.0), task("5", is_settled=True, run_seconds=8.0))

    assert surplus(store) == ["4", "5", "2"]


def test_a_store_needs_room_for_a_task() -> None:
    with pytest.raises(ValueError, match="max_tasks must be 1 or more, not 0"):
        MemoryStore(max_tasks=0)


def test_only_what_has_ended_is_due(store: MemoryStore) -> None:
    late = task("2")._replace(run_seconds=100.0)
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
