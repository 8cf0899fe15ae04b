"""What only a store in Redis does: claims of names and keys, versions, several processes."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from seedance_mock.domain.accounts import Account, AddedKey, with_added_key
from seedance_mock.domain.task import Task
from seedance_mock.stores import AccountChange, TaskChange
from seedance_mock.stores.access import Access
from seedance_mock.stores.errors import StoreError
from seedance_mock.stores.journal_log import JournalFilter, JournalRow

from .example_tasks import task
from .redis_server import RedisServer, new_redis_store, shared_url

if TYPE_CHECKING:
    from seedance_mock.stores.redis.store import RedisStore

pytestmark = pytest.mark.anyio


@pytest.fixture
def no_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let claims that are not confirmed be outdated at once."""
    monkeypatch.setattr("seedance_mock.stores.redis.directory.CLAIM_SECONDS", -1)


async def shared_account(redis_store: RedisStore, key: str = "b") -> Account:
    """Return an account of the owner a with an added key, as it is stored."""
    account = await redis_store.open_account(Account(owner="a"))
    shared = with_added_key(account, key, AddedKey())
    assert await redis_store.commit(AccountChange(account, shared))
    return shared


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """Give a server that a test may pause."""
    server = RedisServer()
    yield server
    server.stop()


# Several processes


async def test_a_change_of_another_process_is_seen(
    redis_store: RedisStore, other_process: RedisStore
) -> None:
    account = await redis_store.open_account(Account(owner="a"))
    await redis_store.commit(TaskChange(None, task("1")))
    assert await other_process.account_and_task("a", "1") == (account, task("1"))

    changed = replace(account, created_count=1)
    assert await other_process.commit(AccountChange(account, changed), TaskChange(task("1"), None))

    assert await redis_store.account_and_task("a", "1") == (changed, None)
    assert not await redis_store.commit(AccountChange(account, replace(account, words="lost")))


async def test_a_record_that_came_back_is_compared_by_value(
    redis_store: RedisStore, other_process: RedisStore
) -> None:
    first, second = task("1"), task("1", poll_count=1)
    await redis_store.commit(TaskChange(None, first))
    await other_process.commit(TaskChange(first, second))
    await other_process.commit(TaskChange(second, first))

    assert await redis_store.commit(TaskChange(first, second))


async def test_a_deleted_and_stored_record_is_not_confused_with_the_first(
    redis_store: RedisStore, other_process: RedisStore
) -> None:
    await redis_store.commit(TaskChange(None, task("1")))
    await other_process.commit(TaskChange(task("1"), None))
    await other_process.commit(TaskChange(None, task("1", poll_count=5)))

    assert await redis_store.task("1") == task("1", poll_count=5)


async def test_a_reset_deletes_tasks_that_are_stored_in_the_meantime(
    redis_store: RedisStore, other_process: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await redis_store.open_account(Account(owner="a"))
    await redis_store.commit(TaskChange(None, task("1")))
    read_ids = redis_store._commits.task_ids
    late: list[Task] = [task("2")]

    async def late_task_ids(owner: str) -> list[str]:
        ids = await read_ids(owner)
        while late:
            assert await other_process.commit(TaskChange(None, late.pop()))
        return ids

    monkeypatch.setattr(redis_store._commits, "task_ids", late_task_ids)

    assert await redis_store.reset(account, replace(account, words="ok"))

    assert await redis_store.tasks("a") == []


async def test_a_reset_compares_by_value(
    redis_store: RedisStore, other_process: RedisStore
) -> None:
    account = await redis_store.open_account(Account(owner="a"))
    changed = replace(account, words="later")
    await other_process.commit(AccountChange(account, changed))
    await other_process.commit(AccountChange(changed, account))

    assert await redis_store.reset(account, replace(account, words="ok"))


async def test_a_reset_keeps_the_keys(redis_store: RedisStore) -> None:
    shared = await shared_account(redis_store)

    with pytest.raises(ValueError, match="keeps the name and the keys"):
        await redis_store.reset(shared, replace(shared, added_keys={}))


async def test_prefixes_separate_stores(redis_store: RedisStore) -> None:
    second = new_redis_store()
    await redis_store.open_account(Account(owner="a"))

    await second.clear()

    assert await second.accounts() == []
    assert len(await redis_store.accounts()) == 1
    await second.close()


async def test_an_empty_commit_succeeds(redis_store: RedisStore) -> None:
    assert await redis_store.commit()


async def test_only_some_records_are_kept_decoded(
    redis_store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(redis_store._tasks, "_max_entries", 2)

    await redis_store.commit(*(TaskChange(None, task(name)) for name in "123"))

    assert len(redis_store._tasks._entries) == 2
    # The version of the first is not known any more.
    assert await redis_store.commit(TaskChange(task("1"), None))


async def test_only_some_owners_of_keys_are_kept(
    redis_store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedance_mock.stores.redis.store.MAX_CACHED_HOLDERS", 1)
    first = await shared_account(redis_store)
    both = with_added_key(first, "c", AddedKey())
    await redis_store.commit(AccountChange(first, both))

    assert await redis_store.account_of_key("b") == both
    assert await redis_store.account_of_key("c") == both
    assert list(redis_store._holders) == ["c"]


async def test_a_key_that_was_moved_is_found(
    redis_store: RedisStore, other_process: RedisStore
) -> None:
    shared = await shared_account(redis_store)
    assert await redis_store.account_of_key("b") == shared
    await other_process.commit(AccountChange(shared, replace(shared, added_keys={})))
    opened = await other_process.open_account(Account(owner="b"))

    assert await redis_store.account_and_task("b", "1") == (opened, None)


# Claims of a process that has stopped before it stored the account


async def test_a_name_that_was_only_claimed_is_free_later(
    redis_store: RedisStore, no_lease: None
) -> None:
    await redis_store._directory.claim("gone", ["name:team", "key:gone"])
    change = AccountChange(None, Account(owner="a", name="team"))

    # The first attempt finds out that nobody has the name.
    assert not await redis_store.commit(change)
    assert await redis_store.commit(change)


async def test_a_claim_may_be_confirmed_soon(redis_store: RedisStore) -> None:
    await redis_store._directory.claim("slow", ["name:team"])

    for _ in range(2):
        assert not await redis_store.commit(AccountChange(None, Account(owner="a", name="team")))
    assert await redis_store.account_by_name("team") is None


async def test_a_name_that_was_stored_but_not_confirmed_is_taken(
    redis_store: RedisStore, no_lease: None
) -> None:
    team = Account(owner="b", name="team")
    await redis_store._directory.claim("b", ["name:team", "key:b"])
    await redis_store._apply([AccountChange(None, team)])

    for _ in range(2):
        assert not await redis_store.commit(AccountChange(None, Account(owner="a", name="team")))
    assert await redis_store.account_by_name("team") == team


async def test_a_key_that_was_only_claimed_opens_its_account(
    redis_store: RedisStore, no_lease: None
) -> None:
    await redis_store._directory.claim("gone", ["key:a"])

    assert (await redis_store.open_account(Account(owner="a"))).owner == "a"


async def test_a_number_that_was_given_before_a_crash_is_used(redis_store: RedisStore) -> None:
    await redis_store._directory.open("a")

    assert (await redis_store.open_account(Account(owner="a"))).name == "key-1"
    assert (await redis_store.open_account(Account(owner="b"))).name == "key-2"


async def test_an_account_that_is_opened_while_it_is_deleted_keeps_its_name(
    redis_store: RedisStore, other_process: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await redis_store.open_account(Account(owner="a"))
    remove = redis_store._directory.remove

    async def remove_late(account: Account) -> None:
        await other_process.open_account(Account(owner="a"))
        await remove(account)

    monkeypatch.setattr(redis_store._directory, "remove", remove_late)

    assert await redis_store.delete_idle_account("a")

    opened = await redis_store.account("a")
    assert opened is not None
    assert await redis_store.account_by_name(opened.name) == opened
    assert await redis_store.accounts() == [opened]


# Requests, bounds, the journal


async def test_a_request_that_is_given_up_disturbs_no_other(server: RedisServer) -> None:
    from seedance_mock.stores.redis.store import RedisStore

    redis_store = await asyncio.to_thread(RedisStore, server.url)
    account = await redis_store.open_account(Account(owner="a"))
    server.process.send_signal(signal.SIGSTOP)
    given_up, waiting = (asyncio.ensure_future(redis_store.account("a")) for _ in range(2))
    await asyncio.sleep(0.01)

    given_up.cancel()
    server.process.send_signal(signal.SIGCONT)

    assert await waiting == account
    assert given_up.cancelled()
    await redis_store.close()


def test_a_loop_that_ends_cancels_what_waits(server: RedisServer) -> None:
    from seedance_mock.stores.redis.store import RedisStore

    redis_store = RedisStore(server.url)
    server.process.send_signal(signal.SIGSTOP)

    async def leave() -> asyncio.Future[Account | None]:
        waiting = asyncio.ensure_future(redis_store.account("a"))
        await asyncio.sleep(0.05)
        return waiting

    assert asyncio.run(leave()).cancelled()
    server.process.send_signal(signal.SIGCONT)


async def test_clear_leaves_other_environments(redis_store: RedisStore) -> None:
    from seedance_mock.stores.redis.store import RedisStore

    prefix = redis_store._keys.prefix
    others = [RedisStore(shared_url(), prefix=f"{prefix}{end}") for end in (":staging", ":", "-")]
    for each in (redis_store, *others):
        await each.open_account(Account(owner="a"))
        await each.commit(TaskChange(None, task("1")))

    await redis_store.clear()

    assert await redis_store.accounts() == []
    for other_process in others:
        assert [account.owner for account in await other_process.accounts()] == ["a"]
        assert await other_process.tasks() == [task("1")]
        # Its format key is still there.
        assert RedisStore(shared_url(), prefix=other_process._keys.prefix, access=Access.READ)
        await other_process.close()


async def test_an_emptied_server_has_a_format_again(redis_store: RedisStore) -> None:
    from seedance_mock.stores.redis.store import RedisStore

    await redis_store.open_account(Account(owner="a"))
    # As after FLUSHALL, or a restart without persistence.
    await redis_store._client.delete_matching(redis_store._keys.pattern, but=())
    with pytest.raises(StoreError, match="no store with the prefix"):
        RedisStore(shared_url(), prefix=redis_store._keys.prefix, access=Access.READ)

    await redis_store.open_account(Account(owner="a"))
    await redis_store.evict()

    assert RedisStore(shared_url(), prefix=redis_store._keys.prefix, access=Access.READ)


async def test_a_store_that_was_not_used_can_be_closed() -> None:
    await new_redis_store().close()


def test_room_for_no_task_is_refused() -> None:
    with pytest.raises(ValueError, match="max_tasks must be 1 or more"):
        new_redis_store(0)


def test_an_old_server_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("seedance_mock.stores.redis.startup.MIN_VERSION", 99)

    with pytest.raises(StoreError, match="the store needs Redis 99 or Valkey"):
        new_redis_store()


async def test_a_page_of_the_journal_reads_a_bounded_number_of_rows(
    redis_store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seedance_mock.stores.redis.journal.READ_ROWS", 2)
    monkeypatch.setattr("seedance_mock.stores.redis.journal.MAX_READS", 2)
    assert redis_store.journal_log is not None
    rows = [JournalRow(str(number), f"key-{number}", None, None, 200, "{}") for number in range(9)]
    await redis_store.journal_log.append(rows)

    page = await redis_store.journal_log.page(0, 5, JournalFilter(account="key-8"))
    assert (page.rows, page.next) == ([], 4)

    rest = await redis_store.journal_log.page(6, 5, JournalFilter(account="key-8"))
    assert [(row.number, row.row.request_id) for row in rest.rows] == [(9, "8")]

    await redis_store.journal_log.clear("key-8")
    assert await redis_store.journal_log.find("8") is None
