"""What happened: one entry an exchange, bounded in number, without any secret."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Protocol

LISTENER_QUEUE_SIZE = 1_000
"""How many entries wait for a slow listener; it misses what comes beyond."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEntry:
    """An exchange. No member holds a key, a prompt or a media URL.

    `time` is the account's, in seconds since the Unix epoch. `received` and `answered` are
    stamps of the machine's monotonic clock in seconds, taken when the first byte of the request
    was read and before the first byte of the answer was written; their differences are never
    shorter than what a client lived through. `connection` numbers connections from 1, and
    `turn` the requests on one; both are 0 in process. `authorized` tells whether a key was
    sent. `task_status` is what the answer said of the task. `fault` is the word that struck,
    `applied` whether the request was applied all the same. `rules` are those that were broken.
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

    def as_json(self) -> dict[str, object]:
        """Return the entry as JSON."""
        return asdict(self)


class JournalSource(Protocol):
    """What is known of an exchange, to make its entry of when somebody wants to read it."""

    number: int

    def journal_entry(self) -> JournalEntry:
        """Return the entry."""


class Journal:
    """The latest entries, oldest first, and those who listen for new ones.

    An entry is made when it is first read, as most never are.
    """

    def __init__(self, size: int) -> None:
        self._sources: deque[JournalSource] = deque(maxlen=size)
        self._listeners: set[asyncio.Queue[JournalEntry]] = set()
        self._count = 0

    @property
    def count(self) -> int:
        """How many exchanges there were: the number of the latest."""
        return self._count

    def add(self, source: JournalSource) -> None:
        """Remember an exchange, number it, and tell the listeners."""
        self._count = source.number = self._count + 1
        self._sources.append(source)
        for queue in self._listeners:
            if not queue.full():
                queue.put_nowait(source.journal_entry())

    def _entries(self) -> Iterator[JournalEntry]:
        # A copy, as another thread may read while requests come.
        return (noted.journal_entry() for noted in [*self._sources])

    def entries(
        self,
        *,
        account: str | None = None,
        task_id: str | None = None,
        place: str | None = None,
        status: int | None = None,
    ) -> list[JournalEntry]:
        """Return the entries with these properties, oldest first; None asks for any."""
        asked = {"account": account, "task_id": task_id, "place": place, "status": status}
        wanted = [(name, value) for name, value in asked.items() if value is not None]
        return [
            entry
            for entry in self._entries()
            if all(getattr(entry, name) == value for name, value in wanted)
        ]

    def find(self, request_id: str) -> JournalEntry | None:
        """Return the latest entry of a request, or None."""
        return next(
            (one for one in reversed([*self._entries()]) if one.request_id == request_id), None
        )

    def clear(self, account: str | None = None) -> None:
        """Forget the entries of an account, or all."""
        kept = [
            noted
            for noted in self._sources
            if account is not None and noted.journal_entry().account != account
        ]
        self._sources.clear()
        self._sources.extend(kept)

    async def listen(self) -> AsyncGenerator[JournalEntry, None]:
        """Yield the entries to come, until the caller stops."""
        queue: asyncio.Queue[JournalEntry] = asyncio.Queue(LISTENER_QUEUE_SIZE)
        self._listeners.add(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners.discard(queue)


def explain_entry(entry: JournalEntry) -> list[str]:
    """Return in plain sentences why an exchange went as it did."""
    return [sentence for sentence in _sentences(entry) if sentence]


def _sentences(entry: JournalEntry) -> Iterable[str]:
    who = entry.account or "nobody in particular"
    yield f"{entry.method} {entry.target} came from {who} and was answered {entry.status or 'not'}."
    if entry.fault is not None:
        done = "applied" if entry.applied else "not applied"
        yield f"The words say {entry.fault}: the request was {done}."
    else:
        yield "No words of a script struck this request."
    for rule in entry.rules:
        yield f"The body breaks the rule {rule}: see `seedance-mock rules`."
    if entry.code is not None:
        yield f"The error code is {entry.code}."
    if entry.task_status is not None:
        yield f"The task {entry.task_id} was {entry.task_status} at {entry.time:.3f}."
    for warning in entry.warnings:
        yield f"Note: {warning}."
