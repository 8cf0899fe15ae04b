"""Opens the SQLite file of a store: which files are refused, and what their errors mean."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path

from seedance_mock.domain.clock import monotonic
from seedance_mock.stores.access import Access
from seedance_mock.stores.errors import StoreError
from seedance_mock.stores.file_systems import network_file_system
from seedance_mock.stores.sqlite.schema import (
    create_tables,
    is_empty,
    replace_other_version,
    require_own_file,
)

MIN_SQLITE = (3, 35, 0)
"""The oldest version of SQLite with `RETURNING`, which the store uses."""

BUSY_SECONDS = 5.0
"""How long a write waits for another process that writes."""

RETRY_PAUSE = 0.01
"""Seconds between two attempts to open a file that another process has locked."""

SYNCHRONOUS_MODES = ("NORMAL", "FULL")
"""Whether the last commits may be lost in a power cut. A killed process never loses any."""


def open_connection(path: Path, access: Access, *, synchronous: str) -> sqlite3.Connection:
    """Open a file. Raises StoreError."""
    if sqlite3.sqlite_version_info < MIN_SQLITE:
        raise StoreError(
            f"cannot open {path}: this Python has SQLite {sqlite3.sqlite_version}, and the store"
            f" needs {'.'.join(map(str, MIN_SQLITE))} or later; run another Python, or choose"
            " another --store"
        )
    network = network_file_system(path)
    if network is not None:
        raise StoreError(
            f"cannot open {path}: it is on a network file system ({network}), where SQLite cannot"
            " share a file between processes; choose a folder on a disk of this machine"
        )
    try:
        return _opened_when_free(path, access, synchronous)
    except sqlite3.Error as error:
        name = getattr(error, "sqlite_errorname", "")
        if access is not Access.READ or not name.startswith(("SQLITE_READONLY", "SQLITE_CANTOPEN")):
            raise StoreError(f"cannot open {path}: {advice(error)}") from None
    try:
        return _opened_for_reading(path)
    except sqlite3.Error as error:
        raise StoreError(f"cannot open {path}: {advice(error)}") from None


def _opened_when_free(path: Path, access: Access, synchronous: str) -> sqlite3.Connection:
    # If two processes create a file at the same time, one of them gets SQLITE_BUSY at once: SQLite
    # does not wait where both might wait for each other.
    deadline = monotonic() + BUSY_SECONDS
    while True:
        try:
            return _opened_for_writing(path, access, synchronous)
        except sqlite3.Error as error:
            if primary_code(error) != sqlite3.SQLITE_BUSY or monotonic() >= deadline:
                raise
        time.sleep(RETRY_PAUSE)


def _opened_for_writing(path: Path, access: Access, synchronous: str) -> sqlite3.Connection:
    # Transactions are begun by hand: Python's own begin does not take the write lock.
    connection = sqlite3.connect(
        path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False
    )
    try:
        _prepare(connection, path, access, synchronous)
    except BaseException:
        connection.close()
        raise
    return connection


def _opened_for_reading(path: Path) -> sqlite3.Connection:
    """Open a file that this process cannot write, such as a backup."""
    # Only if it cannot be opened for writing: a connection that only reads leaves an empty log
    # beside the file.
    try:
        return _opened_by_uri(path, "mode=ro")
    except sqlite3.Error:
        # Without a log nobody has the file open, and SQLite need not create one to read it.
        if path.with_name(f"{path.name}-wal").exists():
            raise
        return _opened_by_uri(path, "mode=ro&immutable=1")


def _opened_by_uri(path: Path, options: str) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.absolute().as_uri()}?{options}", uri=True, isolation_level=None
    )
    try:
        require_own_file(connection, path, Access.READ)
    except BaseException:
        connection.close()
        raise
    return connection


def _prepare(connection: sqlite3.Connection, path: Path, access: Access, synchronous: str) -> None:
    require_own_file(connection, path, access)
    # Of a new file only. A commit writes whole pages: with the default of 4 kB it takes 20 µs, with
    # 2 kB 13 µs.
    connection.execute("PRAGMA page_size = 2048")
    [mode] = connection.execute("PRAGMA journal_mode = WAL").fetchone()
    if mode != "wal":
        raise StoreError(f"cannot open {path}: its file system does not support SQLite's WAL mode")
    connection.execute(f"PRAGMA synchronous = {synchronous}")
    # A checkpoint in the middle of a request would stall every other one: a thread makes them.
    connection.execute("PRAGMA wal_autocheckpoint = 0")
    connection.execute("BEGIN IMMEDIATE")
    # Again, now that no other process can create the tables at the same time.
    if is_empty(connection):
        create_tables(connection)
    elif access.replaces_other_version:
        replace_other_version(connection)
    # A file that can only be read, or a full disk, is noticed by a write and by nothing else.
    connection.execute("UPDATE meta SET value = value WHERE name = 'record_version'")
    connection.execute("COMMIT")
    # From now on `Database` waits for locks itself.
    connection.execute("PRAGMA busy_timeout = 0")


_ADVICE = {
    "SQLITE_NOTADB": "it is not a SQLite database",
    "SQLITE_CORRUPT": "it is damaged; restore it, or start with a new file",
    "SQLITE_CANTOPEN": "the file or its folder does not exist or is not accessible",
    "SQLITE_READONLY": "the file or its folder is read-only",
    "SQLITE_FULL": "the disk is full",
    "SQLITE_IOERR": "the disk reports an error",
    "SQLITE_BUSY": "another process keeps it locked",
}


def primary_code(error: sqlite3.Error) -> int:
    """Return the code of an error, without what distinguishes errors of the same kind."""
    # Extended codes have the primary one in their last 8 bits. Some errors are of Python's own.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def advice(error: sqlite3.Error) -> str:
    """Return what an error means, and what to do."""
    # Extended codes begin with the name of the primary one: SQLITE_READONLY_DIRECTORY.
    name = getattr(error, "sqlite_errorname", "")
    return next((text for code, text in _ADVICE.items() if name.startswith(code)), str(error))
