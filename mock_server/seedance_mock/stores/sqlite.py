"""Records in one SQLite file: they survive a restart, and processes of one machine share them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

from seedance_mock.domain.accounts import NO_ADDED_KEYS, Account, account_name
from seedance_mock.domain.clock import REAL_TIME, Timeline
from seedance_mock.domain.task import Task, end_time
from seedance_mock.settings import (
    DEFAULT_JOURNAL_BYTES,
    DEFAULT_JOURNAL_ENTRIES,
    DEFAULT_MAX_TASKS,
)
from seedance_mock.stores import (
    AccountChange,
    Change,
    Entry,
    EntryChange,
    EntryT,
    TaskChange,
    entry_of,
)
from seedance_mock.stores.expiry_queue import expiry_key
from seedance_mock.stores.journal_log import JournalLog
from seedance_mock.stores.record_cache import RecordCache
from seedance_mock.stores.records import account_from_json, task_from_json
from seedance_mock.stores.sqlite_database import COUNTERS, Database
from seedance_mock.stores.sqlite_entries import SqliteEntries
from seedance_mock.stores.sqlite_journal import SqliteJournal

T = TypeVar("T")

MAX_CACHED_RECORDS = 10_000
"""How many decoded records of each kind a process keeps."""


_TASK_PLACE = "machine_end, end, created, number, id"
_FIRST_TO_END = (
    f"SELECT {_TASK_PLACE}, record FROM tasks"
    f" WHERE is_settled = ? AND machine_end IS NOT NULL ORDER BY {_TASK_PLACE} LIMIT 1"
)
_LAST_POSITION = "SELECT IFNULL(MAX(position), 0) FROM tasks"
# A counter of the tasks would be one page more to write for each create: some 5 µs.
_TASK_COUNT = f"SELECT ({_LAST_POSITION}) - value FROM meta WHERE name = 'free_positions'"


class SqliteStore:
    """A store in a file. It keeps as many tasks and accounts as `MemoryStore`.

    Args:
        path: the file, which is created if it does not exist.
        max_tasks: the greatest number of tasks, and of accounts without unsettled tasks.
        journal_entries: how many entries the journal keeps.
        journal_bytes: how many bytes they take at most.
        synchronous: one of `SYNCHRONOUS_MODES`.

    Raises StoreError. Methods raise StoreUnavailableError if the file cannot be read or written.
    """

    # The calls block the event loop, for some 10 µs each: less than it takes to wait for a thread.
    # So nothing here awaits, and the fast path can use the store. What could take long, copying
    # the write-ahead log into the file, is done by a thread.

    is_async = False

    def __init__(
        self,
        path: Path,
        max_tasks: int = DEFAULT_MAX_TASKS,
        *,
        journal_entries: int = DEFAULT_JOURNAL_ENTRIES,
        journal_bytes: int = DEFAULT_JOURNAL_BYTES,
        synchronous: str = "NORMAL",
    ) -> None:
        if max_tasks < 1:
            raise ValueError(f"max_tasks must be 1 or more, not {max_tasks}")
        self._max_tasks = max_tasks
        self.path = path
        self._database = Database(path, synchronous=synchronous)
        self.journal_log: JournalLog | None = SqliteJournal(
            self._database, journal_entries, journal_bytes
        )
        self._tasks = RecordCache(task_from_json, MAX_CACHED_RECORDS)
        self._accounts = RecordCache(account_from_json, MAX_CACHED_RECORDS)
        self._entries = SqliteEntries(self._database)

    async def close(self) -> None:
        self._database.close()

    # Reading

    def _task(self, query: str, *values: object) -> Task | None:
        row = self._database.row(f"SELECT record FROM tasks {query}", *values)
        return None if row is None else self._tasks.decoded(row[0])

    def _task_list(self, query: str, *values: object) -> list[Task]:
        rows = self._database.rows(f"SELECT record FROM tasks {query}", *values)
        return [self._tasks.decoded(text) for (text,) in rows]

    def _account(self, query: str, *values: object) -> Account | None:
        row = self._database.row(f"SELECT record FROM accounts {query}", *values)
        return None if row is None else self._accounts.decoded(row[0])

    async def task(self, task_id: str) -> Task | None:
        return self._task("WHERE id = ?", task_id)

    async def account(self, owner: str) -> Account | None:
        return self._account("WHERE owner = ?", owner)

    def known_account(self, owner: str) -> Account | None:
        return self._account("WHERE owner = ?", owner)

    async def account_of_key(self, key: str) -> Account | None:
        return self._account_of_key(key)

    def _account_of_key(self, key: str) -> Account | None:
        # Nearly every key has opened its account, and costs no other lookup.
        return self._account("WHERE owner = ?", key) or self._account(
            "WHERE owner = (SELECT owner FROM added_keys WHERE key = ?)", key
        )

    async def account_and_task(self, key: str, task_id: str) -> tuple[Account | None, Task | None]:
        return await self.account_of_key(key), await self.task(task_id)

    async def account_by_name(self, name: str) -> Account | None:
        return self._account("WHERE name = ?", name)

    async def due(self, owner: str, now: float) -> Sequence[Task]:
        return self._task_list(
            "WHERE owner = ? AND is_settled = 0 AND end <= ? ORDER BY position", owner, now
        )

    async def eviction_candidates(self) -> Sequence[Task]:
        [count] = _known(self._database.row(_TASK_COUNT))
        if count < self._max_tasks:
            return ()
        # Each of the two queues has its place in the index; a sort of both would read them all.
        rows = [self._database.row(_FIRST_TO_END, is_settled) for is_settled in (True, False)]
        first = sorted(row for row in rows if row is not None)
        # If none of them has ended, no task has, and the first one of all is not settled.
        oldest = self._task_list("ORDER BY position LIMIT 1")
        return [*(self._tasks.decoded(row[-1]) for row in first), *oldest]

    async def accounts(self) -> Sequence[Account]:
        rows = self._database.rows("SELECT record FROM accounts ORDER BY number")
        return [self._accounts.decoded(text) for (text,) in rows]

    async def tasks(self, owner: str | None = None) -> Sequence[Task]:
        if owner is None:
            return self._task_list("ORDER BY created, number")
        return self._task_list("WHERE owner = ? ORDER BY created, number", owner)

    async def entry(self, kind: type[EntryT], owner: str, entry_id: str) -> EntryT | None:
        return self._entries.entry(kind, owner, entry_id)

    async def entries(self, kind: type[EntryT], owner: str) -> Sequence[EntryT]:
        return self._entries.entries(kind, owner)

    async def entry_owners(self, kind: type[Entry]) -> Sequence[str]:
        return self._entries.owners(kind)

    # Writing

    async def open_account(self, account: Account) -> Account:
        # Without a transaction first: nearly every call is for an account that exists.
        existing = await self.account_of_key(account.owner)
        if existing is not None:
            return existing
        with self._database.transaction():
            existing = self._account_of_key(account.owner)
            if existing is not None:
                return existing
            name = self._new_name()
            free_keys = {
                key: added
                for key, added in account.added_keys.items()
                if self._account_of_key(key) is None
            }
            opened = account._replace(name=name, added_keys=free_keys)
            self._put_account(None, opened, 0)
            return opened

    def _new_name(self) -> str:
        while True:
            name = account_name(self._database.add_to_counter("opened_accounts", 1))
            if self._account("WHERE name = ?", name) is None:
                return name

    async def commit(self, *changes: Change) -> bool:
        try:
            with self._database.transaction():
                if not all(map(self._is_current, changes)):
                    return False
                self._apply(changes)
                return True
        except _TaskExistsError:
            return False

    def _apply(self, changes: Sequence[Change]) -> None:
        accounts = {
            change.after.owner: change for change in changes if isinstance(change, AccountChange)
        }
        open_changes: dict[str, int] = {}
        # New tasks first: the id of one that the same commit deletes is not free.
        for change in sorted(changes, key=_has_before):
            if isinstance(change, TaskChange):
                before, after = change
                owner = _known(before or after).owner
                own = accounts.get(owner)
                self._replace_task(before, after, None if own is None else own.after)
                difference = _open_count(after) - _open_count(before)
                open_changes[owner] = open_changes.get(owner, 0) + difference
            elif isinstance(change, EntryChange):
                self._entries.replace(change)
        # One update for the record of an account and its number of open tasks.
        for owner, change in accounts.items():
            self._put_account(change.before, change.after, open_changes.pop(owner, 0))
        for owner, difference in open_changes.items():
            if difference:
                self._update_idle(owner, self._add_open_tasks(owner, difference), difference)

    def _is_current(self, change: Change) -> bool:
        current: Task | Account | Entry | None
        if isinstance(change, AccountChange):
            after = change.after
            current = self._account("WHERE owner = ?", after.owner)
            if not self._claims_are_free(change.before, after):
                return False
        elif isinstance(change, TaskChange):
            if change.before is None:
                # Whether the id is free is seen when the task is inserted, without a query before.
                return True
            current = self._task("WHERE id = ?", change.before.id)
        else:
            entry = entry_of(change)
            current = self._entries.entry(type(entry), entry.owner, entry.id)
        # Identity first: the cache gives the same object for the same text.
        return current is change.before or current == change.before

    def _claims_are_free(self, before: Account | None, after: Account) -> bool:
        """Tell whether no other account has the name or a key of an account."""
        if before is not None and (before.name, before.added_keys) == (
            after.name,
            after.added_keys,
        ):
            return True
        owner = after.owner
        named = self._database.row("SELECT owner FROM accounts WHERE name = ?", after.name)
        if named not in (None, (owner,)):
            return False
        if self._database.row("SELECT 1 FROM added_keys WHERE key = ?", owner) is not None:
            return False
        holders = [self._account_of_key(key) for key in after.added_keys]
        return all(
            holder is None or (holder.owner == owner and key != owner)
            for key, holder in zip(after.added_keys, holders, strict=True)
        )

    def _replace_task(
        self, before: Task | None, after: Task | None, account: Account | None
    ) -> None:
        """Replace a task. `account` is that of its owner if the same commit changes it."""
        if after is None:
            self._delete_task(_known(before).id)
        elif before is None:
            row = self._database.row(
                "INSERT INTO tasks"
                " (is_settled, record, end, machine_end, id, owner, created, number)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING RETURNING 1",
                *self._task_columns(after, account),
                after.id,
                after.owner,
                after.created,
                after.number,
            )
            if row is None:
                raise _TaskExistsError
        else:
            self._database.execute(
                "UPDATE tasks SET is_settled = ?, record = ?, end = ?, machine_end = ?"
                " WHERE id = ?",
                *self._task_columns(after, account),
                after.id,
            )

    def _delete_task(self, task_id: str) -> None:
        [last] = _known(self._database.row(_LAST_POSITION))
        self._database.execute("DELETE FROM tasks WHERE id = ?", task_id)
        [new_last] = _known(self._database.row(_LAST_POSITION))
        # One more position up to the last one is free, unless the last task itself is gone.
        self._database.add_to_counter("free_positions", 1 - (last - new_last))

    def _task_columns(self, task: Task, account: Account | None) -> tuple[object, ...]:
        """Return what changes with a task: is_settled, record, end, machine_end."""
        owner = account or self._account("WHERE owner = ?", task.owner)
        timeline = REAL_TIME if owner is None else owner.timeline
        machine_end = _machine_end(task, timeline)
        return task.is_settled, self._tasks.encoded(task), end_time(task), machine_end

    def _put_account(self, before: Account | None, after: Account, open_change: int) -> None:
        """Replace an account. `open_change` is by how much its number of open tasks changes."""
        if before is None:
            self._database.execute(
                "INSERT INTO accounts (owner, name, record, open_tasks) VALUES (?, ?, ?, 0)",
                after.owner,
                after.name,
                self._accounts.encoded(after),
            )
            # An account can be deleted and opened again while it has tasks.
            open_change = len(self._open_tasks(after.owner))
            count = self._add_open_tasks(after.owner, open_change)
            if not count:
                self._add_to_idle(after.owner)
        else:
            if before.name != after.name:
                # Not in the statement below, which would write the index of names each time.
                self._database.execute(
                    "UPDATE accounts SET name = ? WHERE owner = ?", after.name, after.owner
                )
            row = self._database.row(
                "UPDATE accounts SET record = ?, open_tasks = open_tasks + ?"
                " WHERE owner = ? RETURNING open_tasks",
                self._accounts.encoded(after),
                open_change,
                after.owner,
            )
            self._update_idle(after.owner, row[0] if row else None, open_change)
        if (NO_ADDED_KEYS if before is None else before.added_keys) != after.added_keys:
            self._database.execute("DELETE FROM added_keys WHERE owner = ?", after.owner)
            rows = [(key, after.owner) for key in after.added_keys]
            self._database.execute_each("INSERT INTO added_keys VALUES (?, ?)", rows)
        # Another timeline moves the end of every open task of the account.
        if (REAL_TIME if before is None else before.timeline) != after.timeline:
            self._move_ends(after)

    def _add_open_tasks(self, owner: str, change: int) -> int | None:
        """Add to the number of open tasks of an account and return it; None without account."""
        row = self._database.row(
            "UPDATE accounts SET open_tasks = open_tasks + ? WHERE owner = ? RETURNING open_tasks",
            change,
            owner,
        )
        return None if row is None else int(row[0])

    def _update_idle(self, owner: str, count: int | None, change: int) -> None:
        """Move an account into or out of the queue of those without open tasks."""
        if not change or count is None:
            return
        if count == 0:
            self._add_to_idle(owner)
        elif count == change:
            self._database.execute("UPDATE accounts SET idle = NULL WHERE owner = ?", owner)
            self._database.add_to_counter("idle_accounts", -1)

    def _add_to_idle(self, owner: str) -> None:
        self._database.execute(
            "UPDATE accounts SET idle = (SELECT IFNULL(MAX(idle), 0) + 1 FROM accounts)"
            " WHERE owner = ?",
            owner,
        )
        if self._database.add_to_counter("idle_accounts", 1) > self._max_tasks:
            query = "SELECT owner FROM accounts WHERE idle IS NOT NULL ORDER BY idle LIMIT 1"
            [oldest] = _known(self._database.row(query))
            self._database.execute("DELETE FROM accounts WHERE owner = ?", oldest)
            self._database.execute("DELETE FROM added_keys WHERE owner = ?", oldest)
            self._entries.delete(oldest)
            self._database.add_to_counter("idle_accounts", -1)

    def _open_tasks(self, owner: str) -> list[Task]:
        return self._task_list("WHERE owner = ? AND is_settled = 0", owner)

    def _move_ends(self, account: Account) -> None:
        rows = [
            (_machine_end(task, account.timeline), task.id)
            for task in self._open_tasks(account.owner)
        ]
        self._database.execute_each("UPDATE tasks SET machine_end = ? WHERE id = ?", rows)

    async def reset(self, before: Account, after: Account) -> bool:
        with self._database.transaction():
            change = AccountChange(before, after)
            if not self._is_current(change):
                return False
            tasks = self._task_list("WHERE owner = ?", after.owner)
            self._entries.delete(after.owner)
            self._apply([*(TaskChange(task, None) for task in tasks), change])
            return True

    async def clear(self) -> None:
        with self._database.transaction():
            for table in ("tasks", "accounts", "added_keys", "entries"):
                self._database.execute(f"DELETE FROM {table}")
            for name in COUNTERS:
                self._database.execute("UPDATE meta SET value = 0 WHERE name = ?", name)


class _TaskExistsError(Exception):
    """There is a task with the id of a new one. Ends the transaction."""


def _known(value: T | None) -> T:
    """Return a value that cannot be None here."""
    assert value is not None
    return value


def _machine_end(task: Task, timeline: Timeline) -> float | None:
    key = expiry_key(task, timeline)
    return None if key is None else key[0]


def _has_before(change: Change) -> bool:
    return change.before is not None


def _open_count(task: Task | None) -> int:
    return int(task is not None and not task.is_settled)
