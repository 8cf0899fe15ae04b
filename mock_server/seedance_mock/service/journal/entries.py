"""The journal: one entry for each request, bounded in number and in bytes, without secrets.

Most are requests of clients. The others are callbacks, which the server sends to a client.

`memory_journal` has that of one process. With a store that processes share, all of them have the
one of `shared_journal`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypedDict

from msgspec import structs

from seedance_mock.domain.record import BaseRecord
from seedance_mock.scripting.vocabulary import ANY_PLACE, PLACES
from seedance_mock.stores.journal_log import JournalFilter

MAX_PAGE_ENTRIES = 1_000
"""The most entries of a page, and the default."""

ANY_ENTRY = JournalFilter()

MAX_PAGE_REQUESTS = 100_000
"""How many requests are looked at for a page. A journal can be longer, and filters rare."""

JOURNAL_FILTERS = JournalFilter._fields
"""The fields of an entry, and query parameters of the control API, that select entries."""


CALLBACK_PLACE = "callback"
"""The place of an attempt of a callback. No clause counts it."""

JOURNAL_PLACES = (*(place for place in PLACES if place != ANY_PLACE), CALLBACK_PLACE)
"""The places of entries. Other requests have none."""


class CallbackAttempt(TypedDict):
    """What an entry has of an attempt of a callback.

    `attempt` counts the attempts of the delivery from 1. `problem` says why there is no response,
    or why it does not count.
    """

    delivery: str
    attempt: int
    problem: str | None


class JournalEntry(BaseRecord, kw_only=True):
    """A request and its response. No field holds a key, a prompt, a media or a callback URL.

    In the entry of a callback the server has sent the request, and the client the response:
    `received` is when it was sent, and `task_status` the status that it reports.

    Args:
        number: counts the requests from 1.
        request_id: the id in the header `X-Request-ID` of the response; for a callback those of
            its delivery and of the attempt.
        account: the name of the account; None for a request without a valid key.
        time: the account's time, in seconds since the Unix epoch.
        received: when the first byte of the request was read, by the machine's monotonic clock
            in seconds.
        answered: when the response was ready, just before its first byte was written, by the
            same clock. The time from a response to the next request is never shorter here
            than it was for the client.
        connection: counts the connections from 1; 0 in process.
        turn: counts the requests on the connection from 1; 0 in process.
        method: the method of the request.
        target: its path and query, redacted.
        place: the place whose clauses counted the request.
        authorized: whether the request had an Authorization header.
        task_id: the id of the task that the request was about.
        status: the status of the response.
        code: the error code of the response.
        task_status: the status of the task in the response.
        fault: the word that injected a fault.
        applied: whether the request took effect in spite of the fault.
        rules: the ids of the rules that the request broke.
        warnings: what is legal in the request but may not be meant.
        request: the body of a create request, redacted.
        started: when its first byte was read, in seconds since the Unix epoch by the clock of the
            machine; 0 if that is not known.
        host: the header `Host`; None if there was none, or if it may be a secret.
        complete: whether the response was sent to its end.
        job: a digest of the body of a create request. Equal bodies have equal digests. None for a
            create with an idempotency key, which may be sent again.
        response: what the response demands of its client, None for an ordinary one: `retry_after`
            (the header), `error` (the members `code`, `retryable` and `retry_after`), `location`
            (the origin of a redirect), `poll_url` (one that is not the documented path).
        exposed: the places besides `Authorization` that had the key, such as "target", "body" or
            "header cookie".
        client_request_id: the header `X-Client-Request-Id` of a request of v3; None if there was
            none, or if it may be a secret.
        callback: which attempt of a callback it is; None for a request of a client.
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
    # A store leaves out what has its default, and may have entries of an earlier version.
    code: str | None = None
    task_status: str | None = None
    fault: str | None = None
    applied: bool | None = None
    rules: Sequence[str] = ()
    warnings: Sequence[str] = ()
    request: dict[str, object] | None = None
    started: float = 0.0
    host: str | None = None
    complete: bool = True
    job: str | None = None
    response: dict[str, object] | None = None
    exposed: Sequence[str] = ()
    client_request_id: str | None = None
    callback: CallbackAttempt | None = None

    def as_json(self) -> dict[str, object]:
        """Return the entry as the control API shows it."""
        # The fields are the members: renaming a field changes the control API.
        return structs.asdict(self)


class JournalPage(NamedTuple):
    """Some entries, oldest first. `next` continues after them; it is None if there are no more."""

    entries: list[JournalEntry]
    next: int | None


class JournalSource(Protocol):
    """A request from which a journal entry can be made. The attributes are those of the entry."""

    number: int
    request_id: str
    account: str | None
    task_id: str | None
    place: str | None
    status: int | None

    def memory_size(self) -> int:
        """Return about how many bytes of memory the request takes while it is kept."""

    def journal_entry(self) -> JournalEntry:
        """Return the entry of the request."""


class Journal(Protocol):
    """The latest entries, oldest first.

    `instance` tells the numbers of this journal from those of another one, such as that of the
    same server before a restart.
    """

    @property
    def instance(self) -> str:
        """Letters and digits."""

    def add(self, source: JournalSource) -> None:
        """Add the entry of a request that has been answered."""

    async def page(
        self, after: int = 0, limit: int = MAX_PAGE_ENTRIES, criteria: JournalFilter = ANY_ENTRY
    ) -> JournalPage:
        """Return the first entries that meet the criteria after the entry number `after`.

        A page can have fewer entries than `limit`, even none, and still have a `next`: the number
        of requests that are looked at is bounded too.
        """

    async def latest(self, limit: int, criteria: JournalFilter = ANY_ENTRY) -> list[JournalEntry]:
        """Return the last `limit` entries that meet the criteria, oldest first."""

    async def last_number(self) -> int:
        """Return the number of the latest entry there was; 0 if there was none."""

    async def find(self, request_id: str) -> JournalEntry | None:
        """Return the latest entry with this request id, or None."""

    async def clear(self, account: str | None = None) -> None:
        """Delete the entries of an account, or all entries."""

    async def wait_for_entry(self, after: int) -> None:
        """Return as soon as there is an entry with a number above `after`."""

    async def close(self) -> None:
        """Write what is not written yet."""
