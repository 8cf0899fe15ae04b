"""The entries of `MemoryStore`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from seedance_mock.stores import Entry, EntryChange, EntryT, entry_of


class EntryTable:
    """Entries in the memory of this process."""

    def __init__(self) -> None:
        # By owner, kind and id, so that no call looks at the entries of other owners. A dict keeps
        # the position of a value that is replaced: the order is that of the first storing.
        self._entries: dict[str, dict[type[Entry], dict[str, Entry]]] = {}

    def entry(self, kind: type[EntryT], owner: str, entry_id: str) -> EntryT | None:
        """Return an entry of an owner, or None."""
        return cast("EntryT | None", self._entries.get(owner, {}).get(kind, {}).get(entry_id))

    def entries(self, kind: type[EntryT], owner: str) -> Sequence[EntryT]:
        """Return an owner's entries of a kind."""
        return [
            cast(EntryT, entry) for entry in self._entries.get(owner, {}).get(kind, {}).values()
        ]

    def owners(self, kind: type[Entry]) -> Sequence[str]:
        """Return the owners that have entries of a kind."""
        return [owner for owner, kinds in self._entries.items() if kinds.get(kind)]

    def replace(self, change: EntryChange) -> None:
        """Apply a change that was checked."""
        entry = entry_of(change)
        of_kind = self._entries.setdefault(entry.owner, {}).setdefault(type(entry), {})
        if change.after is not None:
            of_kind[entry.id] = change.after
            return
        del of_kind[entry.id]
        if not any(self._entries[entry.owner].values()):
            del self._entries[entry.owner]

    def delete(self, owner: str) -> None:
        """Delete all entries of an owner."""
        self._entries.pop(owner, None)

    def clear(self) -> None:
        """Delete all entries."""
        self._entries.clear()
