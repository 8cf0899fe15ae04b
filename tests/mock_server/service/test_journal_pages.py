"""The journal is bounded, and read in pages."""

from __future__ import annotations

import asyncio

import pytest
from starlette.testclient import TestClient

from seedance_mock.service.journal import memory_journal as journal_module
from seedance_mock.service.journal.entries import JournalEntry
from seedance_mock.service.journal.memory_journal import MemoryJournal
from seedance_mock.stores.journal_log import JournalFilter

from .journal_source import FakeSource


def test_the_journal_can_be_read_while_it_grows() -> None:
    journal = MemoryJournal(10, 1_000)

    class Growing(FakeSource):
        def journal_entry(self) -> JournalEntry:
            journal.add(Growing())
            return super().journal_entry()

    journal.add(Growing())

    assert [entry.number for entry in journal.entries()] == [1]
    assert journal.count == 2


def filled_journal(
    count: int, *, max_entries: int = 1_000, max_bytes: int = 1_000_000
) -> MemoryJournal:
    journal = MemoryJournal(max_entries, max_bytes)
    for _ in range(count):
        journal.add(FakeSource())
    return journal


def numbers(entries: list[JournalEntry]) -> list[int]:
    return [entry.number for entry in entries]


def test_the_journal_is_bounded_in_bytes() -> None:
    journal = filled_journal(20, max_bytes=350)

    assert numbers(journal.entries()) == [18, 19, 20]
    assert journal.memory_size == 300


def test_an_entry_beyond_the_bound_is_not_kept() -> None:
    journal = filled_journal(2, max_bytes=99)

    assert journal.entries() == []
    assert (journal.count, journal.memory_size) == (2, 0)


def test_a_cleared_journal_has_room_again() -> None:
    journal = filled_journal(3, max_bytes=300)

    asyncio.run(journal.clear())

    assert journal.memory_size == 0
    journal.add(FakeSource())
    assert numbers(journal.entries()) == [4]


@pytest.mark.parametrize(
    ("after", "limit", "expected", "following"),
    [
        (0, 2, [3, 4], 4),
        (4, 2, [5, 6], 6),
        (6, 2, [7], None),
        (5, 2, [6, 7], None),
        (7, 2, [], None),
        (99, 2, [], None),
        (0, 9, [3, 4, 5, 6, 7], None),
    ],
)
def test_the_journal_has_pages(
    after: int, limit: int, expected: list[int], following: int | None
) -> None:
    journal = filled_journal(7, max_entries=5)

    page = asyncio.run(journal.page(after=after, limit=limit))

    assert (numbers(page.entries), page.next) == (expected, following)


def test_an_empty_journal_has_one_page() -> None:
    assert asyncio.run(filled_journal(0).page()) == ([], None)


def test_a_page_looks_at_a_bounded_number_of_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal_module, "MAX_PAGE_REQUESTS", 3)
    journal = filled_journal(7)

    assert asyncio.run(journal.page(criteria=JournalFilter(place="poll"))) == ([], 3)
    assert asyncio.run(journal.page(6, criteria=JournalFilter(place="poll"))) == ([], None)
    assert numbers(journal.entries(JournalFilter(place="models"))) == [1, 2, 3, 4, 5, 6, 7]


def test_a_filter_makes_entries_of_matches_only() -> None:
    class Unread(FakeSource):
        place: str | None = "poll"

        def journal_entry(self) -> JournalEntry:
            raise AssertionError("no filter matches this request")

    journal = filled_journal(1)
    journal.add(Unread())

    assert numbers(journal.entries(JournalFilter(place="models"))) == [1]
    assert asyncio.run(journal.find("req_none")) is None


def test_a_page_is_read_over_http(user: TestClient, client: TestClient) -> None:
    for _ in range(3):
        user.get("/v1/models")

    first = client.get("/_mock/journal", params={"limit": 2}).json()
    second = client.get("/_mock/journal", params={"limit": 2, "after": first["next"]}).json()

    assert [entry["number"] for entry in first["entries"]] == [1, 2]
    assert ([entry["number"] for entry in second["entries"]], second["next"]) == ([3], None)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("limit", "0"),
        ("limit", "1001"),
        ("limit", "-1"),
        ("limit", "x"),
        ("limit", ""),
        ("limit", "9" * 5_000),
        ("after", "-1"),
        ("after", "\u0663"),
        ("after", "1.0"),
    ],
)
def test_a_wrong_page_is_400(parameter: str, value: str, client: TestClient) -> None:
    response = client.get("/_mock/journal", params={parameter: value})

    assert response.status_code == 400
    assert response.json()["error"]["param"] == parameter
