"""What every exchange has: a request id, headers, a journal entry, one line in the log."""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import formatdate
from functools import lru_cache, partial
from types import MappingProxyType

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedance_contract.declared.operations import Body
from seedance_mock import redaction
from seedance_mock.journal import Entry, Journal
from seedance_mock.web.wire import wire_of

NOTES = "seedance_mock.notes"
"""The key of the scope under which an exchange is noted."""

UNSEEN = ("/_mock", "/healthz")
"""Paths that leave no trace in the journal: they are not of the API."""

_random = random.Random().getrandbits

logger = logging.getLogger("seedance_mock.access")


class Notes:
    """What becomes known of an exchange while it is handled; see `journal.Entry`.

    `body` is that of a create request, `accepted` the same with the fields that were ignored;
    both only if it is small, so that what is said of it can wait until somebody reads.
    `header_names` are those of the request. Class attributes are the defaults: most requests
    set few.
    """

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
    header_names: Sequence[str] = ()
    accepted: tuple[Body, tuple[str, ...]] | None = None
    request: dict[str, object] | None = None
    headers: Mapping[str, str] = MappingProxyType({})

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id

    def add(self, headers: Mapping[str, str]) -> None:
        """Give the answer more headers."""
        self.headers = {**self.headers, **headers}


def notes_of(scope: Scope) -> Notes:
    """Return the notes of a request."""
    notes: Notes = scope[NOTES]
    return notes


class Exchanges:
    """ASGI middleware: names each exchange, stamps its answer, keeps the journal and the log."""

    def __init__(self, app: ASGIApp, journal: Journal, log_format: str) -> None:
        self.app = app
        self._journal = journal
        self._line = LINES.get(log_format)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        notes = scope[NOTES] = Notes(f"req_{_random(96):024x}")
        wire = wire_of(scope)
        began = time.monotonic() if wire is None else wire.received
        came = (began, 0, 0) if wire is None else (began, wire.number, wire.turn)
        status: int | None = None
        answered: float | None = None

        async def stamped(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status, answered = message["status"], time.monotonic()
                message["headers"] = [*message["headers"], *stamps(notes)]
            await send(message)

        try:
            await self.app(scope, receive, stamped)
        except Exception:
            if notes.fault is None:
                status = 500
            raise
        finally:
            self._keep(scope, notes, came, answered, status)

    def _keep(
        self, scope: Scope, notes: Notes, came: Came, answered: float | None, status: int | None
    ) -> None:
        """Write the exchange into the journal and the log."""
        notes.now = notes.now or time.time()
        if not scope["path"].startswith(UNSEEN):
            asked = (scope["method"], scope["path"], scope["query_string"])
            self._journal.add(partial(_entry, asked, notes, came, answered, status))
        if self._line is not None:
            spent = (time.monotonic() - came[0]) * 1000
            logger.info(self._line(_logged(scope, notes, status, spent)))


Came = tuple[float, int, int]
"""When a request came, on which connection, as which of its requests."""

Asked = tuple[str, str, bytes]
"""The method, the path and the query of a request."""


def _entry(
    asked: Asked, notes: Notes, came: Came, answered: float | None, status: int | None, number: int
) -> Entry:
    method, path, query = asked
    received, connection, turn = came
    return Entry(
        number=number,
        request_id=notes.request_id,
        account=notes.account,
        time=notes.now or 0.0,
        received=received,
        answered=answered,
        connection=connection,
        turn=turn,
        method=method,
        target=redaction.target(path, query),
        place=notes.place,
        authorized=notes.authorized,
        task_id=notes.task_id,
        status=status,
        code=notes.code,
        task_status=notes.task_status,
        fault=notes.fault,
        applied=notes.applied,
        rules=notes.rules,
        warnings=[
            *(() if notes.accepted is None else redaction.warnings(*notes.accepted)),
            *redaction.strange_headers(notes.header_names),
        ],
        request=notes.request if notes.body is None else redaction.summary(notes.body),
    )


def stamps(notes: Notes) -> list[tuple[bytes, bytes]]:
    """Return the headers that identify the exchange, and when it was on the account's clock."""
    if notes.now is None:
        notes.now = time.time()
    headers = [(b"date", _date(int(notes.now))), (b"x-request-id", notes.request_id.encode())]
    if notes.task_id is not None:
        headers.append((b"x-task-id", notes.task_id.encode()))
    if notes.headers:
        lines = notes.headers.items()
        headers.extend((name.lower().encode(), text.encode()) for name, text in lines)
    return headers


@lru_cache(maxsize=64)
def _date(second: int) -> bytes:
    return formatdate(second, usegmt=True).encode()


Line = Mapping[str, object]


def _logged(scope: Scope, notes: Notes, status: int | None, spent: float) -> Line:
    return {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "method": scope["method"],
        "path": redaction.target(scope["path"]),
        "status": status,
        "ms": round(spent, 1),
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
