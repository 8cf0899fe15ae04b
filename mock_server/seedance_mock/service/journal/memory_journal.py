"""The journal of one process, in its memory."""

from __future__ import annotations

import asyncio
import os
from bisect import bisect_right
from collections import deque
from collections.abc import Callable
from itertools import islice
from operator import attrgetter

from seedance_mock.service.journal.entries import (
    ANY_ENTRY,
    MAX_PAGE_ENTRIES,
    MAX_PAGE_REQUESTS,
    JournalEntry,
    JournalPage,
    JournalSource,
)
from seedance_mock.stores.journal_log import JournalFilter


class MemoryJournal:
    """The journal of one process, in its memory.

    It keeps sources, and makes an entry each time one is read: most are never read, so
    that requests do not pay for redaction. Filters look at the sources for the same reason.

    Args:
        max_entries: how many entries are kept.
        max_bytes: how many bytes they take together, by the estimate of their sources.
    """

    def __init__(self, max_entries: int, max_bytes: int) -> None:
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._sources: deque[JournalSource] = deque()
        # Beside the sources, not with them in tuples: the garbage collector visits no numbers.
        self._sizes: deque[int] = deque()
        self._bytes = 0
        self._waiting: set[asyncio.Future[None]] = set()
        self._count = 0
        self.instance = os.urandom(4).hex()

    @property
    def count(self) -> int:
        """The number of requests so far, which is the number of the latest entry."""
        return self._count

    def add(self, source: JournalSource) -> None:
        """Number a request, store it, and wake who waits for an entry."""
        self._count = source.number = self._count + 1
        size = source.memory_size()
        self._sources.append(source)
        self._sizes.append(size)
        self._bytes += size
        while len(self._sizes) > self._max_entries or self._bytes > self._max_bytes:
            self._sources.popleft()
            self._bytes -= self._sizes.popleft()
        # A request makes no entry for those who wait: they read as many as they can send.
        while self._waiting:
            future = self._waiting.pop()
            # One that has been cancelled leaves the set when its task runs.
            if not future.done():
                future.set_result(None)

    @property
    def memory_size(self) -> int:
        """About how many bytes the entries take."""
        return self._bytes

    def entries(self, criteria: JournalFilter = ANY_ENTRY) -> list[JournalEntry]:
        """Return all entries that meet the criteria, oldest first."""
        entries: list[JournalEntry] = []
        after: int | None = 0
        while after is not None:
            page, after = self._page(after, MAX_PAGE_ENTRIES, criteria)
            entries += page
        return entries

    async def page(
        self, after: int = 0, limit: int = MAX_PAGE_ENTRIES, criteria: JournalFilter = ANY_ENTRY
    ) -> JournalPage:
        return self._page(after, limit, criteria)

    async def latest(self, limit: int, criteria: JournalFilter = ANY_ENTRY) -> list[JournalEntry]:
        matches = _matcher(criteria)
        matching = (source for source in reversed([*self._sources]) if matches(source))
        # Only now are entries made of the few that were looked for.
        return [source.journal_entry() for source in islice(matching, limit)][::-1]

    async def last_number(self) -> int:
        return self._count

    def _page(self, after: int, limit: int, criteria: JournalFilter) -> JournalPage:
        matches = _matcher(criteria)
        # A copy, because another thread may read while requests arrive: a deque raises
        # RuntimeError if it changes during iteration.
        sources = [*self._sources]
        start = bisect_right(sources, after, key=attrgetter("number"))
        entries: list[JournalEntry] = []
        last = after
        for source in islice(sources, start, start + MAX_PAGE_REQUESTS):
            if len(entries) == limit:
                break
            last = source.number
            if matches(source):
                entries.append(source.journal_entry())
        has_more = bool(sources) and last < sources[-1].number
        return JournalPage(entries, last if has_more else None)

    async def find(self, request_id: str) -> JournalEntry | None:
        # The latest, because request ids repeat under a seed.
        for source in reversed([*self._sources]):
            if source.request_id == request_id:
                return source.journal_entry()
        return None

    async def clear(self, account: str | None = None) -> None:
        remaining = [
            (source, size)
            for source, size in zip(self._sources, self._sizes, strict=True)
            if account is not None and source.account != account
        ]
        self._sources = deque(source for source, _ in remaining)
        self._sizes = deque(size for _, size in remaining)
        self._bytes = sum(self._sizes)

    async def wait_for_entry(self, after: int) -> None:
        if self._count > after:
            return
        future = asyncio.get_running_loop().create_future()
        self._waiting.add(future)
        try:
            await future
        finally:
            self._waiting.discard(future)

    async def close(self) -> None:
        # Nothing is written later.
        pass


def _matcher(criteria: JournalFilter) -> Callable[[JournalSource], bool]:
    expected = {name: value for name, value in criteria._asdict().items() if value is not None}
    return lambda source: all(getattr(source, name) == value for name, value in expected.items())
