"""Entries for the tests of the journal."""

from __future__ import annotations

from msgspec.structs import replace

from seedance_mock.service.journal.entries import JournalEntry

ENTRY = JournalEntry(
    number=7,
    request_id="req_7",
    account=None,
    time=0.0,
    received=0.0,
    answered=None,
    connection=1,
    turn=1,
    method="GET",
    target="/v1/models",
    place="models",
    authorized=False,
    task_id=None,
    status=200,
    code=None,
    task_status=None,
    fault=None,
    applied=None,
    rules=(),
    warnings=(),
    request=None,
)


class FakeSource:
    """A source of entries that differ in their number, account and request only."""

    number = 0
    request_id = ENTRY.request_id
    task_id = ENTRY.task_id
    place: str | None = "models"
    status = ENTRY.status

    def __init__(
        self, account: str | None = ENTRY.account, request: dict[str, object] | None = None
    ) -> None:
        self.account = account
        self.request = request

    def memory_size(self) -> int:
        return 100

    def journal_entry(self) -> JournalEntry:
        return replace(ENTRY, number=self.number, account=self.account, request=self.request)
