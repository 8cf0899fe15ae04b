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
from seedance_mock.service.journal import Entry, Journal
from seedance_mock.web.connection import wire_of

NOTES = "seedance_mock.notes"
"""The key of the scope under which an exchange is noted."""

UNSEEN = ("/_mock", "/healthz")
"""Paths that leave no trace in the journal: they are not of the API."""

_prefix = f"req_{random.Random().getrandbits(64):016x}"
_numbers = count(1)
"""Ids of requests: what no other process is likely to have, and a number."""

logger = logging.getLogger("seedance_mock.access")


class Notes:
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
    ignored: Sequence[str] | None = None
    strange_headers: Sequence[str] = ()
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
        wire = wire_of(scope)
        if wire is None:
            self.received = time.monotonic()
        else:
            self.received, self.connection, self.turn = wire.received, wire.number, wire.turn

    def add(self, headers: Mapping[str, str]) -> None:
        """Give the answer more headers."""
        self.headers = {**self.headers, **headers} if self.headers else headers

    def entry(self) -> Entry:
        """Return what the journal says of the exchange."""
        return Entry(
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
                *redaction.strange_headers(self.strange_headers),
            ],
            request=self.request if self.body is None else redaction.summary(self.body),
        )

    def _warnings(self) -> list[str]:
        if self.body is None or self.ignored is None:
            return []
        return redaction.warnings(self.body, self.ignored)


class Exchange:
    """A request on its way to its answer.

    `scope` is that of ASGI. `headers` has the first header of each name, and `params` what
    stands in the path. `incoming` is the body, or what receives it where it has not all come.
    `account` is whom the request was let in for, `body` what a create request says, or why that
    cannot be told. The scope knows nothing of the exchange, only of its notes: a cycle for each
    request would be work for the garbage collector.
    """

    __slots__ = ("account", "body", "headers", "incoming", "notes", "params", "scope")

    def __init__(self, scope: Scope, incoming: Receive | bytes, notes: Notes) -> None:
        self.scope = scope
        self.incoming = incoming
        self.notes = notes
        self.headers: Mapping[bytes, bytes] = dict(reversed(scope["headers"]))
        self.params: Mapping[str, str] = NO_PARAMS
        self.account: Account | None = None
        self.body: Body | ApiError | None = None


NO_PARAMS: Mapping[str, str] = MappingProxyType({})

Handler = Callable[[Exchange], Coroutine[Any, Any, Response]]


def notes_of(scope: Scope) -> Notes:
    """Return the notes of a request."""
    notes: Notes = scope[NOTES]
    return notes


def routed(handler: Handler) -> Callable[[Request], Coroutine[Any, Any, Response]]:
    """Return a handler as the framework's routes have them."""

    async def endpoint(request: Request) -> Response:
        exchange = Exchange(request.scope, request.receive, notes_of(request.scope))
        exchange.params = request.path_params
        return await handler(exchange)

    return endpoint


class Record:
    """The journal and the log, where exchanges end."""

    def __init__(self, journal: Journal, log_format: str) -> None:
        self._journal = journal
        self._line = LINES.get(log_format)

    def keep(self, notes: Notes) -> None:
        """Write an exchange down."""
        notes.now = notes.now or time.time()
        if not notes.path.startswith(UNSEEN):
            self._journal.add(notes)
        if self._line is not None:
            logger.info(self._line(_logged(notes)))


def stamps(notes: Notes) -> list[tuple[bytes, bytes]]:
    """Return the headers that identify the exchange, and when it was on the account's clock."""
    if notes.now is None:
        notes.now = time.time()
    headers = [_date(int(notes.now)), (b"x-request-id", notes.request_id.encode())]
    if notes.task_id is not None:
        headers.append((b"x-task-id", notes.task_id.encode()))
    if notes.headers:
        headers += [(name.lower().encode(), text.encode()) for name, text in notes.headers.items()]
    return headers


@lru_cache(maxsize=64)
def _date(second: int) -> tuple[bytes, bytes]:
    return b"date", formatdate(second, usegmt=True).encode()


Line = Mapping[str, object]


def _logged(notes: Notes) -> Line:
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


LINES: Mapping[str, Callable[[Line], str]] = {"text": _text, "json": json.dumps}
"""The formats of the log; any other name writes none."""
