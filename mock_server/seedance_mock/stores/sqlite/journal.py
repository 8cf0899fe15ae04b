"""The journal in a SQLite store."""

from __future__ import annotations

from collections.abc import Sequence

from seedance_mock.stores.journal_log import JournalFilter, JournalRow, NumberedRow, RowPage
from seedance_mock.stores.sqlite.database import Database

_COLUMNS = ", ".join(JournalRow._fields)

# The newest row beyond a number of bytes, counted from the end.
_LAST_BEYOND = """
SELECT IFNULL(MAX(number), 0)
FROM (SELECT number, SUM(size) OVER (ORDER BY number DESC) AS total FROM journal)
WHERE total > ?
"""
_FILLED_AFTER_DROP = 0.9
"""Which part of the bytes stays when they are too many: `_LAST_BEYOND` reads every row."""


class SqliteJournal:
    """The journal in a database. It implements `JournalLog`.

    Filters read every row: there are few enough, and an index would cost each request more.

    Args:
        database: the file of the store.
        max_entries: how many rows are kept.
        max_bytes: how many bytes their entries take at most.
    """

    def __init__(self, database: Database, max_entries: int, max_bytes: int) -> None:
        self._database = database
        self._max_entries = max_entries
        self._max_bytes = max_bytes

    async def append(self, rows: Sequence[JournalRow]) -> None:
        with self._database.transaction():
            sizes = [len(row.entry) for row in rows]
            self._database.execute_each(
                f"INSERT INTO journal ({_COLUMNS}, size) VALUES (?, ?, ?, ?, ?, ?, ?)",
                [(*row, size) for row, size in zip(rows, sizes, strict=True)],
            )
            self._drop_oldest(self._database.add_to_counter("journal_bytes", sum(sizes)))

    def _drop_oldest(self, size: int) -> None:
        """Delete the oldest rows until number and bytes are within their bounds."""
        [newest] = self._row("SELECT IFNULL(MAX(number), 0) FROM journal")
        # Rows of one account may have been deleted between others, so there can be fewer.
        last_dropped = newest - self._max_entries
        if size > self._max_bytes:
            [number] = self._row(_LAST_BEYOND, self._max_bytes * _FILLED_AFTER_DROP)
            last_dropped = max(last_dropped, number)
        self._delete("number <= ?", last_dropped)

    def _row(self, query: str, *values: object) -> tuple[int, ...]:
        """Return the only row of a query."""
        row = self._database.row(query, *values)
        assert row is not None
        return row

    def _delete(self, condition: str, *values: object) -> None:
        where = f"FROM journal WHERE {condition}"
        [size] = self._row(f"SELECT IFNULL(SUM(size), 0) {where}", *values)
        if size:
            self._database.execute(f"DELETE {where}", *values)
            self._database.add_to_counter("journal_bytes", -size)

    async def page(self, after: int, limit: int, criteria: JournalFilter) -> RowPage:
        expected = {name: value for name, value in criteria._asdict().items() if value is not None}
        conditions = "".join(f" AND {name} = ?" for name in expected)
        rows = self._database.rows(
            f"SELECT number, {_COLUMNS} FROM journal WHERE number > ?{conditions}"
            " ORDER BY number LIMIT ?",
            after,
            *expected.values(),
            limit + 1,
        )
        numbered = [_numbered(row) for row in rows[:limit]]
        return RowPage(numbered, numbered[-1].number if len(rows) > limit else None)

    async def find(self, request_id: str) -> NumberedRow | None:
        query = (
            f"SELECT number, {_COLUMNS} FROM journal WHERE request_id = ?"
            " ORDER BY number DESC LIMIT 1"
        )
        row = self._database.row(query, request_id)
        return None if row is None else _numbered(row)

    async def last_number(self) -> int:
        row = self._database.row("SELECT seq FROM sqlite_sequence WHERE name = 'journal'")
        return 0 if row is None else int(row[0])

    async def clear(self, account: str | None = None) -> None:
        with self._database.transaction():
            if account is None:
                self._delete("1")
            else:
                self._delete("account = ?", account)


def _numbered(row: tuple[object, ...]) -> NumberedRow:
    number, *columns = row
    assert isinstance(number, int)
    return NumberedRow(number, JournalRow(*columns))  # type: ignore[arg-type] # the columns are those
