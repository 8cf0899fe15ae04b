"""The reports on the accounts of a server. A report is made again only if something has changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from seedance_mock.domain.accounts import Account
from seedance_mock.domain.clock import Timeline
from seedance_mock.live_checks.judgement import Judgement, judge
from seedance_mock.live_checks.recording import TimeBase
from seedance_mock.service.journal.entries import CALLBACK_PLACE, Journal
from seedance_mock.stores.journal_log import JournalFilter

MAX_JUDGED = 1_000
"""How many requests of an account are judged, the latest ones."""

MAX_REPORTS = 32
"""How many reports are kept. Consoles ask for them every few seconds."""


class Report(NamedTuple):
    """The judgements on an account.

    Args:
        requests: how many requests were judged.
        is_truncated: whether the account has earlier requests, which were not judged.
        version: the entries of the journal when the report was made, see `LiveReports._version`.
        judgements: what each check says.
    """

    requests: int
    is_truncated: bool
    version: tuple[int, int]
    judgements: Sequence[Judgement]


class LiveReports:
    """Judges the accounts in a journal."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._reports: dict[tuple[str, int, TimeBase], Report] = {}

    async def report(self, account: Account, after: int = 0) -> Report:
        """Return the report on an account, from its entries after a number."""
        time_base = time_base_of(account.timeline)
        key = account.name, after, time_base
        version = await self._version(account.name)
        known = self._reports.pop(key, None)
        if known is None or known.version != version:
            known = await self._new_report(account.name, after, time_base, version)
        # At the end, so that the report that was asked for first is dropped first.
        self._reports[key] = known
        if len(self._reports) > MAX_REPORTS:
            del self._reports[next(iter(self._reports))]
        return known

    async def _version(self, account: str) -> tuple[int, int]:
        """Return the numbers of the account's first entry and of the journal's last one."""
        # New entries change the last number. Entries are deleted from the front, or all at once.
        first = await self._journal.page(0, 1, JournalFilter(account=account))
        numbers = [entry.number for entry in first.entries]
        return (numbers[0] if numbers else 0, await self._journal.last_number())

    async def _new_report(
        self, account: str, after: int, time_base: TimeBase, version: tuple[int, int]
    ) -> Report:
        entries = await self._journal.latest(MAX_JUDGED + 1, JournalFilter(account=account))
        entries = [entry for entry in entries if entry.number > after]
        # The server has sent the callbacks, so they say nothing about the client.
        judged = [entry for entry in entries[-MAX_JUDGED:] if entry.place != CALLBACK_PLACE]
        judgements = await judge(judged, time_base)
        return Report(len(judged), len(entries) > MAX_JUDGED, version, judgements)


def time_base_of(timeline: Timeline) -> TimeBase:
    """Return which clock measures how long the client of an account waits."""
    if timeline.by_polls:
        return TimeBase.UNKNOWN
    # A factor such as x20 is no matter: the client waits in real time and does not know of it.
    return TimeBase.REAL if timeline.rate else TimeBase.ACCOUNT
