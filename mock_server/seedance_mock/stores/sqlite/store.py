"""Records in one SQLite file: they survive a restart, and processes of one machine share them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from msgspec.structs import replace

from seedance_mock.domain.accounts import Account
from seedance_mock.domain.clock import REAL_TIME
from seedance_mock.domain.task import Task
from seedance_mock.settings import (
    DEFAULT_JOURNAL_BYTES,
    DEFAULT_JOURNAL_ENTRIES,
    DEFAULT_MAX_TASKS,
)
from seedance_mock.stores import (
    AccountChange,
    AccountContent,
    Change,
    Entry,
    EntryChange,
    EntryT,
    TaskChange,
    content_changes,
    entry_of,
)
from seedance_mock.stores.access import Access
from seedance_mock.stores.errors import LoadError
from seedance_mock.stores.journal_log import JournalLog
from seedance_mock.stores.sqlite.accounts import SqliteAccounts
from seedance_mock.stores.sqlite.contents import read_contents
from seedance_mock.stores.sqlite.database import Database
from seedance_mock.stores.sqlite.entries import SqliteEntries
from seedance_mock.stores.sqlite.journal import SqliteJournal
from seedance_mock.stores.sqlite.schema import COUNTERS
from seedance_mock.stores.sqlite.tasks import SqliteTasks, TaskExistsError

_ACCOUNT_AND_TASK = (
    "SELECT (SELECT record FROM accounts WHERE owner = ?), (SELECT record FROM tasks WHERE id = ?)"
)

_ANY_RECORD = "SELECT 1 FROM accounts UNION ALL SELECT 1 FROM tasks LIMIT 1"


class SqliteStore:
    """A store in a file. It keeps as many tasks and accounts as `MemoryStore`.

    Args:
        path: the file, which is created if it does not exist.
        max_tasks: the greatest number of tasks, and of accounts without unsettled tasks; None for
            no bound.
        journal_entries: how many entries the journal keeps.
        journal_bytes: how many bytes they take at most.
        synchronous: one of `SYNCHRONOUS_MODES`.
        access: what the file is opened for.

    Raises StoreError. Methods raise StoreUnavailableError if the file cannot be read or written.
    """

    # The calls block the event loop, for some 10 µs each: less than it takes to wait for a thread.
    # So nothing here awaits, and the fast path can use the store. What could take long, copying
    # the write-ahead log into the file, is done by a thread.

    is_async = False

    def __init__(
        self,
        path: Path,
        max_tasks: int | None = DEFAULT_MAX_TASKS,
        *,
        journal_entries: int = DEFAULT_JOURNAL_ENTRIES,
        journal_bytes: int = DEFAULT_JOURNAL_BYTES,
        synchronous: str = "NORMAL",
        access: Access = Access.SERVE,
    ) -> None:
        if max_tasks is not None and max_tasks < 1:
            raise ValueError(f"max_tasks must be 1 or more, not {max_tasks}")
        self._max_tasks = max_tasks
        self.path = path
        self._database = Database(path, access, synchronous=synchronous)
        self.journal_log: JournalLog | None = SqliteJournal(
            self._database, journal_entries, journal_bytes
        )
        self._entries = SqliteEntries(self._database)
        self._tasks = SqliteTasks(self._database)
        self._accounts = SqliteAccounts(self._database, self._entries, max_tasks)

    async def close(self) -> None:
        self._database.close()

    # Reading

    async def task(self, task_id: str) -> Task | None:
        return self._tasks.task(task_id)

    async def account(self, owner: str) -> Account | None:
        return self._accounts.account(owner)

    def known_account(self, owner: str) -> Account | None:
        return self._accounts.account(owner)

    async def account_of_key(self, key: str) -> Account | None:
        return self._accounts.by_key(key)

    async def account_and_task(self, key: str, task_id: str) -> tuple[Account | None, Task | None]:
        # One statement instead of two: every poll comes here.
        row = self._database.row(_ACCOUNT_AND_TASK, key, task_id)
        assert row is not None, "a SELECT without FROM has a row"
        account = self._accounts.decoded(row[0]) or self._accounts.by_added_key(key)
        return account, self._tasks.decoded(row[1])

    async def account_by_name(self, name: str) -> Account | None:
        return self._accounts.by_name(name)

    async def due(self, owner: str, now: float) -> Sequence[Task]:
        return self._tasks.tasks(
            "WHERE owner = ? AND is_settled = 0 AND end <= ? ORDER BY position", owner, now
        )

    async def eviction_candidates(self) -> Sequence[Task]:
        if self._max_tasks is None or self._tasks.count() < self._max_tasks:
            return ()
        return self._tasks.eviction_candidates()

    async def accounts(self) -> Sequence[Account]:
        return self._accounts.all()

    async def tasks(self, owner: str | None = None) -> Sequence[Task]:
        if owner is None:
            return self._tasks.tasks("ORDER BY created, number")
        return self._tasks.tasks("WHERE owner = ? ORDER BY created, number", owner)

    async def entry(self, kind: type[EntryT], owner: str, entry_id: str) -> EntryT | None:
        return self._entries.entry(kind, owner, entry_id)

    async def entries(self, kind: type[EntryT], owner: str) -> Sequence[EntryT]:
        return self._entries.entries(kind, owner)

    async def entry_owners(self, kind: type[Entry]) -> Sequence[str]:
        return self._entries.owners(kind)

    async def contents(self) -> Sequence[AccountContent]:
        return read_contents(self._database)

    # Writing

    async def open_account(self, account: Account) -> Account:
        # Without a transaction first: nearly every call is for an account that exists.
        existing = await self.account_of_key(account.owner)
        if existing is not None:
            return existing
        with self._database.transaction():
            existing = self._accounts.by_key(account.owner)
            if existing is not None:
                return existing
            free_keys = {
                key: added
                for key, added in account.added_keys.items()
                if self._accounts.by_key(key) is None
            }
            opened = replace(account, name=self._accounts.new_name(), added_keys=free_keys)
            self._put_account(None, opened, 0)
            return opened

    async def commit(self, *changes: Change) -> bool:
        try:
            with self._database.transaction():
                if not all(map(self._is_current, changes)):
                    return False
                self._apply(changes)
                return True
        except TaskExistsError:
            return False

    def _is_current(self, change: Change) -> bool:
        current: Task | Account | Entry | None
        if isinstance(change, AccountChange):
            current = self._accounts.account(change.after.owner)
            if not self._accounts.claims_are_free(change.before, change.after):
                return False
        elif isinstance(change, TaskChange):
            if change.before is None:
                # The insertion sees whether the id is free.
                return True
            current = self._tasks.task(change.before.id)
        else:
            entry = entry_of(change)
            current = self._entries.entry(type(entry), entry.owner, entry.id)
        # Identity first: the cache gives the same object for the same text.
        return current is change.before or current == change.before

    def _apply(self, changes: Sequence[Change]) -> None:
        accounts = {
            change.after.owner: change for change in changes if isinstance(change, AccountChange)
        }
        open_changes: dict[str, int] = {}
        # New tasks first: the id of one that the same commit deletes is not free.
        for change in sorted(changes, key=_has_before):
            if isinstance(change, TaskChange):
                owner = _owner(change)
                own = accounts.get(owner)
                self._replace_task(change, None if own is None else own.after)
                difference = _open_count(change.after) - _open_count(change.before)
                open_changes[owner] = open_changes.get(owner, 0) + difference
            elif isinstance(change, EntryChange):
                self._entries.replace(change)
        # One update for the record of an account and its number of open tasks.
        for owner, change in accounts.items():
            self._put_account(change.before, change.after, open_changes.pop(owner, 0))
        for owner, difference in open_changes.items():
            if difference:
                self._accounts.add_open_tasks(owner, difference)

    def _replace_task(self, change: TaskChange, account: Account | None) -> None:
        """Replace a task. `account` is that of its owner if the same commit changes it."""
        before, after = change
        if after is None:
            assert before is not None, "a change has a record before or after"
            self._tasks.delete(before)
            return
        account = account or self._accounts.account(after.owner)
        timeline = REAL_TIME if account is None else account.timeline
        self._tasks.replace(before, after, timeline)

    def _put_account(self, before: Account | None, after: Account, open_change: int) -> None:
        self._accounts.put(before, after, open_change)
        # Another timeline moves the end of every open task of the account.
        if (REAL_TIME if before is None else before.timeline) != after.timeline:
            self._tasks.move_ends(after.owner, after.timeline)

    async def load(self, contents: Sequence[AccountContent]) -> None:
        with self._database.transaction():
            if self._database.row(_ANY_RECORD) is not None:
                raise LoadError("the store is not empty: clear it first")
            for content in contents:
                self._apply(content_changes(content))

    async def reset(self, before: Account, after: Account) -> bool:
        with self._database.transaction():
            change = AccountChange(before, after)
            if not self._is_current(change):
                return False
            tasks = self._tasks.tasks("WHERE owner = ?", after.owner)
            self._entries.delete(after.owner)
            self._apply([*(TaskChange(task, None) for task in tasks), change])
            return True

    async def clear(self) -> None:
        with self._database.transaction():
            for table in ("tasks", "accounts", "added_keys", "entries"):
                self._database.execute(f"DELETE FROM {table}")
            for name in COUNTERS:
                self._database.execute("UPDATE meta SET value = 0 WHERE name = ?", name)


def _has_before(change: Change) -> bool:
    return change.before is not None


def _owner(change: TaskChange) -> str:
    task = change.before or change.after
    assert task is not None, "a change has a record before or after"
    return task.owner


def _open_count(task: Task | None) -> int:
    return int(task is not None and not task.is_settled)
