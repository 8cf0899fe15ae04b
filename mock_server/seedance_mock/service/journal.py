"""The journal: one entry for each request, bounded in number and in bytes, without secrets.

`MemoryJournal` is that of one process. With a store that processes share, all of them have the one
of `shared_journal`.
"""

from __future__ import annotations

import asyncio
from bisect import bisect_right
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import islice
from operator import attrgetter
from typing import NamedTuple, Protocol

from seedance_mock.stores.journal_log import JournalFilter

LISTENER_QUEUE_SIZE = 1_000
"""How many entries a slow listener may lag behind. It misses the entries beyond that."""

MAX_PAGE_ENTRIES = 1_000
"""The most entries of a page, and the default."""

ANY_ENTRY = JournalFilter()

MAX_PAGE_REQUESTS = 100_000
"""How many requests are looked at for a page. A journal can be longer, and filters rare."""

JOURNAL_FILTERS = ("account", "task_id", "place", "status")
"""The fields of an entry, and query parameters of the control API, that select entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """A request and its response. No field holds a key, a prompt or a media URL.

    Args:
        number: counts the requests from 1.
        request_id: the id in the header `X-Request-ID` of the response.
        account: the name of the account; None for a request without a valid key.
        time: the account's time, in seconds since the Unix epoch.
        received: when the first byte of the request was read, by the machine's monotonic clock
            in seconds.
        answered: when the response was ready, just before its first byte was written, by the
            same clock. The time from a response to the next request is never shorter here
            than it was for the client.
        connection: counts the connections from 1; 0 in process.
        turn: counts the requests on the connection from 1; 0 in process.
        method: the method of the request.
        target: its path and query, redacted.
        place: the place whose clauses counted the request.
        authorized: whether the request had an Authorization header.
        task_id: the id of the task that the request was about.
        status: the status of the response.
        code: the error code of the response.
        task_status: the status of the task in the response.
        fault: the word that injected a fault.
        applied: whether the request took effect in spite of the fault.
        rules: the ids of the rules that the request broke.
        warnings: what is legal in the request but may not be meant.
        request: the body of a create request, redacted.
        started: when its first byte was read, in seconds since the Unix epoch by the clock of the
            machine; 0 if that is not known.
        host: the header `Host`; None if there was none, or if it may be a secret.
        complete: whether the response was sent to its end.
        job: a digest of the body of a create request. Equal bodies have equal digests.
        response: what the response demands of its client, None for an ordinary one: `retry_after`
            (the header), `error` (the members `code`, `retryable` and `retry_after`), `location`
            (the origin of a redirect), `poll_url` (one that is not the documented path).
        exposed: the places besides `Authorization` that had the key, such as "target", "body" or
            "header cookie".
    """

    number: int
    request_id: str
    account: str | None
    time: float
    received: float
    answered: float | None
    connection: int
    turn: int
    method: str
    target: str
    place: str | None
    authorized: bool
    task_id: str | None
    status: int | None
    code: str | None
    task_status: str | None
    fault: str | None
    applied: bool | None
    rules: Sequence[str]
    warnings: Sequence[str]
    request: dict[str, object] | None
    # With defaults, as a store may have entries of an earlier version.
    started: float = 0.0
    host: str | None = None
    complete: bool = True
    job: str | None = None
    response: dict[str, object] | None = None
    exposed: Sequence[str] = ()

    def as_json(self) -> dict[str, object]:
        """Return the entry as the control API shows it."""
        # The fields are the members: renaming a field changes the control API. `asdict` would copy
        # each value, in 30 µs an entry, and a shared journal makes JSON of every entry.
        return {name: getattr(self, name) for name in _MEMBERS}


_MEMBERS = tuple(field.name for field in fields(JournalEntry))


class JournalPage(NamedTuple):
    """Some entries, oldest first. `next` continues after them; it is None if there are no more."""

    entries: list[JournalEntry]
    next: int | None


class JournalSource(Protocol):
    """A request from which a journal entry can be made. The attributes are those of the entry."""

    number: int
    request_id: str
    account: str | None
    task_id: str | None
    place: str | None
    status: int | None

    def memory_size(self) -> int:
        """Return about how many bytes of memory the request takes while it is kept."""

    def journal_entry(self) -> JournalEntry:
        """Return the entry of the request."""


class Journal(Protocol):
    """The latest entries, oldest first, and the listeners that wait for new ones."""

    def add(self, source: JournalSource) -> None:
        """Add the entry of a request that has been answered."""

    async def page(
        self, after: int = 0, limit: int = MAX_PAGE_ENTRIES, wanted: JournalFilter = ANY_ENTRY
    ) -> JournalPage:
        """Return the first entries with the wanted values after the entry number `after`.

        A page can have fewer entries than `limit`, even none, and still have a `next`: the number
        of requests that are looked at is bounded too.
        """

    async def find(self, request_id: str) -> JournalEntry | None:
        """Return the latest entry with this request id, or None."""

    async def clear(self, account: str | None = None) -> None:
        """Delete the entries of an account, or all entries."""

    def listen(self) -> AsyncGenerator[JournalEntry, None]:
        """Yield new entries until the caller closes the generator."""

    async def close(self) -> None:
        """Write what is not written yet."""


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
        self._listeners: set[asyncio.Queue[JournalEntry]] = set()
        self._count = 0

    @property
    def count(self) -> int:
        """The number of requests so far, which is the number of the latest entry."""
        return self._count

    def add(self, source: JournalSource) -> None:
        """Number a request, store it, and send its entry to the listeners."""
        self._count = source.number = self._count + 1
        size = source.memory_size()
        self._sources.append(source)
        self._sizes.append(size)
        self._bytes += size
        while len(self._sizes) > self._max_entries or self._bytes > self._max_bytes:
            self._sources.popleft()
            self._bytes -= self._sizes.popleft()
        if self._listeners:
            self._notify(source.journal_entry())

    def _notify(self, entry: JournalEntry) -> None:
        for queue in self._listeners:
            # A full queue is a listener that does not read. Requests must not wait for it.
            if not queue.full():
                queue.put_nowait(entry)

    @property
    def memory_size(self) -> int:
        """About how many bytes the entries take."""
        return self._bytes

    def entries(self, wanted: JournalFilter = ANY_ENTRY) -> list[JournalEntry]:
        """Return all entries with the wanted values, oldest first."""
        entries: list[JournalEntry] = []
        after: int | None = 0
        while after is not None:
            page, after = self._page(after, MAX_PAGE_ENTRIES, wanted)
            entries += page
        return entries

    async def page(
        self, after: int = 0, limit: int = MAX_PAGE_ENTRIES, wanted: JournalFilter = ANY_ENTRY
    ) -> JournalPage:
        return self._page(after, limit, wanted)

    def _page(self, after: int, limit: int, wanted: JournalFilter) -> JournalPage:
        expected = {name: value for name, value in wanted._asdict().items() if value is not None}
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
            if all(getattr(source, name) == value for name, value in expected.items()):
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

    async def listen(self) -> AsyncGenerator[JournalEntry, None]:
        queue: asyncio.Queue[JournalEntry] = asyncio.Queue(LISTENER_QUEUE_SIZE)
        self._listeners.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners.discard(queue)

    async def close(self) -> None:
        # Nothing is written later.
        pass


def explain_entry(entry: JournalEntry) -> list[str]:
    """Return sentences that explain why a request got its response."""
    return list(_sentences(entry))


def _sentences(entry: JournalEntry) -> Iterator[str]:
    account = f"account {entry.account}" if entry.account else "no account"
    result = f"The status was {entry.status}." if entry.status else "It got no response."
    yield f"{entry.method} {entry.target} came from {account}. {result}"
    if entry.fault is not None:
        state = "applied" if entry.applied else "not applied"
        yield f"The fault {entry.fault} was injected: the request was {state}."
    else:
        yield "No fault was injected."
    for rule in entry.rules:
        yield f"The body breaks the rule {rule}: see `seedance-mock rules`."
    if entry.code is not None:
        yield f"The error code is {entry.code}."
    if entry.task_status is not None:
        yield f"The task {entry.task_id} was {entry.task_status} at {entry.time:.3f}."
    for warning in entry.warnings:
        yield f"Note: {warning}."
