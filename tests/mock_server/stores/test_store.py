"""The laws of the interface `Store`, on every store."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from seedance_mock.domain.accounts import Account, AddedKey, with_added_key
from seedance_mock.domain.clock import REAL_TIME, Timeline, account_time
from seedance_mock.domain.task import Stage, Task, stage
from seedance_mock.scripting.script import script_of
from seedance_mock.stores import AccountChange, Store, TaskChange, ensure_account

from .example_tasks import task

pytestmark = pytest.mark.anyio


@pytest.fixture
def store(make_store: Callable[[int], Store]) -> Store:
    """Give an empty store with room for more tasks than a test stores."""
    return make_store(100)


@pytest.fixture
def small_store(make_evicting_store: Callable[[int], Store]) -> Store:
    """Give an empty store with room for three tasks. Its callers evict what is too much."""
    return make_evicting_store(3)


def equal_copy(record: Any) -> Any:
    return record._replace()


async def add(store: Store, *tasks: Task) -> None:
    assert await store.commit(*(TaskChange(None, task) for task in tasks))


async def ids(store: Store, owner: str | None = None) -> list[str]:
    return [task.id for task in await store.tasks(owner)]


async def names(store: Store) -> list[str]:
    return [account.name for account in await store.accounts()]


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
        TaskChange(equal_copy(first), first._replace(poll_count=1)),
        AccountChange(equal_copy(account), account._replace(created_count=1)),
    )

    assert succeeded
    assert await store.task("1") == first._replace(poll_count=1)
    assert await store.account("a") == account._replace(created_count=1)


async def test_one_of_two_commits_from_a_record_succeeds(store: Store) -> None:
    first = task("1")
    await add(store, first)

    results = [
        await store.commit(TaskChange(first, first._replace(poll_count=count))) for count in (1, 2)
    ]

    assert results == [True, False]
    assert await store.task("1") == first._replace(poll_count=1)


async def test_one_of_many_concurrent_commits_succeeds(store: Store) -> None:
    first, account = task("1"), await store.open_account(Account(owner="a"))
    await add(store, first)

    async def commit(number: int) -> bool:
        return await store.commit(
            TaskChange(first, first._replace(poll_count=number)),
            AccountChange(account, account._replace(created_count=number)),
        )

    results = await asyncio.gather(*(commit(number) for number in range(1, 9)))

    assert sum(results) == 1
    number = results.index(True) + 1
    assert await store.task("1") == first._replace(poll_count=number)
    assert await store.account("a") == account._replace(created_count=number)


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
        AccountChange(account, account._replace(created_count=5)),
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


# Accounts and their names


async def test_new_accounts_are_numbered(store: Store) -> None:
    opened = [await store.open_account(Account(owner=owner)) for owner in "abc"]

    assert [account.name for account in opened] == ["key-1", "key-2", "key-3"]


async def test_a_number_whose_name_is_taken_is_left_out(store: Store) -> None:
    assert await store.commit(AccountChange(None, Account(owner="a", name="key-2")))

    opened = [await store.open_account(Account(owner=owner)) for owner in "bc"]

    assert [account.name for account in opened] == ["key-1", "key-3"]


async def test_an_existing_account_is_not_replaced(store: Store) -> None:
    first = await store.open_account(Account(owner="a"))

    again = await store.open_account(Account(owner="a", granted=Decimal(1)))

    assert again == first
    assert (await store.open_account(Account(owner="b"))).name == "key-2"


async def test_concurrent_openings_have_different_names(store: Store) -> None:
    owners = [str(number) for number in range(8)]

    opened = await asyncio.gather(*(store.open_account(Account(owner=owner)) for owner in owners))

    assert sorted(account.name for account in opened) == [f"key-{n}" for n in range(1, 9)]


async def test_concurrent_openings_of_one_owner_are_one(store: Store) -> None:
    accounts = [Account(owner="a", created_count=number) for number in range(8)]

    opened = await asyncio.gather(*map(store.open_account, accounts))

    assert all(account == opened[0] for account in opened)
    assert await names(store) == ["key-1"]


async def test_a_chosen_name_takes_no_number(store: Store) -> None:
    team = Account(owner="a", name="team")

    assert await store.commit(AccountChange(None, team))
    assert (await store.open_account(Account(owner="b"))).name == "key-1"
    assert await store.account_by_name("team") == team
    assert await store.account_by_name("key-1") == await store.account("b")
    assert await store.account_by_name("key-2") is None


async def test_a_name_belongs_to_one_account(store: Store) -> None:
    assert await store.commit(AccountChange(None, Account(owner="a", name="team")))

    assert not await store.commit(AccountChange(None, Account(owner="b", name="team")))
    assert await store.account("b") is None


async def test_a_changed_name_is_free_again(store: Store) -> None:
    first = await store.open_account(Account(owner="a"))

    assert await store.commit(AccountChange(first, first._replace(name="team")))

    assert await store.account_by_name("key-1") is None
    assert await store.commit(AccountChange(None, Account(owner="b", name="key-1")))


# Keys


async def test_a_key_belongs_to_the_account_that_it_opened(store: Store) -> None:
    opened = await store.open_account(Account(owner="a"))

    assert await store.account_of_key("a") == opened
    assert await store.account_of_key("b") is None


async def test_an_account_is_read_with_a_task(store: Store) -> None:
    shared = await shared_account(store)
    await add(store, task("1"), task("2", owner="c"))

    assert await store.account_and_task("a", "1") == (shared, task("1"))
    assert await store.account_and_task("b", "1") == (shared, task("1"))
    assert await store.account_and_task("b", "2") == (shared, task("2", owner="c"))
    assert await store.account_and_task("a", "3") == (shared, None)
    assert await store.account_and_task("c", "2") == (None, task("2", owner="c"))


async def test_an_added_key_belongs_to_its_account(store: Store) -> None:
    shared = await shared_account(store)

    assert await store.account_of_key("b") == shared
    assert await store.account("b") is None
    assert await store.open_account(Account(owner="b")) == shared
    assert await names(store) == ["key-1"]


async def test_a_changed_account_keeps_its_keys(store: Store) -> None:
    shared = await shared_account(store)
    after = with_added_key(shared, "b", AddedKey(spent=Decimal(2)))._replace(created_count=1)

    assert await store.commit(AccountChange(shared, after))

    assert await store.account_of_key("b") == after


async def test_a_removed_key_is_free_again(store: Store) -> None:
    shared = await shared_account(store)

    assert await store.commit(AccountChange(shared, shared._replace(added_keys={})))

    assert await store.account_of_key("b") is None
    assert (await store.open_account(Account(owner="b"))).name == "key-2"


@pytest.mark.parametrize("key", ["b", "c"], ids=["added-to-another", "opened-another"])
async def test_a_key_is_not_added_twice(key: str, store: Store) -> None:
    await shared_account(store)
    await store.open_account(Account(owner="c"))
    third = await store.open_account(Account(owner="d"))

    assert not await store.commit(AccountChange(third, with_added_key(third, key, AddedKey())))
    assert await store.account("d") == third


async def test_an_added_key_opens_no_account(store: Store) -> None:
    await shared_account(store)

    assert not await store.commit(AccountChange(None, Account(owner="b", name="team")))


async def test_one_of_many_keys_is_added_from_a_record(store: Store) -> None:
    account = await store.open_account(Account(owner="a"))

    results = await asyncio.gather(
        *(
            store.commit(AccountChange(account, with_added_key(account, key, AddedKey())))
            for key in "bcd"
        )
    )

    assert sum(results) == 1
    owners = [await store.account_of_key(key) for key in "bcd"]
    assert [owner is not None for owner in owners] == results


async def test_a_deleted_account_is_opened_with_its_free_keys(store: Store) -> None:
    shared = with_added_key(await shared_account(store), "c", AddedKey(spent=Decimal(2)))
    await store.clear()
    await store.open_account(Account(owner="b"))

    restored = await ensure_account(store, shared)

    assert (restored.name, restored.added_keys) == ("key-2", {"c": AddedKey()})
    assert await store.account_of_key("c") == restored


async def shared_account(store: Store) -> Account:
    """Return an account of the owner a with the added key b, as it is stored."""
    account = await store.open_account(Account(owner="a"))
    shared = with_added_key(account, "b", AddedKey(quota=Decimal(1)))
    assert await store.commit(AccountChange(account, shared))
    return shared


async def test_a_deleted_account_is_opened_without_history(store: Store) -> None:
    deleted = Account(owner="a", name="key-7", reserved=Decimal(1), request_counts={"any": 3})

    restored = await ensure_account(store, deleted)

    assert restored == Account(owner="a", name="key-1")
    assert await store.account("a") == restored


async def test_accounts_are_in_the_order_of_opening(store: Store) -> None:
    first = await store.open_account(Account(owner="b"))
    await store.open_account(Account(owner="a"))

    await store.commit(AccountChange(first, first._replace(created_count=1)))

    assert await names(store) == ["key-1", "key-2"]


# Tasks


async def test_tasks_are_in_the_order_of_creation(store: Store) -> None:
    early, late = task("a", created=1.0), task("b", created=2.0)
    second, first = task("c", created=1.5, number=2), task("d", created=1.5, number=1)
    await add(store, late, second, early, first)

    await store.commit(TaskChange(first, first._replace(is_settled=True)))

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

    await store.commit(TaskChange(first, first._replace(is_settled=True)))

    assert list(await store.due("a", 5.0)) == []


async def test_a_reset_replaces_an_account_and_deletes_its_tasks(store: Store) -> None:
    remaining = await store.open_account(Account(owner="b"))
    before = await store.open_account(Account(owner="a"))
    await add(store, task("1"), task("2", owner="b"), task("3", is_settled=True))

    assert await store.reset(equal_copy(before), before._replace(words="ok"))

    assert await ids(store) == ["2"]
    assert await store.accounts() == [remaining, before._replace(words="ok")]
    assert list(await store.due("a", 9.0)) == []


async def test_a_reset_from_an_old_record_does_nothing(store: Store) -> None:
    before = await store.open_account(Account(owner="a"))
    current = before._replace(created_count=1)
    await store.commit(AccountChange(before, current), TaskChange(None, task("1")))

    assert not await store.reset(before, before._replace(words="ok"))

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


# Eviction

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

    await small_store.commit(TaskChange(first, first._replace(poll_count=1)))

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

    await small_store.commit(AccountChange(account, account._replace(timeline=timeline)))

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
