"""The laws of the interface `Store` for eviction, on every store."""

from __future__ import annotations

import math

import pytest
from msgspec.structs import replace

from seedance_mock.domain.accounts import Account
from seedance_mock.domain.clock import REAL_TIME, Timeline, account_time
from seedance_mock.domain.task import Stage, Task, stage
from seedance_mock.stores import AccountChange, Store, TaskChange

from .example_tasks import add, task

pytestmark = pytest.mark.anyio


NOW = 7.0


async def evicted(store: Store) -> str:
    """Return the task that must be evicted: the first candidate that has ended, else the last."""
    candidates = await store.eviction_candidates()
    ended = [task.id for task in candidates if await has_ended(store, task)]
    return ended[0] if ended else candidates[-1].id


async def has_ended(store: Store, task: Task) -> bool:
    account = await store.account(task.owner)
    timeline = REAL_TIME if account is None else account.timeline
    by_polls = task.clock_by_polls or timeline.by_polls
    now = task.created + task.poll_count if by_polls else account_time(timeline, NOW)
    return task.is_settled or stage(task, now) is Stage.ENDED


async def test_a_store_with_room_evicts_nothing(small_store: Store) -> None:
    await add(small_store, task("1"), task("2", is_settled=True))

    assert list(await small_store.eviction_candidates()) == []


@pytest.mark.parametrize(
    ("tasks", "expected"),
    [
        (
            [task("1", run_seconds=9.0), task("2"), task("3", is_settled=True, run_seconds=3.0)],
            "3",
        ),
        (
            [
                task("1", run_seconds=5.5, is_settled=True),
                task("2"),
                task("3", run_seconds=5.0, is_settled=True),
            ],
            "2",
        ),
        ([task(name, number=int(name), run_seconds=10.0 - int(name)) for name in "123"], "1"),
        ([task(name, number=int(name), run_seconds=math.inf) for name in "123"], "1"),
        ([task("1"), task("2", number=1), task("3", cancelled_at=0.5)], "3"),
        ([task("1", number=1), task("2"), task("3", number=2)], "2"),
    ],
    ids=["settled", "unsettled", "live", "endless", "cancelled", "same-end"],
)
async def test_the_task_that_ended_first_is_evicted(
    tasks: list[Task], expected: str, small_store: Store
) -> None:
    await add(small_store, *tasks)

    assert await evicted(small_store) == expected


async def test_the_oldest_live_task_stays_the_oldest(small_store: Store) -> None:
    first = task("1", run_seconds=math.inf)
    await add(small_store, first, task("2", run_seconds=math.inf), task("3", run_seconds=math.inf))

    await small_store.commit(TaskChange(first, replace(first, poll_count=1)))

    assert await evicted(small_store) == "1"


@pytest.mark.parametrize(
    ("timeline", "expected"),
    [
        (REAL_TIME, "1"),
        (Timeline(account_start=4.0, rate=0.0), "2"),
        (Timeline(account_start=5.0, rate=0.0), "1"),
        (Timeline(account_start=9.0, rate=0.0, by_polls=True), "2"),
        (Timeline(rate=0.5), "2"),
        (Timeline(machine_start=1.0, account_start=2.0, rate=2.0), "1"),
    ],
    ids=["real", "frozen", "frozen-after", "polls", "slow", "fast"],
)
async def test_eviction_uses_the_clock_of_the_account(
    timeline: Timeline, expected: str, small_store: Store
) -> None:
    account = await small_store.open_account(Account(owner="a"))
    await add(
        small_store,
        task("1"),
        task("2", owner="b", run_seconds=5.0),
        task("3", owner="b", run_seconds=math.inf),
    )

    await small_store.commit(AccountChange(account, replace(account, timeline=timeline)))

    assert await evicted(small_store) == expected


@pytest.mark.parametrize(("poll_count", "expected"), [(4, "2"), (5, "1")])
async def test_eviction_uses_polls_as_the_clock(
    poll_count: int, expected: str, small_store: Store
) -> None:
    await add(
        small_store,
        task("1", clock_by_polls=True, poll_count=poll_count),
        task("2", run_seconds=5.0),
        task("3", run_seconds=9.0),
    )

    assert await evicted(small_store) == expected


async def test_a_removed_task_is_no_candidate(small_store: Store) -> None:
    first, last = task("1"), task("3", is_settled=True)
    await add(small_store, first, task("2", run_seconds=9.0), last)

    await small_store.commit(TaskChange(first, None), TaskChange(last, None))
    await add(small_store, task("4", run_seconds=5.5), task("5", is_settled=True, run_seconds=5.0))

    assert await evicted(small_store) == "5"


async def test_deleted_tasks_make_room(small_store: Store) -> None:
    account = await small_store.open_account(Account(owner="a"))
    await add(small_store, task("1"), task("2"), task("3", owner="b"))

    await small_store.reset(account, account)

    assert list(await small_store.eviction_candidates()) == []
