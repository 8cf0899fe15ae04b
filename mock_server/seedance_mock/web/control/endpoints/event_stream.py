"""`GET /_mock/events`: the journal as server-sent events.

A stream reads the journal as any client does, page by page, and waits where it ends. It has no
queue: what it has not read yet is in the journal, which is bounded. So a client that reads slowly
costs nothing, and one that comes back goes on where it was.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from seedance_mock.service.journal.entries import Journal
from seedance_mock.stores.journal_log import JournalFilter
from seedance_mock.web.connection import connection_of, response_held
from seedance_mock.web.control.endpoints.journal import journal_filter
from seedance_mock.web.control.requests import (
    MAX_ENTRY_NUMBER,
    integer_parameter,
    journal_of,
)
from seedance_mock.web.responses import EVENT_STREAM_TYPE, encode_json

HEARTBEAT_SECONDS = 15.0
"""Seconds without an event until a comment shows that the stream works. Proxies close a connection
on which nothing is sent, many of them after 30 or 60 s."""

BATCH_ENTRIES = 25
"""How many entries are sent at once."""

BATCH_SECONDS = 0.1
"""Seconds between two batches. Together with `BATCH_ENTRIES` it limits what a stream costs: 250
entries take 0.5 % of a second, whatever the clients of the API do."""

MAX_BEHIND = 1_000
"""How many entries a stream may lag behind. Beyond that it skips all but the last batch."""


async def stream_events(request: Request) -> Response:
    """`GET /_mock/events`: the journal entries, with the filters of the journal.

    It begins after the entry of the header `Last-Event-ID`, or of the parameter `after`, and with
    the next entry if there is neither.
    """
    after = integer_parameter(request, "after", 0, MAX_ENTRY_NUMBER)
    criteria = journal_filter(request)
    # A HEAD request would wait for the end of the stream.
    if request.method == "HEAD":
        return Response(media_type=EVENT_STREAM_TYPE)
    journal = journal_of(request)
    start = await first_position(journal, request.headers.get("last-event-id"), after)

    async def body() -> AsyncGenerator[bytes, None]:
        # The stream has no end. A shutdown of the server must not wait for it.
        with response_held(connection_of(request.scope)):
            async for events in EventStream(journal, criteria, start).batches():
                # One write for all of them: each costs more than an event.
                yield b"".join(events)

    # A proxy that collects a response before it sends it would hide the events.
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(body(), media_type=EVENT_STREAM_TYPE, headers=headers)


class Position(NamedTuple):
    """Where a stream begins: after the entry of this number.

    `is_reset` says that its client knows the entries of another journal.
    """

    after: int
    is_reset: bool = False


async def first_position(
    journal: Journal, last_event_id: str | None, after: int | None
) -> Position:
    """Return where a stream begins.

    Args:
        journal: the journal.
        last_event_id: the id of the last event that the client has seen.
        after: the number of the last entry that it has seen.
    """
    latest = await journal.last_number()
    if last_event_id is not None:
        instance, _, number = last_event_id.rpartition("-")
        # The length is checked, because int() raises ValueError for more than 4300 digits.
        is_number = number.isascii() and number.isdecimal() and len(number) <= 15
        after = int(number) if is_number and instance == journal.instance else latest + 1
    if after is None:
        return Position(latest)
    # After a restart the numbers begin at 1.
    return Position(after) if after <= latest else Position(0, is_reset=True)


class EventStream:
    """The events of one client: the matching entries of a journal, from a position on."""

    def __init__(self, journal: Journal, criteria: JournalFilter, start: Position) -> None:
        self._journal = journal
        self._criteria = criteria
        self._start = start
        self._after = start.after

    async def batches(self) -> AsyncGenerator[Sequence[bytes], None]:
        """Yield the events and comments, some at a time, for ever."""
        # A comment of the format: a client sees at once that the stream works.
        yield [b": listening\n\n"]
        if self._start.is_reset:
            yield [self._event("reset", {}, 0)]
        while True:
            if events := await self._next_batch():
                yield events
            async for comment in self._idle():
                yield [comment]
            # Also after the first entry for which the stream has waited: more come with it.
            await asyncio.sleep(BATCH_SECONDS)

    async def _next_batch(self) -> list[bytes]:
        latest = await self._journal.last_number()
        events = []
        if latest - self._after > MAX_BEHIND:
            before = latest - BATCH_ENTRIES + 1
            skipped = {"count": before - self._after - 1, "after": self._after, "before": before}
            self._after = before - 1
            events.append(self._event("skipped", skipped, self._after))
        page = await self._journal.page(self._after, BATCH_ENTRIES, self._criteria)
        events += [self._event("exchange", entry.as_json(), entry.number) for entry in page.entries]
        # A page looks at more requests than it has entries, and the last one at all of them.
        last = page.entries[-1].number if page.entries else 0
        self._after = max(latest, last) if page.next is None else page.next
        return events

    async def _idle(self) -> AsyncGenerator[bytes, None]:
        """Return when there is another entry, and yield heartbeats until then."""
        while True:
            try:
                waiting = self._journal.wait_for_entry(self._after)
                await asyncio.wait_for(waiting, HEARTBEAT_SECONDS)
                return
            except TimeoutError:
                yield b": heartbeat\n\n"

    def _event(self, name: str, data: Mapping[str, object], number: int) -> bytes:
        head = f"id: {self._journal.instance}-{number}\nevent: {name}\ndata: "
        return head.encode() + encode_json(data) + b"\n\n"
