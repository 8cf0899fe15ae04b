"""The laws of the interface `JournalLog`, on every store that has one."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from seedance_mock.stores import Store
from seedance_mock.stores.journal_log import JournalFilter, JournalLog, JournalRow
from seedance_mock.stores.sqlite.store import SqliteStore

from .redis_server import new_redis_store

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["sqlite", "redis"])
async def log(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[JournalLog]:
    """Give an empty log with room for five rows, or for 300 bytes."""
    store: Store = (
        SqliteStore(tmp_path / "mock.db", journal_entries=5, journal_bytes=300)
        if request.param == "sqlite"
        else new_redis_store(journal_entries=5, journal_bytes=300)
    )
    assert store.journal_log is not None
    yield store.journal_log
    await store.close()


def row(request_id: str, *, account: str | None = "key-1", entry: str = "{}") -> JournalRow:
    return JournalRow(request_id, account, f"task-{request_id}", "poll", 200, entry)


async def append(log: JournalLog, *request_ids: str) -> None:
    await log.append([row(request_id) for request_id in request_ids])


ANY = JournalFilter()


async def page_ids(
    log: JournalLog, after: int = 0, limit: int = 10, criteria: JournalFilter = ANY
) -> tuple[list[str], int | None]:
    page = await log.page(after, limit, criteria)
    return [numbered.row.request_id for numbered in page.rows], page.next


async def test_an_empty_log_has_no_rows(log: JournalLog) -> None:
    assert await page_ids(log) == ([], None)
    assert await log.last_number() == 0
    assert await log.find("a") is None


async def test_rows_are_numbered_in_their_order(log: JournalLog) -> None:
    await append(log, "a", "b")
    await append(log, "c")

    page = await log.page(0, 10, JournalFilter())

    assert [(numbered.number, numbered.row) for numbered in page.rows] == [
        (1, row("a")),
        (2, row("b")),
        (3, row("c")),
    ]
    assert await log.last_number() == 3


async def test_a_page_continues_after_the_one_before(log: JournalLog) -> None:
    await append(log, *"abcd")

    assert await page_ids(log, limit=2) == (["a", "b"], 2)
    assert await page_ids(log, after=2, limit=2) == (["c", "d"], None)


async def test_a_filter_selects_by_every_value(log: JournalLog) -> None:
    await log.append([row("a"), row("b", account="key-2"), row("c", account=None)])

    assert await page_ids(log, criteria=JournalFilter(account="key-2")) == (["b"], None)
    assert await page_ids(log, criteria=JournalFilter(task_id="task-a")) == (["a"], None)
    assert await page_ids(log, criteria=JournalFilter(place="create")) == ([], None)
    assert await page_ids(log, criteria=JournalFilter(place="poll", status=200)) == (
        ["a", "b", "c"],
        None,
    )


async def test_the_latest_row_of_a_request_is_found(log: JournalLog) -> None:
    await append(log, "a", "b", "a")

    found = await log.find("a")

    assert found is not None
    assert found.number == 3


async def test_the_oldest_rows_are_dropped(log: JournalLog) -> None:
    await append(log, *"abcdefg")

    assert await page_ids(log) == (["c", "d", "e", "f", "g"], None)
    assert await log.last_number() == 7


async def test_the_log_is_bounded_in_bytes(log: JournalLog) -> None:
    await log.append([row(request_id, entry="x" * 90) for request_id in "abcd"])

    ids, _ = await page_ids(log)

    assert ids[-1] == "d"
    assert len(ids) <= 3


async def test_rows_of_an_account_are_deleted(log: JournalLog) -> None:
    await log.append([row("a"), row("b", account="key-2")])

    await log.clear("key-1")

    assert await page_ids(log) == (["b"], None)


async def test_numbers_go_on_after_all_rows_are_deleted(log: JournalLog) -> None:
    await append(log, "a", "b")

    await log.clear()
    await append(log, "c")

    found = await log.find("c")
    assert found is not None
    assert found.number == 3
    assert await page_ids(log) == (["c"], None)
