"""The accounts of `SqliteStore`, with their names, keys and the queue of idle ones."""

from __future__ import annotations

from seedance_mock.domain.accounts import NO_ADDED_KEYS, Account, account_name
from seedance_mock.stores.record_cache import RecordCache
from seedance_mock.stores.records import account_from_json
from seedance_mock.stores.sqlite.database import Database
from seedance_mock.stores.sqlite.entries import SqliteEntries

MAX_CACHED_ACCOUNTS = 10_000
"""How many decoded accounts a process keeps."""


class SqliteAccounts:
    """The tables `accounts` and `added_keys` of a file. Its owner runs the transactions.

    Args:
        database: the file.
        entries: its entries, which are deleted with their account.
        max_idle: how many accounts without open tasks are kept; None for all.
    """

    def __init__(self, database: Database, entries: SqliteEntries, max_idle: int | None) -> None:
        self._database = database
        self._entries = entries
        self._max_idle = max_idle
        self._cache = RecordCache(account_from_json, MAX_CACHED_ACCOUNTS)

    # Reading

    def decoded(self, text: str | None) -> Account | None:
        """Return the account with this text; None if there is no text."""
        return None if text is None else self._cache.decoded(text)

    def account(self, owner: str) -> Account | None:
        """Return the account of an owner, or None."""
        return self._account("owner = ?", owner)

    def by_name(self, name: str) -> Account | None:
        """Return the account with a name, or None."""
        return self._account("name = ?", name)

    def by_key(self, key: str) -> Account | None:
        """Return the account that a key belongs to, or None."""
        # Nearly every key has opened its account, and costs no other lookup.
        return self.account(key) or self.by_added_key(key)

    def by_added_key(self, key: str) -> Account | None:
        """Return the account that a key was added to, or None."""
        return self._account("owner = (SELECT owner FROM added_keys WHERE key = ?)", key)

    def _account(self, condition: str, value: str) -> Account | None:
        row = self._database.row(f"SELECT record FROM accounts WHERE {condition}", value)
        return None if row is None else self._cache.decoded(row[0])

    def all(self) -> list[Account]:
        """Return all accounts in the order of opening."""
        rows = self._database.rows("SELECT record FROM accounts ORDER BY number")
        return [self._cache.decoded(text) for (text,) in rows]

    def claims_are_free(self, before: Account | None, after: Account) -> bool:
        """Return whether no other account has the name or a key of an account."""
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
        holders = [self.by_key(key) for key in after.added_keys]
        return all(
            holder is None or (holder.owner == owner and key != owner)
            for key, holder in zip(after.added_keys, holders, strict=True)
        )

    # Writing

    def new_name(self) -> str:
        """Return the next name that no account has."""
        while True:
            name = account_name(self._database.add_to_counter("opened_accounts", 1))
            if self.by_name(name) is None:
                return name

    def put(self, before: Account | None, after: Account, open_change: int) -> None:
        """Insert or replace an account. `open_change` is that of its number of open tasks."""
        if before is None:
            self._insert(after)
        else:
            self._update(before, after, open_change)
        if (NO_ADDED_KEYS if before is None else before.added_keys) != after.added_keys:
            self._database.execute("DELETE FROM added_keys WHERE owner = ?", after.owner)
            rows = [(key, after.owner) for key in after.added_keys]
            self._database.execute_each("INSERT INTO added_keys VALUES (?, ?)", rows)

    def _insert(self, account: Account) -> None:
        # An account can be deleted and opened again while it has tasks.
        row = self._database.row(
            "INSERT INTO accounts (owner, name, record, open_tasks) VALUES (?1, ?2, ?3,"
            " (SELECT COUNT(*) FROM tasks WHERE owner = ?1 AND is_settled = 0))"
            " RETURNING open_tasks",
            account.owner,
            account.name,
            self._cache.encoded(account),
        )
        if row == (0,):
            self._add_to_idle(account.owner)

    def _update(self, before: Account, after: Account, open_change: int) -> None:
        if before.name != after.name:
            # Not in the statement below, which would write the index of names each time.
            self._database.execute(
                "UPDATE accounts SET name = ? WHERE owner = ?", after.name, after.owner
            )
        row = self._database.row(
            "UPDATE accounts SET record = ?, open_tasks = open_tasks + ?"
            " WHERE owner = ? RETURNING open_tasks",
            self._cache.encoded(after),
            open_change,
            after.owner,
        )
        self._update_idle(after.owner, row, open_change)

    def add_open_tasks(self, owner: str, change: int) -> None:
        """Add to the number of open tasks of an account, if it is still there."""
        row = self._database.row(
            "UPDATE accounts SET open_tasks = open_tasks + ? WHERE owner = ? RETURNING open_tasks",
            change,
            owner,
        )
        self._update_idle(owner, row, change)

    def _update_idle(self, owner: str, row: tuple[int, ...] | None, change: int) -> None:
        """Move an account into or out of the queue. `row` has its number of open tasks now."""
        if not change or row is None:
            return
        if row == (0,):
            self._add_to_idle(owner)
        elif row == (change,):
            self._database.execute("UPDATE accounts SET idle = NULL WHERE owner = ?", owner)
            self._database.add_to_counter("idle_accounts", -1)

    def _add_to_idle(self, owner: str) -> None:
        self._database.execute(
            "UPDATE accounts SET idle = (SELECT IFNULL(MAX(idle), 0) + 1 FROM accounts)"
            " WHERE owner = ?",
            owner,
        )
        count = self._database.add_to_counter("idle_accounts", 1)
        if self._max_idle is not None and count > self._max_idle:
            self._delete_oldest_idle()

    def _delete_oldest_idle(self) -> None:
        row = self._database.row(
            "SELECT owner FROM accounts WHERE idle IS NOT NULL ORDER BY idle LIMIT 1"
        )
        assert row is not None, "the account that was added just now is in the queue"
        [oldest] = row
        self._database.execute("DELETE FROM accounts WHERE owner = ?", oldest)
        self._database.execute("DELETE FROM added_keys WHERE owner = ?", oldest)
        self._entries.delete(oldest)
        self._database.add_to_counter("idle_accounts", -1)
