"""What is special about the store in a SQLite file."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from seedance_mock.domain.accounts import Account
from seedance_mock.domain.clock import Timeline
from seedance_mock.settings import Settings
from seedance_mock.stores import AccountChange, TaskChange
from seedance_mock.stores.access import Access
from seedance_mock.stores.errors import StoreError, StoreUnavailableError
from seedance_mock.stores.record_cache import RecordCache
from seedance_mock.stores.records import task_from_json
from seedance_mock.stores.sqlite import connections
from seedance_mock.stores.sqlite import database as sqlite_database
from seedance_mock.stores.sqlite.database import Database
from seedance_mock.stores.sqlite.store import SqliteStore
from seedance_mock.stores.urls import open_store

from .example_tasks import task

pytestmark = pytest.mark.anyio


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mock.db"


@pytest.fixture
async def store(path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(path, 3)
    yield store
    await store.close()


async def test_records_survive_a_restart(path: Path) -> None:
    first = SqliteStore(path)
    account = await first.open_account(Account(owner="a", granted=Decimal(5)))
    stored = task("1")
    after = replace(account, timeline=Timeline(account_start=7.0, rate=0.0))
    assert await first.commit(TaskChange(None, stored), AccountChange(account, after))
    await first.close()

    second = SqliteStore(path)

    assert await second.task("1") == stored
    assert await second.accounts() == [after]
    assert (await second.open_account(Account(owner="b"))).name == "key-2"
    await second.close()


async def test_two_processes_see_the_same_records(path: Path, store: SqliteStore) -> None:
    other = SqliteStore(path, 3)
    account = await store.open_account(Account(owner="a"))

    after = replace(account, created_count=1)
    assert await other.commit(AccountChange(account, after))

    assert await store.account("a") == after
    # The record that the first process has in its cache is not the stored one any more.
    assert not await store.commit(AccountChange(account, replace(account, words="ok")))
    await other.close()


async def test_the_oldest_idle_account_is_deleted_in_every_process(
    path: Path, store: SqliteStore
) -> None:
    other = SqliteStore(path, 3)
    for owner in "abc":
        await store.open_account(Account(owner=owner))

    await other.open_account(Account(owner="d"))

    assert [account.owner for account in await store.accounts()] == ["b", "c", "d"]
    await other.close()


async def test_a_failed_change_leaves_nothing_behind(
    path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    account = await store.open_account(Account(owner="a"))
    # The account is written after the task of the same commit.
    monkeypatch.setattr(store, "_put_account", failing)

    with pytest.raises(StoreUnavailableError):
        await store.commit(
            TaskChange(None, task("1")), AccountChange(account, replace(account, words="ok"))
        )

    assert await store.task("1") is None
    monkeypatch.undo()
    assert await store.commit(TaskChange(None, task("1")))


def failing(*arguments: object) -> None:
    raise StoreUnavailableError("database or disk is full")


async def test_a_file_without_its_tables_is_not_available(path: Path, store: SqliteStore) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE tasks")
    connection.close()

    with pytest.raises(StoreUnavailableError, match="no such table"):
        await store.task("1")


@pytest.mark.parametrize("deleted", ["1", "2", "3", "12", "13", "23", "321", "123"])
async def test_tasks_are_counted_whichever_is_deleted(deleted: str, store: SqliteStore) -> None:
    stored = {name: task(name, number=int(name)) for name in "123456"}
    await store.commit(*(TaskChange(None, stored[name]) for name in "123"))
    for name in deleted:
        await store.commit(TaskChange(stored[name], None))

    for name in "456"[: len(deleted)]:
        # The store has room for three.
        assert not await store.eviction_candidates()
        await store.commit(TaskChange(None, stored[name]))

    assert await store.eviction_candidates()


async def test_max_tasks_is_positive(path: Path) -> None:
    with pytest.raises(ValueError, match="1 or more"):
        SqliteStore(path, 0)


# Files that are refused


def test_a_text_file_is_refused(path: Path) -> None:
    path.write_text("not a database, but long enough to have a header" * 10)

    with pytest.raises(StoreError, match="it is not a SQLite database"):
        SqliteStore(path)


def test_the_database_of_another_program_is_refused(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (text)")
    connection.close()

    with pytest.raises(StoreError, match="of another program"):
        SqliteStore(path)


OTHER_VERSIONS = pytest.mark.parametrize(
    "change",
    [
        "PRAGMA user_version = 99",
        "UPDATE meta SET value = 1",
        "DELETE FROM meta",
        "DROP TABLE meta",
        "ALTER TABLE meta RENAME COLUMN value TO number",
    ],
    ids=["tables", "records", "no-version", "no-table", "other-table"],
)


def become_other_version(path: Path, change: str) -> None:
    """Create a file with an entry of the journal, and apply a change to it."""
    database = Database(path)
    database.execute("INSERT INTO journal VALUES (7, 'id', NULL, NULL, NULL, NULL, '{}', 2)")
    database.close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(change)


@OTHER_VERSIONS
def test_a_file_of_another_version_is_refused(path: Path, change: str) -> None:
    become_other_version(path, change)

    with pytest.raises(StoreError, match=r"written by another version.* store clear"):
        SqliteStore(path)


@OTHER_VERSIONS
async def test_a_file_of_another_version_can_be_cleared(path: Path, change: str) -> None:
    become_other_version(path, change)

    store = open_store(Settings(store=f"sqlite:{path}"), Access.CLEAR)
    await store.close()

    store = SqliteStore(path)
    assert store.journal_log is not None
    assert await store.journal_log.last_number() == 0
    assert (await store.open_account(Account(owner="a"))).name == "key-1"
    await store.close()


async def test_a_file_of_this_version_is_opened_as_it_is(path: Path) -> None:
    become_other_version(path, "SELECT 1")

    store = open_store(Settings(store=f"sqlite:{path}"), Access.CLEAR)

    assert store.journal_log is not None
    assert await store.journal_log.last_number() == 7
    await store.close()


@pytest.mark.parametrize("access", [Access.JOIN, Access.READ, Access.CLEAR])
def test_an_empty_file_is_no_store(path: Path, access: Access) -> None:
    path.touch()

    with pytest.raises(StoreError, match="is empty: it is no store"):
        SqliteStore(path, access=access)

    assert path.read_bytes() == b""


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="does not exist or is not accessible"):
        SqliteStore(tmp_path / "missing" / "mock.db")


def test_a_damaged_file_is_refused(path: Path) -> None:
    Database(path).close()
    content = bytearray(path.read_bytes())
    content[100:4096] = os.urandom(3996)
    path.write_bytes(content)

    with pytest.raises(StoreError, match=r"damaged|of another program|malformed"):
        SqliteStore(path)


def test_a_file_in_memory_cannot_be_shared() -> None:
    with pytest.raises(StoreError, match="does not support SQLite's WAL mode"):
        SqliteStore(Path(":memory:"))


def test_an_error_without_advice_is_shown() -> None:
    assert connections.advice(sqlite3.OperationalError("strange")) == "strange"


# Checkpoints


def test_a_closed_store_is_one_file(path: Path) -> None:
    Database(path).close()

    assert os.listdir(path.parent) == [path.name]


@pytest.mark.parametrize("blocking_pages", [500, -1], ids=["few-left", "too-many-left"])
def test_a_long_log_is_started_anew(
    blocking_pages: int, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_database, "MAX_BLOCKING_PAGES", blocking_pages)
    monkeypatch.setattr(sqlite_database, "CHECKPOINT_SECONDS", 0.01)
    monkeypatch.setattr(sqlite_database, "MAX_LOG_BYTES", 100_000)
    database = Database(path)
    log = path.with_name("mock.db-wal")

    with database.transaction():
        database.execute_each(
            "INSERT INTO added_keys VALUES (?, 'a')", [(f"{n:0100}",) for n in range(5_000)]
        )
    assert log.stat().st_size > 100_000
    while log.stat().st_size:
        # The thread has a period of 10 ms. A test that never ends is a failure too.
        database.rows("SELECT 1")

    assert database.rows("SELECT COUNT(*) FROM added_keys") == [(5_000,)]
    database.close()


# Killed processes

WRITER = """
import asyncio, sys
from pathlib import Path
from msgspec.structs import replace
from seedance_mock.domain.accounts import Account
from seedance_mock.stores import AccountChange
from seedance_mock.stores.sqlite.store import SqliteStore

async def main():
    store = SqliteStore(Path(sys.argv[1]))
    account = await store.open_account(Account(owner="a"))
    while True:
        after = replace(account, created_count=account.created_count + 1)
        assert await store.commit(AccountChange(account, after))
        account = after
        print(account.created_count, flush=True)

asyncio.run(main())
"""


async def test_a_killed_process_loses_no_commit(path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        for _ in range(200):
            process.stdout.readline()
        process.kill()
        last = [200, *map(int, process.stdout.read().split())][-1]

    store = SqliteStore(path)
    account = await store.account("a")

    assert account is not None
    # The last line may have been cut, or the process killed before it printed one more.
    assert account.created_count >= last
    await store.close()


async def test_an_account_that_another_process_has_just_opened_is_returned(
    path: Path, store: SqliteStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = SqliteStore(path, 3)
    opened = await other.open_account(Account(owner="a", words="ok"))

    async def not_yet(key: str) -> None:
        return None

    # The look before the transaction was too early.
    monkeypatch.setattr(store, "account_of_key", not_yet)

    assert await store.open_account(Account(owner="a")) == opened
    await other.close()


def test_a_wrong_query_is_not_available(path: Path) -> None:
    database = Database(path)

    with pytest.raises(StoreUnavailableError, match="no such table"):
        database.row("SELECT * FROM missing")
    with pytest.raises(StoreUnavailableError, match="no such table"):
        database.rows("SELECT * FROM missing")
    database.close()


def test_a_transaction_that_sqlite_has_ended_is_not_rolled_back_again(path: Path) -> None:
    database = Database(path)

    def fail() -> None:
        with database.transaction():
            # What SQLite does itself if the disk is full.
            database.execute("ROLLBACK")
            raise ValueError("of a test")

    with pytest.raises(ValueError, match="of a test"):
        fail()

    assert database.rows("SELECT COUNT(*) FROM tasks") == [(0,)]
    database.close()


def test_the_oldest_record_leaves_a_full_cache() -> None:
    cache = RecordCache(task_from_json, 1)
    first, second = cache.encoded(task("1")), cache.encoded(task("2"))

    assert cache.decoded(second) is cache.decoded(second)
    assert cache.decoded(first) == task("1")
    assert cache.decoded(second) is not cache.decoded(first)
