"""The access log: what is recorded of each request, for the journal and the log lines."""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from functools import lru_cache
from itertools import count
from types import MappingProxyType

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedance_contract.declared.operations import Body
from seedance_mock.domain.clock import http_date, monotonic, wall_time
from seedance_mock.service import redaction
from seedance_mock.service.journal.entries import Journal, JournalEntry
from seedance_mock.service.request_warnings import request_warnings
from seedance_mock.web.bodies import parse_object
from seedance_mock.web.connection import connection_of
from seedance_mock.web.control import CONTROL_PREFIX
from seedance_mock.web.logs.log_format import LOG_FORMATTERS, LogLine
from seedance_mock.web.metrics import METRICS_PATH

LOG_ENTRY = "seedance_mock.log_entry"
"""The key in the ASGI scope under which the entry of a request is kept."""

MAX_DEFERRED_TARGET = 256
"""The length of a path and query up to which they are kept, and redacted only when read."""

# One number for all short targets, as measuring each takes time on every request. 400 to 1,000
# bytes by `tracemalloc` on CPython 3.11, and four for each character of an unusual path.
_ENTRY_BYTES = 2_048
_BYTES_PER_FIELD = 200
"""A field of a summary: its name, its value, and its place in a dict."""

NOT_JOURNALED = (CONTROL_PREFIX, "/healthz", METRICS_PATH)
"""Prefixes of paths outside the emulated API: they have no entry in the journal."""

ErrorHints = tuple[str | None, str | None, bool | None, float | None]
"""The header Retry-After of an error, and `ERROR_HINT_MEMBERS` of its body."""

ERROR_HINT_MEMBERS = ("code", "retryable", "retry_after")
"""The members of an error that decide whether and when its client may try again."""

# A random prefix and a counter instead of a UUID for each request: unique across processes for all
# practical purposes, and a tenth of the cost.
_prefix = f"req_{random.Random().getrandbits(64):016x}"
_numbers = count(1)

logger = logging.getLogger("seedance_mock.access")


# `gc=False`: an entry is never part of a reference cycle, and the garbage collector would visit
# every attribute of the thousands that the journal keeps.
class AccessLogEntry(msgspec.Struct, gc=False):
    """What is known of a request while it is handled. It becomes the journal entry.

    `raw_body` is a small body of a create request, which is JSON; its summary is made when
    somebody reads the journal. `request` is the summary of a large one, made at once so that the
    body itself is not kept. `ignored_fields` are undocumented fields of an accepted create
    request, None if the request was not accepted. `header_warnings` is about undocumented
    request headers. `target` is the redacted target of a request whose path is not kept.
    `headers` are further response headers. `is_repeatable` says that a create has an idempotency
    key, so that it may be sent again. `job` is the digest of a body that is not kept.
    `error_hints`, `location` and `poll_url` are what the response demands of its client.
    `is_recorded` is false for requests of the console, which neither the log nor the journal show:
    nobody looks for them among those of clients. `price` is that of a new task in USD, and
    `reason` says why a key is refused; only the log shows them.
    `fault_name` is the kind of the injected fault, without what a client chooses of its word.
    See `JournalEntry` for the other attributes.
    """

    request_id: str
    method: str
    path: str
    query: bytes
    received: float
    route_segments: Collection[str] = redaction.API_SEGMENTS
    number: int = 0
    account: str | None = None
    now: float | None = None
    place: str | None = None
    authorized: bool = False
    task_id: str | None = None
    task_status: str | None = None
    code: str | None = None
    fault: str | None = None
    fault_name: str | None = None
    applied: bool | None = None
    rules: Sequence[str] = ()
    raw_body: bytes | None = None
    ignored_fields: Sequence[str] | None = None
    header_warnings: Sequence[str] = ()
    target: str | None = None
    request: dict[str, object] | None = None
    host: bytes | None = None
    complete: bool = True
    is_repeatable: bool = False
    job: str | None = None
    # A tuple of constants: the garbage collector does not visit it, unlike a dict of members.
    error_hints: ErrorHints | None = None
    location: str | None = None
    poll_url: str | None = None
    exposed: Sequence[str] = ()
    client_request_id: str | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    connection: int = 0
    turn: int = 0
    status: int | None = None
    answered: float | None = None
    is_recorded: bool = True
    price: Decimal | None = None
    reason: str | None = None

    def add_headers(self, headers: Mapping[str, str]) -> None:
        """Add headers to the response."""
        self.headers = {**self.headers, **headers} if self.headers else headers

    def journal_entry(self) -> JournalEntry:
        """Return the entry as the journal shows it, without secrets."""
        body = None if self.raw_body is None else parse_object(self.raw_body)
        return JournalEntry(
            number=self.number,
            request_id=self.request_id,
            account=self.account,
            time=self.now or 0.0,
            received=self.received,
            answered=self.answered,
            connection=self.connection,
            turn=self.turn,
            method=self.method,
            target=self.target or self._redacted_target(),
            place=self.place,
            authorized=self.authorized,
            task_id=self.task_id,
            status=self.status,
            code=self.code,
            task_status=self.task_status,
            fault=self.fault,
            applied=self.applied,
            rules=self.rules,
            warnings=(*self._warnings(body), *self.header_warnings),
            request=self.request if body is None else redaction.request_summary(body),
            started=round(wall_time() - (monotonic() - self.received), 3),
            host=None if self.host is None else redaction.shown_host(self.host),
            complete=self.complete,
            job=None if self.is_repeatable else self._body_digest(),
            response=self._demands(),
            exposed=self.exposed,
            client_request_id=self.client_request_id,
        )

    def _body_digest(self) -> str | None:
        return self.job if self.raw_body is None else redaction.body_digest(self.raw_body)

    def _demands(self) -> dict[str, object] | None:
        """Return what the response demands of its client, None if that is nothing."""
        demands: dict[str, object] = {}
        if self.error_hints is not None:
            header, *members = self.error_hints
            named = zip(ERROR_HINT_MEMBERS, members, strict=True)
            demands["retry_after"] = header
            demands["error"] = {name: value for name, value in named if value is not None}
        demands |= {"location": self.location, "poll_url": self.poll_url}
        return {name: value for name, value in demands.items() if value is not None} or None

    def memory_size(self) -> int:
        """Return about how many bytes of memory the entry takes while it is kept."""
        size = _ENTRY_BYTES
        if self.raw_body is not None:
            size += len(self.raw_body)
        # Few entries have any of these.
        if self.request or self.ignored_fields or self.header_warnings:
            fields = (self.request, self.ignored_fields, self.header_warnings)
            size += _BYTES_PER_FIELD * sum(len(names or ()) for names in fields)
        return size

    def shorten(self) -> None:
        """Replace a long path and query by what the journal shows of them."""
        if len(self.path) + len(self.query) > MAX_DEFERRED_TARGET:
            self.target = self._redacted_target()
            self.path, self.query = "", b""

    def _redacted_target(self) -> str:
        return redaction.redacted_target(self.path, self.query, route_segments=self.route_segments)

    def _warnings(self, body: Body | None) -> list[str]:
        if body is None or self.ignored_fields is None:
            return []
        return request_warnings(body, self.ignored_fields)


def new_log_entry(scope: Scope) -> AccessLogEntry:
    """Return the entry of a request that has just been received."""
    connection = connection_of(scope)
    entry = AccessLogEntry(
        f"{_prefix}{next(_numbers):08x}",
        scope["method"],
        scope["path"],
        scope["query_string"],
        monotonic() if connection is None else connection.received,
    )
    if connection is not None:
        entry.connection, entry.turn = connection.number, connection.turn
    return entry


def log_entry_of(scope: Scope) -> AccessLogEntry:
    """Return the entry of a request."""
    entry: AccessLogEntry = scope[LOG_ENTRY]
    return entry


class AccessLog:
    """Writes entries to the journal and, if a format is chosen, to the log.

    `count_request` is called with each entry, if it is given.
    """

    def __init__(
        self,
        journal: Journal,
        log_format: str,
        route_segments: Collection[str] = redaction.API_SEGMENTS,
        count_request: Callable[[AccessLogEntry], None] | None = None,
    ) -> None:
        self._journal = journal
        self._count_request = count_request
        self._route_segments = route_segments
        self._format = LOG_FORMATTERS.get(log_format)

    def write(self, entry: AccessLogEntry) -> None:
        """Write one entry."""
        if self._count_request is not None:
            self._count_request(entry)
        entry.now = entry.now or wall_time()
        entry.route_segments = self._route_segments
        if self._format is not None and entry.is_recorded:
            logger.info(self._format(_log_line(entry)))
        # After the log, which shows the path.
        if entry.is_recorded and not entry.path.startswith(NOT_JOURNALED):
            # Most requests have no query, so that their path alone is measured.
            if entry.query or len(entry.path) > MAX_DEFERRED_TARGET:
                entry.shorten()
            self._journal.add(entry)


class AccessLogMiddleware:
    """ASGI middleware: identifies each response and writes the access log."""

    def __init__(self, app: ASGIApp, access_log: AccessLog) -> None:
        self._app = app
        self._access_log = access_log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        # A request that began on the fast path has an entry already.
        entry: AccessLogEntry = scope.setdefault(LOG_ENTRY, None) or new_log_entry(scope)
        scope[LOG_ENTRY] = entry

        async def send_identified(message: Message) -> None:
            if message["type"] == "http.response.start":
                entry.status, entry.answered = message["status"], monotonic()
                message["headers"] = [*message["headers"], *identifying_headers(entry)]
            await send(message)

        try:
            await self._app(scope, receive, send_identified)
        except Exception:
            # In process an injected transport fault is raised too: the client sees no status.
            if entry.fault is None:
                entry.status = 500
            raise
        finally:
            self._access_log.write(entry)


def identifying_headers(entry: AccessLogEntry) -> list[tuple[bytes, bytes]]:
    """Return the headers that identify a request: its ids, and its date by the account's clock."""
    if entry.now is None:
        entry.now = wall_time()
    headers = [_date_header(int(entry.now)), (b"x-request-id", entry.request_id.encode())]
    if entry.task_id is not None:
        headers.append((b"x-task-id", entry.task_id.encode()))
    if entry.headers:
        headers += [(name.lower().encode(), text.encode()) for name, text in entry.headers.items()]
    return headers


# Formatting a date takes longer than a poll's other headers together. Accounts have clocks of their
# own, so a few seconds are current at a time.
@lru_cache(maxsize=64)
def _date_header(second: int) -> tuple[bytes, bytes]:
    return b"date", http_date(second).encode()


def _log_line(entry: AccessLogEntry) -> LogLine:
    return LogLine(
        time=datetime.now(UTC).isoformat(timespec="milliseconds"),
        method=entry.method,
        path=redaction.logged_path(entry.path, route_segments=entry.route_segments),
        status=entry.status,
        ms=round((monotonic() - entry.received) * 1000, 1),
        request_id=entry.request_id,
        task_id=entry.task_id,
        task_status=entry.task_status,
        price_usd=None if entry.price is None else f"{entry.price:f}",
        account=entry.account,
        code=entry.code,
        rules=entry.rules,
        reason=entry.reason,
        fault=entry.fault,
    )
