"""The journal of a store outside the process: rendered entries that all its processes share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol


class JournalRow(NamedTuple):
    """An entry of the journal. It contains no secret.

    Args:
        request_id: the id in the header `X-Request-ID` of the response.
        account: the name of the account; None for a request without a valid key.
        task_id: the id of the task that the request was about; None if there is none.
        place: the place whose clauses counted the request; None if there is none.
        status: the status of the response; None if it got none.
        entry: what else the entry has, as JSON.
    """

    request_id: str
    account: str | None
    task_id: str | None
    place: str | None
    status: int | None
    entry: str


class JournalFilter(NamedTuple):
    """The values that a row must have. None matches any value."""

    account: str | None = None
    task_id: str | None = None
    place: str | None = None
    status: int | None = None


class NumberedRow(NamedTuple):
    """A row with its number. Numbers start at 1 and grow with the order of writing."""

    number: int
    row: JournalRow


class RowPage(NamedTuple):
    """Some rows, oldest first. `next` continues after them; it is None if there are no more."""

    rows: Sequence[NumberedRow]
    next: int | None


class JournalLog(Protocol):
    """Keeps the latest rows, bounded in number and in bytes.

    Every method may raise `StoreUnavailableError`.
    """

    async def append(self, rows: Sequence[JournalRow]) -> None:
        """Add rows in their order, and drop the oldest ones beyond the bounds."""

    async def page(self, after: int, limit: int, criteria: JournalFilter) -> RowPage:
        """Return the first `limit` rows that meet the criteria after the number `after`.

        A page may have fewer rows, even none, and still have a `next`: how many rows are looked at
        is bounded too.
        """

    async def find(self, request_id: str) -> NumberedRow | None:
        """Return the latest row with this request id, or None."""

    async def last_number(self) -> int:
        """Return the number of the latest row that was ever written; 0 if there was none."""

    async def clear(self, account: str | None = None) -> None:
        """Delete the rows of an account, or all rows. Numbers go on."""
