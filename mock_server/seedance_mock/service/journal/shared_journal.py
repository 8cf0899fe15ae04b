"""The journal of all processes that share a store. Entries are written in batches."""

from __future__ import annotations

import asyncio
import json
import logging
from collections import deque
from collections.abc import Iterable

import orjson
from msgspec import structs

from seedance_mock.service.journal.entries import (
    ANY_ENTRY,
    MAX_PAGE_ENTRIES,
    JournalEntry,
    JournalPage,
    JournalSource,
)
from seedance_mock.stores.errors import StoreUnavailableError
from seedance_mock.stores.journal_log import JournalFilter, JournalLog, JournalRow, NumberedRow

logger = logging.getLogger("seedance_mock.service")

WRITE_SECONDS = 0.1
"""Seconds after a response until entries are written. A crash may lose these entries."""

MAX_JSON_INTEGER = 2**63
"""orjson has no integers of more than 64 bits."""

MAX_PENDING = 10_000
"""How many entries wait to be written. Beyond that the oldest are dropped."""

MIN_BATCH = 50
"""How many entries are written at once, if no more than half as many come meanwhile.

The fewer, the shorter requests wait for entries to be rendered, and for a store that handles one
command at a time to append them.
"""

WINDOW_GROWTH = 4
"""How many times as many rows are looked at if there were too few that match among the last."""

LISTEN_SECONDS = 0.2
"""Seconds between two looks at the store by somebody who waits for an entry."""


_LOST = "%d entries of the journal are lost: %s"


class SharedJournal:
    """The journal in a store.

    No request waits for it: its entry is written after the response, together with others. Whoever
    reads the journal in this process sees all of its own entries, and those of other processes as
    far as they are written.
    """

    instance = "shared"

    def __init__(self, log: JournalLog) -> None:
        self._log = log
        self._pending: deque[JournalSource] = deque(maxlen=MAX_PENDING)
        self._dropped_count = 0
        self._timer: asyncio.TimerHandle | None = None
        self._writing: asyncio.Task[None] | None = None
        self._lock = asyncio.Lock()

    def add(self, source: JournalSource) -> None:
        if len(self._pending) == MAX_PENDING:
            self._dropped_count += 1
        self._pending.append(source)
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(WRITE_SECONDS, self._start_writing)

    def _start_writing(self) -> None:
        # The loop has only a weak reference to a task.
        self._writing = asyncio.create_task(self._write_pending())

    async def _write_pending(self) -> None:
        self._timer = None
        # One batch after the other: their order is the order of the requests.
        async with self._lock:
            self._report_dropped()
            remaining, size = len(self._pending), MIN_BATCH
            try:
                while remaining > 0:
                    batch = [self._pending.popleft() for _ in range(min(remaining, size))]
                    left = len(self._pending)
                    await self._log.append([_row(source.journal_entry()) for source in batch])
                    remaining -= len(batch)
                    # A store in this process does not wait, and requests would.
                    await asyncio.sleep(0)
                    # Many connections make more entries in a turn of the event loop than a small
                    # batch has: they must not come faster than they are written.
                    size = max(MIN_BATCH, 2 * (len(self._pending) - left))
            except StoreUnavailableError as error:
                logger.warning(_LOST, remaining, error)
                for _ in range(remaining - len(batch)):
                    self._pending.popleft()

    def _report_dropped(self) -> None:
        if self._dropped_count:
            logger.warning(_LOST, self._dropped_count, "more came than could be written")
            self._dropped_count = 0

    async def page(
        self, after: int = 0, limit: int = MAX_PAGE_ENTRIES, criteria: JournalFilter = ANY_ENTRY
    ) -> JournalPage:
        await self._write_pending()
        page = await self._log.page(after, limit, criteria)
        return JournalPage(_entries(page.rows), page.next)

    async def latest(self, limit: int, criteria: JournalFilter = ANY_ENTRY) -> list[JournalEntry]:
        await self._write_pending()
        last, window = await self._log.last_number(), limit
        while True:
            # A store reads forward only. Mostly the matching rows are among the last ones.
            rows = await self._last_rows(max(0, last - window), limit, criteria)
            if len(rows) == limit or window >= last:
                return _entries(rows)
            window *= WINDOW_GROWTH

    async def _last_rows(
        self, after: int, limit: int, criteria: JournalFilter
    ) -> deque[NumberedRow]:
        rows = deque[NumberedRow](maxlen=limit)
        while True:
            page = await self._log.page(after, MAX_PAGE_ENTRIES, criteria)
            rows.extend(page.rows)
            if page.next is None:
                return rows
            after = page.next

    async def last_number(self) -> int:
        await self._write_pending()
        return await self._log.last_number()

    async def find(self, request_id: str) -> JournalEntry | None:
        await self._write_pending()
        row = await self._log.find(request_id)
        return None if row is None else _entry(row)

    async def clear(self, account: str | None = None) -> None:
        await self._write_pending()
        await self._log.clear(account)

    async def wait_for_entry(self, after: int) -> None:
        # Another process may have written it, so that there is nobody who would say so.
        while await self._log.last_number() <= after:
            await asyncio.sleep(LISTEN_SECONDS)

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        await self._write_pending()


_COLUMNS = tuple(name for name in JournalRow._fields if name != "entry")

# What a row has besides its columns, and the number that the store gives.
_MEMBERS = tuple(
    (field.name, field.default)
    for field in structs.fields(JournalEntry)
    if field.name not in ("number", *_COLUMNS)
)


def _row(entry: JournalEntry) -> JournalRow:
    # Most entries have the defaults of most fields: without them a row is half as long.
    members = {
        name: value for name, default in _MEMBERS if (value := getattr(entry, name)) is not default
    }
    return JournalRow(
        request_id=entry.request_id,
        account=entry.account,
        task_id=entry.task_id,
        place=entry.place,
        status=entry.status,
        entry=_json_text(members),
    )


def _json_text(members: dict[str, object]) -> str:
    request = members.get("request")
    if request is None or (isinstance(request, dict) and all(map(_is_kept, request.values()))):
        # 0.3 µs instead of 7 µs for a poll, and most creates.
        return orjson.dumps(members).decode()
    return json.dumps(members, separators=(",", ":"))


def _is_kept(value: object) -> bool:
    """Return whether orjson keeps a value of a request: no huge integer and no 1e999."""
    return (
        value is None
        or isinstance(value, str)
        or (isinstance(value, int) and -MAX_JSON_INTEGER < value < MAX_JSON_INTEGER)
    )


def _entry(numbered: NumberedRow) -> JournalEntry:
    columns = numbered.row._asdict()
    members = json.loads(columns.pop("entry"))
    # Rows of an earlier version have the columns among the members, too.
    return JournalEntry(**{"number": numbered.number, **columns, **members})


def _entries(rows: Iterable[NumberedRow]) -> list[JournalEntry]:
    return [_entry(row) for row in rows]
