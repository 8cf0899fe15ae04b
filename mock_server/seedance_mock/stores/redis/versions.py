"""Decoded records with their versions, so that a commit compares versions and not whole texts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from seedance_mock.stores.records import Record

RecordT = TypeVar("RecordT", bound=Record)


class VersionedRecords(Generic[RecordT]):
    """The latest record that was read or written under each key, bounded in number.

    A record is decoded in some 20 µs and found here in less than 1 µs. The same object also lets
    callers compare by identity first. A version is never used twice, so what is found is right
    even if another process has changed the record in the meantime.

    Args:
        decode: reads a record from its text.
        max_entries: how many records are kept.
    """

    def __init__(self, decode: Callable[[bytes], RecordT], max_entries: int) -> None:
        self._decode: Callable[[bytes], RecordT] = decode
        self._max_entries = max_entries
        self._entries: dict[str, tuple[bytes, RecordT]] = {}

    def decoded(self, key: str, version: bytes | None, text: bytes) -> RecordT | None:
        """Return a record that was read; None if there is none. Raises RecordError."""
        if version is None:
            return None
        entry = self._entries.get(key)
        if entry is not None and entry[0] == version:
            return entry[1]
        record = self._decode(text)
        self.keep(key, version, record)
        return record

    def keep(self, key: str, version: bytes, record: RecordT) -> None:
        """Remember a record that was read or written."""
        if key not in self._entries and len(self._entries) >= self._max_entries:
            # A dict keeps the order of insertion: the oldest entry is the first one.
            del self._entries[next(iter(self._entries))]
        self._entries[key] = version, record

    def version(self, key: str, record: RecordT) -> bytes | None:
        """Return the version of a record, or None if it is not known."""
        entry = self._entries.get(key)
        if entry is None or not (entry[1] is record or entry[1] == record):
            return None
        return entry[0]

    def latest(self, key: str) -> RecordT | None:
        """Return the record under a key as this process knows it, perhaps outdated."""
        entry = self._entries.get(key)
        return None if entry is None else entry[1]
