"""A request on its way: what handlers get of it, what it leaves in the journal and the log."""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import formatdate
from functools import lru_cache
from itertools import count
from types import MappingProxyType
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope

from seedance_contract.declared.operations import Body
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.errors import ApiError
from seedance_mock.service import redaction
from seedance_mock.service.journal import Journal, JournalEntry
from seedance_mock.web.connection import connection_of

LOG_ENTRY = "seedance_mock.notes"
"""The key of the scope under which an exchange is noted."""

UNLOGGED_PATHS = ("/_mock", "/healthz")
"""Paths that leave no trace in the journal: they are not of the API."""

_prefix = f"req_{random.Random().getrandbits(64):016x}"
_numbers = count(1)
"""Ids of requests: what no other process is likely to have, and a number."""

logger = logging.getLogger("seedance_mock.access")


class AccessLogEntry:
    """What becomes known of an exchange while it is handled, and its journal entry in the end.

    `body` is that of a create request if it is small, so that what is said of it can wait until
    somebody reads, and `ignored` are its fields that were, None where it was not accepted.
    `strange_headers` are the names of those that mean nothing here. See `journal.Entry` for the
    others. Class attributes are the defaults: most requests set few.
    """

    number: int = 0
    account: str | None = None
    now: float | None = None
    place: str | None = None
    authorized: bool = False
    task_id: str | None = None
    task_status: str | None = None
    code: str | None = None
    fault: str | None = None
    applied: bool | None = None
    rules: Sequence[str] = ()
    body: Body | None = None
    ignored_fields: Sequence[str] | None = None
    unknown_headers: Sequence[str] = ()
    request: dict[str, object] | None = None
    headers: Mapping[str, str] = MappingProxyType({})
    connection: int = 0
    turn: int = 0
    status: int | None = None
    answered: float | None = None

    def __init__(self, scope: Scope) -> None:
        self.request_id = f"{_prefix}{next(_numbers):08x}"
        self.method: str = scope["method"]
        self.path: str = scope["path"]
        self.query: bytes = scope["query_string"]
        wire = connection_of(scope)
        if wire is None:
            self.received = time.monotonic()
        else:
            self.received, self.connection, self.turn = wire.received, wire.number, wire.turn

    def add_headers(self, headers: Mapping[str, str]) -> None:
        """Give the answer more headers."""
        self.headers = {**self.headers, **headers} if self.headers else headers

    def journal_entry(self) -> JournalEntry:
        """Return what the journal says of the exchange."""
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
            target=redaction.target(self.path, self.query),
            place=self.place,
            authorized=self.authorized,
            task_id=self.task_id,
            status=self.status,
            code=self.code,
            task_status=self.task_status,
            fault=self.fault,
            applied=self.applied,
            rules=self.rules,
            warnings=[
                *self._warnings(),
                *redaction.header_warnings(self.unknown_headers),
            ],
            request=self.request if self.body is None else redaction.summary(self.body),
        )

    def _warnings(self) -> list[str]:
        if self.body is None or self.ignored_fields is None:
            return []
        return redaction.warnings(self.body, self.ignored_fields)


class RequestContext:
    """A request on its way to its answer.

    `scope` is that of ASGI. `headers` has the first header of each name, and `params` what
    stands in the path. `incoming` is the body, or what receives it where it has not all come.
    `account` is whom the request was let in for, `body` what a create request says, or why that
    cannot be told. The scope knows nothing of the exchange, only of its notes: a cycle for each
    request would be work for the garbage collector.
    """

    __slots__ = ("account", "body", "headers", "log_entry", "path_params", "raw_body", "scope")

    def __init__(self, scope: Scope, raw_body: Receive | bytes, log_entry: AccessLogEntry) -> None:
        self.scope = scope
        self.raw_body = raw_body
        self.log_entry = log_entry
        self.headers: Mapping[bytes, bytes] = dict(reversed(scope["headers"]))
        self.path_params: Mapping[str, str] = NO_PATH_PARAMS
        self.account: Account | None = None
        self.body: Body | ApiError | None = None


NO_PATH_PARAMS: Mapping[str, str] = MappingProxyType({})

Handler = Callable[[RequestContext], Coroutine[Any, Any, Response]]


def log_entry_of(scope: Scope) -> AccessLogEntry:
    """Return the notes of a request."""
    notes: AccessLogEntry = scope[LOG_ENTRY]
    return notes


def as_endpoint(handler: Handler) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """Return a handler as the framework's routes have them."""

    async def endpoint(request: Request) -> Response:
        exchange = RequestContext(request.scope, request.receive, log_entry_of(request.scope))
        exchange.path_params = request.path_params
        return await handler(exchange)

    return endpoint


class AccessLog:
    """The journal and the log, where exchanges end."""

    def __init__(self, journal: Journal, log_format: str) -> None:
        self._journal = journal
        self._line = LOG_FORMATTERS.get(log_format)

    def write(self, entry: AccessLogEntry) -> None:
        """Write an exchange down."""
        entry.now = entry.now or time.time()
        if not entry.path.startswith(UNLOGGED_PATHS):
            self._journal.add(entry)
        if self._line is not None:
            logger.info(self._line(_logged(entry)))


def identifying_headers(entry: AccessLogEntry) -> list[tuple[bytes, bytes]]:
    """Return the headers that identify the exchange, and when it was on the account's clock."""
    if entry.now is None:
        entry.now = time.time()
    headers = [_date(int(entry.now)), (b"x-request-id", entry.request_id.encode())]
    if entry.task_id is not None:
        headers.append((b"x-task-id", entry.task_id.encode()))
    if entry.headers:
        headers += [(name.lower().encode(), text.encode()) for name, text in entry.headers.items()]
    return headers


@lru_cache(maxsize=64)
def _date(second: int) -> tuple[bytes, bytes]:
    return b"date", formatdate(second, usegmt=True).encode()


Line = Mapping[str, object]


def _logged(notes: AccessLogEntry) -> Line:
    return {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "method": notes.method,
        "path": redaction.target(notes.path),
        "status": notes.status,
        "ms": round((time.monotonic() - notes.received) * 1000, 1),
        "request_id": notes.request_id,
        "task_id": notes.task_id,
        "account": notes.account,
        "fault": notes.fault,
    }


def _text(line: Line) -> str:
    asides = (line["task_id"], line["account"], line["fault"])
    told = "{time} {method} {path} {status} {ms} ms {request_id}".format(**line)
    return " ".join([told, *(str(aside) for aside in asides if aside)])


LOG_FORMATTERS: Mapping[str, Callable[[Line], str]] = {"text": _text, "json": json.dumps}
"""The formats of the log; any other name writes none."""
