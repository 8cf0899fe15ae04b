"""The entries of `SqliteStore`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from seedance_mock.stores import Entry, EntryChange, EntryT, entry_of
from seedance_mock.stores.record_cache import RecordCache
from seedance_mock.stores.records import ENTRY_KINDS, entry_from_json, entry_name
from seedance_mock.stores.sqlite.database import Database

MAX_CACHED_ENTRIES = 10_000
"""How many decoded entries a process keeps."""

_PLACE = "kind = ? AND owner = ? AND id = ?"

# Each step finds the next owner in the index. SELECT DISTINCT would read every entry of the kind.
_OWNERS = """
WITH RECURSIVE owners (owner) AS (
    SELECT MIN(owner) FROM entries WHERE kind = ?1
    UNION ALL
    SELECT (SELECT MIN(owner) FROM entries WHERE kind = ?1 AND owner > owners.owner)
    FROM owners WHERE owner IS NOT NULL
)
SELECT owner FROM owners WHERE owner IS NOT NULL
"""


class SqliteEntries:
    """The table `entries` of a file. Its owner runs the transactions."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._cache: RecordCache[Entry] = RecordCache(entry_from_json, MAX_CACHED_ENTRIES)

    def entry(self, kind: type[EntryT], owner: str, entry_id: str) -> EntryT | None:
        """Return an entry of an owner, or None."""
        query = f"SELECT record FROM entries WHERE {_PLACE}"
        row = self._database.row(query, entry_name(kind), owner, entry_id)
        return None if row is None else cast(EntryT, self._cache.decoded(row[0]))

    def entries(self, kind: type[EntryT], owner: str) -> Sequence[EntryT]:
        """Return an owner's entries of a kind."""
        query = "SELECT record FROM entries WHERE kind = ? AND owner = ? ORDER BY position"
        rows = self._database.rows(query, entry_name(kind), owner)
        return [cast(EntryT, self._cache.decoded(text)) for (text,) in rows]

    def owners(self, kind: type[Entry]) -> Sequence[str]:
        """Return the owners that have entries of a kind."""
        return [owner for (owner,) in self._database.rows(_OWNERS, entry_name(kind))]

    def replace(self, change: EntryChange) -> None:
        """Apply a change that was checked."""
        entry = entry_of(change)
        place = (entry_name(type(entry)), entry.owner, entry.id)
        if change.after is None:
            self._database.execute(f"DELETE FROM entries WHERE {_PLACE}", *place)
            return
        record = self._cache.encoded(change.after)
        if change.before is None:
            statement = "INSERT INTO entries (record, kind, owner, id) VALUES (?, ?, ?, ?)"
        else:
            statement = f"UPDATE entries SET record = ? WHERE {_PLACE}"
        self._database.execute(statement, record, *place)

    def delete(self, owner: str) -> None:
        """Delete all entries of an owner."""
        for name in ENTRY_KINDS:
            # By kind, as the index begins with it.
            self._database.execute("DELETE FROM entries WHERE kind = ? AND owner = ?", name, owner)
