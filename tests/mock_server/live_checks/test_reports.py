from __future__ import annotations

import pytest
from msgspec.structs import replace

from seedance_mock.domain.accounts import Account
from seedance_mock.domain.clock import REAL_TIME, Timeline, with_mode
from seedance_mock.live_checks import reports
from seedance_mock.live_checks.recording import TimeBase
from seedance_mock.live_checks.reports import LiveReports, time_base_of
from seedance_mock.service.journal.entries import CALLBACK_PLACE, JournalEntry
from seedance_mock.service.journal.memory_journal import MemoryJournal

from .traffic_entries import create, poll

pytestmark = pytest.mark.anyio


class EntrySource:
    """A source of an entry."""

    def __init__(self, entry: JournalEntry) -> None:
        self.entry = entry
        self.number = 0
        self.request_id = entry.request_id
        self.account = entry.account
        self.task_id = entry.task_id
        self.place = entry.place
        self.status = entry.status

    def memory_size(self) -> int:
        return 100

    def journal_entry(self) -> JournalEntry:
        return replace(self.entry, number=self.number)


def journal_with(*entries: JournalEntry) -> MemoryJournal:
    journal = MemoryJournal(100, 10_000)
    for entry in entries:
        journal.add(EntrySource(entry))
    return journal


@pytest.fixture
def account() -> Account:
    """Give the account of the entries."""
    return Account(owner="owner", name="key-1")


async def test_a_report_is_kept_until_a_request_comes(account: Account) -> None:
    journal = journal_with(create(), create(9, account="key-2"))
    live_reports = LiveReports(journal)

    first = await live_reports.report(account)

    assert first.requests == 1
    assert await live_reports.report(account) is first
    journal.add(EntrySource(poll(6)))
    assert (await live_reports.report(account)).requests == 2


async def test_a_cleared_journal_is_judged_again(account: Account) -> None:
    journal = journal_with(create(), poll(6))
    live_reports = LiveReports(journal)
    await live_reports.report(account)

    await journal.clear("key-1")

    assert (await live_reports.report(account)).requests == 0


async def test_only_later_entries_are_judged(account: Account) -> None:
    journal = journal_with(create(), poll(6), poll(12))

    report = await LiveReports(journal).report(account, after=2)

    assert (report.requests, report.is_truncated) == (1, False)


async def test_the_latest_requests_are_judged(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "MAX_JUDGED", 2)
    journal = journal_with(create(), poll(6), poll(12))

    report = await LiveReports(journal).report(account)

    assert (report.requests, report.is_truncated) == (2, True)


async def test_callbacks_are_not_judged(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MAX_JUDGED", 3)
    journal = journal_with(create(), poll(6), replace(poll(7), place=CALLBACK_PLACE), poll(12))

    report = await LiveReports(journal).report(account)

    assert (report.requests, report.is_truncated) == (2, True)


async def test_few_reports_are_kept(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "MAX_REPORTS", 1)
    live_reports = LiveReports(journal_with(create()))
    first = await live_reports.report(account)

    await live_reports.report(account, after=1)

    assert await live_reports.report(account) is not first


@pytest.mark.parametrize(
    ("timeline", "time_base"),
    [
        (REAL_TIME, TimeBase.REAL),
        (with_mode(REAL_TIME, "x20", 0.0), TimeBase.REAL),
        (with_mode(REAL_TIME, "frozen", 0.0), TimeBase.ACCOUNT),
        (with_mode(REAL_TIME, "polls", 0.0), TimeBase.UNKNOWN),
    ],
)
def test_the_clock_of_an_account_decides(timeline: Timeline, time_base: TimeBase) -> None:
    assert time_base_of(timeline) is time_base
