"""The SQLite file of a store: queries, transactions and checkpoints."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, NoReturn

from seedance_mock.domain.clock import monotonic
from seedance_mock.stores.access import Access
from seedance_mock.stores.errors import StoreUnavailableError
from seedance_mock.stores.sqlite.connections import (
    BUSY_SECONDS,
    advice,
    open_connection,
    primary_code,
)

logger = logging.getLogger("seedance_mock.stores")

# SQLite's own handler sleeps for up to 100 ms at a time, in which no request of this process is
# served. A commit of another process takes some 0.1 ms.
BUSY_PAUSES = (0.000_05, 0.000_2)
"""The shortest and the longest pause between two attempts, in seconds."""

CHECKPOINT_SECONDS = 0.2
"""Seconds between two checkpoints, which copy the write-ahead log into the file.

The more there is to copy, the longer the disk keeps a commit waiting meanwhile.
"""

MAX_LOG_BYTES = 64 * 1024**2
"""The size of the write-ahead log from which a checkpoint waits until it can start it anew."""

MAX_BLOCKING_PAGES = 500
"""How many pages such a checkpoint may have left to copy: 2 MB, some 10 ms of a disk."""

MAX_PASSIVE_CHECKPOINTS = 10
"""How often it is tried to come so far. A load that writes faster than the disk is slowed down."""


class _LostFile:
    """Takes the place of the connection to a file that is gone. No statement succeeds any more."""

    in_transaction = False

    def execute(self, *arguments: object) -> NoReturn:
        raise sqlite3.OperationalError("the file of the store was deleted or replaced")

    executemany = execute


class Database:
    """An open file, and the thread that makes its checkpoints.

    Only one thread at a time may call the methods.

    Before each the thread sees whether the path still leads to the file. If it does not, another
    process has, or will get, another file there, and the two would contradict each other. So from
    then on every method fails.

    Args:
        path: the file; it is created if there is none.
        synchronous: one of `SYNCHRONOUS_MODES`.
        access: what the file is opened for.

    Raises StoreError. Methods raise StoreUnavailableError if the file cannot be read or written.
    """

    def __init__(
        self, path: Path, access: Access = Access.SERVE, *, synchronous: str = "NORMAL"
    ) -> None:
        self._opened = open_connection(path, access, synchronous=synchronous)
        # Replaced by the thread, so that no call needs to ask whether the file is still there.
        self._connection: sqlite3.Connection | _LostFile = self._opened
        self._path = path
        self._identity = _identity(path)
        self._closing = threading.Event()
        self._checkpoints: threading.Thread | None = None
        # Who only reads leaves the log as it is, and perhaps cannot write.
        if access is not Access.READ:
            self._checkpoints = threading.Thread(
                target=self._make_checkpoints, name="checkpoints", daemon=True
            )
            self._checkpoints.start()

    def close(self) -> None:
        """Close the file. The last process that does leaves it without a log beside it."""
        self._closing.set()
        if self._checkpoints is not None:
            self._checkpoints.join()
        self._opened.close()

    def row(self, query: str, *values: object) -> tuple[Any, ...] | None:
        """Return the first row of a query, or None if it has none."""
        try:
            row: tuple[Any, ...] | None = self._connection.execute(query, values).fetchone()
        except sqlite3.Error as error:
            rows = self._repeat(query, values, error)
            return rows[0] if rows else None
        return row

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return all rows of a query."""
        try:
            return self._connection.execute(query, values).fetchall()
        except sqlite3.Error as error:
            return self._repeat(query, values, error)

    def _repeat(
        self, query: str, values: tuple[object, ...], error: sqlite3.Error
    ) -> list[tuple[Any, ...]]:
        """Repeat a query while another process keeps the file locked, and return its rows."""
        (pause, longest), deadline = BUSY_PAUSES, monotonic() + BUSY_SECONDS
        while primary_code(error) == sqlite3.SQLITE_BUSY and monotonic() < deadline:
            time.sleep(pause)
            pause = min(2 * pause, longest)
            try:
                return self._connection.execute(query, values).fetchall()
            except sqlite3.Error as next_error:
                error = next_error
        raise StoreUnavailableError(advice(error)) from error

    def execute(self, statement: str, *values: object) -> None:
        """Run a statement."""
        self.rows(statement, *values)

    def execute_each(self, statement: str, values: Iterable[tuple[object, ...]]) -> None:
        """Run a statement with each row of values."""
        try:
            self._connection.executemany(statement, values)
        except sqlite3.Error as error:
            raise StoreUnavailableError(advice(error)) from error

    def add_to_counter(self, name: str, change: int) -> int:
        """Add to one of `COUNTERS` and return its new value."""
        query = "UPDATE meta SET value = value + ? WHERE name = ? RETURNING value"
        row = self.row(query, change, name)
        assert row is not None, f"the store counts its {name}"
        return int(row[0])

    def _make_checkpoints(self) -> None:
        """Make checkpoints until the file is closed or gone."""
        with closing(sqlite3.connect(self._path, isolation_level=None)) as connection:
            log = self._path.with_name(f"{self._path.name}-wal")
            while not self._closing.wait(CHECKPOINT_SECONDS):
                # First: SQLite opens, or creates, the file with the first statement.
                if _identity(self._path) != self._identity:
                    self._connection = _LostFile()
                    logger.error(
                        "%s was deleted or replaced. Requests get 503 until the server is started"
                        " again.",
                        self._path,
                    )
                    return
                # An error concerns the next write too, which reports it.
                with suppress(sqlite3.Error, OSError):
                    _make_checkpoint(connection, log)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the write lock. Roll back if the block raises, commit otherwise."""
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            # SQLite has rolled back itself after some errors, such as a full disk.
            if self._connection.in_transaction:
                self.execute("ROLLBACK")
            raise

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Let all queries of the block see the same state, whatever other processes commit."""
        self.execute("BEGIN")
        try:
            yield
        finally:
            # SQLite has rolled back itself after some errors, such as one of the disk.
            with suppress(StoreUnavailableError):
                self.execute("ROLLBACK")


def _identity(path: Path) -> tuple[int, int] | None:
    """Return what distinguishes a file from all others, or None if the path leads to none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _make_checkpoint(connection: sqlite3.Connection, log: Path) -> None:
    # PASSIVE disturbs nobody, but under constant load it never comes to the end of the log, so that
    # the log would grow without end. TRUNCATE does, and keeps every write waiting meanwhile: on a
    # busy disk for seconds, unless PASSIVE has left it little to do.
    for _ in range(MAX_PASSIVE_CHECKPOINTS):
        _, pages, copied = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        if _size(log) <= MAX_LOG_BYTES:
            return
        if pages - copied <= MAX_BLOCKING_PAGES:
            break
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0
