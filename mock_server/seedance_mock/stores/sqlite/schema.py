"""The tables in the SQLite file of a store, and their version."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from seedance_mock.stores.access import Access
from seedance_mock.stores.errors import StoreError
from seedance_mock.stores.records import VERSION as RECORD_VERSION

APPLICATION_ID = 0x5EEDA4CE
"""Marks a SQLite file as a store of this program (`PRAGMA application_id`)."""

SCHEMA_VERSION = 3
"""The version of the tables (`PRAGMA user_version`). Raise it with each change of them."""

VERSION = f"{SCHEMA_VERSION}.{RECORD_VERSION}"
"""The version of the tables and that of the records in them."""

# What `eviction_candidates`, `due` and the eviction of accounts ask for is in columns with an index
# each, so that none of them reads more rows than it returns. Everything else is in the record.
TABLES = """
CREATE TABLE meta (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TABLE accounts (
    number INTEGER PRIMARY KEY,                 -- the order of opening
    owner TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL UNIQUE,
    record TEXT NOT NULL,
    open_tasks INTEGER NOT NULL,                -- how many of its tasks are not settled
    idle INTEGER                                -- place in the queue of those without any
);
CREATE INDEX idle_accounts ON accounts (idle) WHERE idle IS NOT NULL;
CREATE TABLE added_keys (
    key TEXT PRIMARY KEY,
    owner TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX added_keys_of_owner ON added_keys (owner);
CREATE TABLE tasks (
    position INTEGER PRIMARY KEY,               -- the order of storing, from 1
    id TEXT NOT NULL UNIQUE,
    owner TEXT NOT NULL,
    record TEXT NOT NULL,
    is_settled INTEGER NOT NULL,
    created REAL NOT NULL,
    number INTEGER NOT NULL,
    end REAL NOT NULL,                          -- by the clock of the account
    machine_end REAL                            -- NULL if it does not end on its own
);
CREATE INDEX tasks_of_owner ON tasks (owner, is_settled, end);
CREATE INDEX tasks_by_end ON tasks (is_settled, machine_end, end, created, number, id)
    WHERE machine_end IS NOT NULL;
CREATE TABLE entries (
    position INTEGER PRIMARY KEY,               -- the order of storing
    kind TEXT NOT NULL,
    owner TEXT NOT NULL,
    id TEXT NOT NULL,
    record TEXT NOT NULL
);
CREATE UNIQUE INDEX entries_of_owner ON entries (kind, owner, id);
CREATE TABLE journal (
    number INTEGER PRIMARY KEY AUTOINCREMENT,   -- never given twice, even after a deletion
    request_id TEXT NOT NULL,
    account TEXT,
    task_id TEXT,
    place TEXT,
    status INTEGER,
    entry TEXT NOT NULL,
    size INTEGER NOT NULL                       -- in bytes
);
"""

COUNTERS = ("opened_accounts", "idle_accounts", "free_positions", "journal_bytes")
"""The names in the table `meta` that count something."""


def create_tables(connection: sqlite3.Connection) -> None:
    """Create the tables of an empty file."""
    # Not `executescript`, which commits the transaction.
    for statement in TABLES.strip().split(";\n"):
        connection.execute(statement)
    rows = [("record_version", RECORD_VERSION), *((name, 0) for name in COUNTERS)]
    connection.executemany("INSERT INTO meta VALUES (?, ?)", rows)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def is_empty(connection: sqlite3.Connection) -> bool:
    """Return whether a file has no tables yet."""
    return connection.execute("SELECT 1 FROM sqlite_schema LIMIT 1").fetchone() is None


def require_own_file(connection: sqlite3.Connection, path: Path, access: Access) -> None:
    """Raise StoreError for a file of another program or, unless it is replaced, another version.

    Where a file must exist, an empty one is refused, too.
    """
    if is_empty(connection):
        if access.file_must_exist:
            raise StoreError(f"{path} is empty: it is no store")
        return
    if _pragma(connection, "application_id") != APPLICATION_ID:
        raise StoreError(f"{path} is the SQLite database of another program")
    found = _version(connection)
    if found != VERSION and not access.replaces_other_version:
        raise StoreError(
            f"{path} was written by another version of this program: it has format {found}, and"
            f" this one reads {VERSION}. Nothing converts it: use the version that wrote it, start"
            " with a new file, or empty this one with seedance-mock store clear"
        )


def replace_other_version(connection: sqlite3.Connection) -> None:
    """Delete the tables of a file of another version, and create those of this one."""
    if _version(connection) == VERSION:
        return
    # The tables of SQLite itself cannot be dropped, and need not be.
    query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    for [name] in connection.execute(query).fetchall():
        connection.execute(f'DROP TABLE "{name}"')
    create_tables(connection)


def _version(connection: sqlite3.Connection) -> str:
    return f"{_pragma(connection, 'user_version')}.{_record_version(connection)}"


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    [value] = connection.execute(f"PRAGMA {name}").fetchone()
    return int(value)


def _record_version(connection: sqlite3.Connection) -> int:
    """Return the version of the records; 0 if the file has none, as that of another version."""
    columns = connection.execute("SELECT name FROM pragma_table_info('meta')").fetchall()
    if columns != [("name",), ("value",)]:
        return 0
    query = "SELECT value FROM meta WHERE name = 'record_version'"
    [value] = connection.execute(query).fetchone() or (0,)
    return int(value)
