"""The event stream: where it begins, what it skips, and what it sends when nothing happens."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Callable
from pathlib import Path
from typing import Any

import pytest

from seedance_mock.service.journal.entries import JournalSource
from seedance_mock.service.journal.memory_journal import MemoryJournal
from seedance_mock.service.journal.shared_journal import SharedJournal
from seedance_mock.stores.journal_log import JournalFilter
from seedance_mock.stores.sqlite.store import SqliteStore
from seedance_mock.web.control.endpoints import event_stream
from seedance_mock.web.control.endpoints.event_stream import EventStream, Position, first_position

pytestmark = pytest.mark.anyio

ANY = JournalFilter()

JournalWith = Callable[..., MemoryJournal]


@pytest.fixture
def journal_with(new_source: Callable[[str | None], JournalSource]) -> JournalWith:
    """Give a function that returns a journal with an entry for each of some accounts."""

    def make(*accounts: str | None) -> MemoryJournal:
        journal = MemoryJournal(5_000, 1_000_000)
        for account in accounts:
            journal.add(new_source(account))
        return journal

    return make


@pytest.fixture(autouse=True)
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Send batches without a pause."""
    monkeypatch.setattr(event_stream, "BATCH_SECONDS", 0.0)


async def events_of(stream: EventStream) -> AsyncGenerator[bytes, None]:
    """Yield the events of a stream one by one."""
    async for batch in stream.batches():
        for event in batch:
            yield event


async def next_event(events: AsyncGenerator[bytes, None]) -> tuple[str, str, Any]:
    """Return the id, the name and the data of the next event; the text of a comment as a name."""
    text = (await anext(events)).decode()
    assert text.endswith("\n\n")
    lines = dict(line.split(": ", 1) for line in text.strip().splitlines())
    if "" in lines:
        return "", lines[""], None
    return lines["id"], lines["event"], json.loads(lines["data"])


async def test_a_stream_begins_with_the_next_entry(
    journal_with: JournalWith, new_source: Callable[[str | None], JournalSource]
) -> None:
    journal = journal_with(None)
    events = events_of(EventStream(journal, ANY, await first_position(journal, None, None)))
    assert (await next_event(events))[1] == "listening"
    waiting = asyncio.ensure_future(next_event(events))
    await asyncio.sleep(0)

    journal.add(new_source(None))

    event_id, name, data = await waiting
    assert (event_id, name, data["number"]) == (f"{journal.instance}-2", "exchange", 2)


@pytest.mark.parametrize(("last_event_id", "after"), [(True, None), (False, 1), (True, 2)])
async def test_a_stream_goes_on_where_it_was(
    last_event_id: bool, after: int | None, journal_with: JournalWith
) -> None:
    journal = journal_with(None, None)
    seen = f"{journal.instance}-1" if last_event_id else None

    start = await first_position(journal, seen, after)

    events = events_of(EventStream(journal, ANY, start))
    assert [(await next_event(events))[1] for _ in range(2)] == ["listening", "exchange"]
    assert start == Position(1)


@pytest.mark.parametrize("seen", ["00000000-1", "INSTANCE-9", "INSTANCE-x", "1", "INSTANCE-²"])
async def test_another_journal_is_read_from_its_start(seen: str, journal_with: JournalWith) -> None:
    journal = journal_with(None)
    seen = seen.replace("INSTANCE", journal.instance)

    events = events_of(EventStream(journal, ANY, await first_position(journal, seen, None)))

    names = [(await next_event(events))[1] for _ in range(3)]
    assert names == ["listening", "reset", "exchange"]


async def test_a_stream_has_the_entries_of_an_account(journal_with: JournalWith) -> None:
    journal = journal_with("a", "b", "b", "a", "b")

    events = events_of(EventStream(journal, JournalFilter(account="a"), Position(0)))

    assert await next_event(events) == ("", "listening", None)
    assert [(await next_event(events))[2]["number"] for _ in range(2)] == [1, 4]


async def test_a_slow_client_skips_entries(
    monkeypatch: pytest.MonkeyPatch, journal_with: JournalWith
) -> None:
    monkeypatch.setattr(event_stream, "MAX_BEHIND", 10)
    monkeypatch.setattr(event_stream, "BATCH_ENTRIES", 2)
    journal = journal_with(*[None] * 20)

    events = events_of(EventStream(journal, ANY, Position(3)))
    await next_event(events)

    event_id, name, data = await next_event(events)
    assert (event_id, name) == (f"{journal.instance}-18", "skipped")
    assert data == {"count": 15, "after": 3, "before": 19}
    assert [(await next_event(events))[2]["number"] for _ in range(2)] == [19, 20]


async def test_a_backlog_comes_in_batches(
    monkeypatch: pytest.MonkeyPatch, journal_with: JournalWith
) -> None:
    monkeypatch.setattr(event_stream, "BATCH_ENTRIES", 2)
    events = events_of(EventStream(journal_with(*[None] * 5), ANY, Position(0)))
    await next_event(events)

    assert [(await next_event(events))[2]["number"] for _ in range(5)] == [1, 2, 3, 4, 5]


async def test_silence_is_filled_with_heartbeats(
    monkeypatch: pytest.MonkeyPatch, journal_with: JournalWith
) -> None:
    monkeypatch.setattr(event_stream, "HEARTBEAT_SECONDS", 0.0)
    events = events_of(EventStream(journal_with(), ANY, Position(0)))

    assert [(await next_event(events))[1] for _ in range(3)] == [
        "listening",
        "heartbeat",
        "heartbeat",
    ]


async def test_a_stream_that_ends_leaves_nothing_behind(journal_with: JournalWith) -> None:
    journal = journal_with()
    events = events_of(EventStream(journal, ANY, Position(0)))
    await next_event(events)
    waiting = asyncio.ensure_future(anext(events))
    await asyncio.sleep(0)

    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)

    assert not journal._waiting


async def test_a_stream_has_the_entries_of_every_process(
    tmp_path: Path, new_source: Callable[[str | None], JournalSource]
) -> None:
    store = SqliteStore(tmp_path / "mock.db")
    assert store.journal_log is not None
    journal, other = SharedJournal(store.journal_log), SharedJournal(store.journal_log)
    events = events_of(EventStream(journal, ANY, Position(0)))
    await next_event(events)

    other.add(new_source("a"))
    await other.close()

    event_id, name, data = await next_event(events)
    assert (event_id, name, data["account"]) == ("shared-1", "exchange", "a")
    await store.close()
