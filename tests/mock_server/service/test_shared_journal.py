"""The journal of processes that share a store."""

from __future__ import annotations

import asyncio
import json
import logging
import math
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from seedance_mock.service.journal import shared_journal
from seedance_mock.service.journal.entries import JournalEntry
from seedance_mock.service.journal.shared_journal import SharedJournal
from seedance_mock.stores.errors import StoreUnavailableError
from seedance_mock.stores.journal_log import JournalFilter, JournalLog, JournalRow
from seedance_mock.stores.sqlite.store import SqliteStore

from .journal_source import ENTRY, FakeSource

pytestmark = pytest.mark.anyio


@pytest.fixture
async def log(tmp_path: Path) -> AsyncIterator[JournalLog]:
    store = SqliteStore(tmp_path / "mock.db")
    assert store.journal_log is not None
    yield store.journal_log
    await store.close()


async def entries(journal: SharedJournal) -> list[JournalEntry]:
    return (await journal.page()).entries


async def test_a_reader_sees_every_entry_of_its_process(log: JournalLog) -> None:
    journal = SharedJournal(log)

    journal.add(FakeSource())
    journal.add(FakeSource())

    assert [entry.number for entry in await entries(journal)] == [1, 2]
    assert await journal.find(ENTRY.request_id) == (await entries(journal))[1]
    assert await journal.find("req_none") is None


async def test_an_entry_is_read_as_it_was_written(log: JournalLog) -> None:
    journal = SharedJournal(log)
    journal.add(FakeSource())

    [entry] = await entries(journal)

    assert entry.as_json() == {**ENTRY.as_json(), "number": 1}


async def test_an_entry_of_an_earlier_version_is_read(log: JournalLog) -> None:
    # It had the columns of its row once more, and every default.
    members = {name: value for name, value in ENTRY.as_json().items() if name != "number"}
    row = JournalRow(ENTRY.request_id, ENTRY.account, None, None, ENTRY.status, json.dumps(members))
    await log.append([row])

    [entry] = await entries(SharedJournal(log))

    lists: dict[str, object] = {"rules": [], "warnings": [], "exposed": []}
    assert entry.as_json() == {**ENTRY.as_json(), "number": 1, **lists}


async def test_a_row_has_no_defaults_and_no_value_twice(log: JournalLog) -> None:
    journal = SharedJournal(log)
    journal.add(FakeSource())
    await journal.close()

    row = await log.find(ENTRY.request_id)

    assert row is not None
    assert json.loads(row.row.entry).keys() == {
        *("time", "received", "answered", "connection", "turn", "method", "target", "authorized")
    }


@pytest.mark.parametrize(
    "value", [None, True, 5, "720p", 2**63 - 1, 2**63, -(2**99), 5.5, math.inf], ids=str
)
async def test_a_value_of_a_request_is_kept(value: object, log: JournalLog) -> None:
    journal = SharedJournal(log)
    journal.add(FakeSource(request={"duration": value}))

    [entry] = await entries(journal)

    assert entry.request == {"duration": value}


async def test_another_process_sees_entries_soon(
    log: JournalLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_journal, "WRITE_SECONDS", 0.0)
    journal, other = SharedJournal(log), SharedJournal(log)

    journal.add(FakeSource())
    while not (found := await entries(other)):
        await asyncio.sleep(0)

    assert len(found) == 1


async def test_an_entry_of_another_process_ends_a_wait(
    log: JournalLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_journal, "LISTEN_SECONDS", 0.0)
    journal, other = SharedJournal(log), SharedJournal(log)
    waiting = asyncio.ensure_future(other.wait_for_entry(await other.last_number()))
    await asyncio.sleep(0)

    journal.add(FakeSource())
    await journal.close()

    await waiting
    assert await other.last_number() == 1


@pytest.mark.parametrize("count", [1, 3])
async def test_the_latest_entries_are_read(
    count: int, log: JournalLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_journal, "MAX_PAGE_ENTRIES", 2)
    journal = SharedJournal(log)
    for account in ("b", "a", "a", "a", "b", "b", "a"):
        journal.add(FakeSource(account))

    criteria = JournalFilter(account="a")
    numbers = [entry.number for entry in await journal.latest(count, criteria)]

    assert numbers == [2, 3, 4, 7][-count:]
    assert len(await journal.latest(100)) == 7


async def test_a_cleared_journal_has_no_entries(log: JournalLog) -> None:
    journal = SharedJournal(log)
    journal.add(FakeSource())

    await journal.clear()

    assert await entries(journal) == []


async def test_a_closed_journal_has_written_everything(log: JournalLog) -> None:
    journal = SharedJournal(log)
    await journal.close()
    journal.add(FakeSource())
    await journal.close()

    assert await log.last_number() == 1


async def test_entries_are_written_in_batches(
    log: JournalLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_journal, "MIN_BATCH", 2)
    sizes, append = [], log.append

    async def counted(rows: Sequence[JournalRow]) -> None:
        sizes.append(len(rows))
        await append(rows)

    monkeypatch.setattr(log, "append", counted)
    journal = SharedJournal(log)
    for account in "abcde":
        journal.add(FakeSource(account))

    assert [entry.account for entry in await entries(journal)] == [*"abcde"]
    assert sizes == [2, 2, 1]


async def test_batches_grow_with_what_comes_meanwhile(
    log: JournalLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_journal, "MIN_BATCH", 1)
    sizes, append = [], log.append

    async def noted(rows: Sequence[JournalRow]) -> None:
        sizes.append(len(rows))
        for _ in range(3):
            journal.add(FakeSource())
        await append(rows)

    monkeypatch.setattr(log, "append", noted)
    journal = SharedJournal(log)
    for _ in range(10):
        journal.add(FakeSource())

    await journal.close()

    # What came meanwhile is left for the next time.
    assert sizes == [1, 6, 3]


async def test_dropped_entries_are_counted(
    log: JournalLog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(shared_journal, "MAX_PENDING", 2)
    journal = SharedJournal(log)
    for account in "abc":
        journal.add(FakeSource(account))

    with caplog.at_level(logging.WARNING):
        found = await entries(journal)
        await journal.close()

    assert [entry.account for entry in found] == ["b", "c"]
    assert caplog.messages == ["1 entries of the journal are lost: more came than could be written"]


async def test_requests_are_served_between_two_batches(
    log: JournalLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_journal, "MIN_BATCH", 1)
    events, append = [], log.append

    async def noted(rows: Sequence[JournalRow]) -> None:
        events.append("batch")
        await append(rows)

    async def serve() -> None:
        while len(events) < 4:
            events.append("request")
            await asyncio.sleep(0)

    monkeypatch.setattr(log, "append", noted)
    journal = SharedJournal(log)
    journal.add(FakeSource())
    journal.add(FakeSource())

    await asyncio.gather(journal.close(), serve())

    assert events == ["batch", "request"] * 2


async def test_a_batch_that_cannot_be_written_is_the_last_one(
    log: JournalLog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(shared_journal, "MIN_BATCH", 2)
    append = log.append

    async def fail_later(rows: Sequence[JournalRow]) -> None:
        await append(rows)
        monkeypatch.setattr(log, "append", fail)

    async def fail(rows: Sequence[JournalRow]) -> None:
        raise StoreUnavailableError("database or disk is full")

    monkeypatch.setattr(log, "append", fail_later)
    journal = SharedJournal(log)
    for account in "abcdefg":
        journal.add(FakeSource(account))

    with caplog.at_level(logging.WARNING):
        await journal.close()
    monkeypatch.setattr(log, "append", append)

    assert caplog.messages == ["5 entries of the journal are lost: database or disk is full"]
    assert [entry.account for entry in await entries(journal)] == ["a", "b"]


async def test_entries_that_cannot_be_written_are_counted(
    log: JournalLog, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(rows: Sequence[JournalRow]) -> None:
        raise StoreUnavailableError("database or disk is full")

    journal = SharedJournal(log)
    monkeypatch.setattr(log, "append", fail)
    journal.add(FakeSource())

    with caplog.at_level(logging.WARNING):
        await journal.close()

    assert caplog.messages == ["1 entries of the journal are lost: database or disk is full"]
