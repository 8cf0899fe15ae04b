"""What every exchange has: a request id, headers, a journal entry, one line in the log."""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import formatdate
from functools import lru_cache

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from seedance_mock import redaction
from seedance_mock.journal import Entry, Journal
from seedance_mock.web.wire import wire_of

NOTES = "seedance_mock.notes"
"""The key of the scope under which an exchange is noted."""

logger = logging.getLogger("seedance_mock.access")


@dataclass(slots=True)
class Notes:
    """What becomes known of an exchange while it is handled; see `journal.Entry`."""

    request_id: str
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
    warnings: list[str] = field(default_factory=list)
    request: dict[str, object] | None = None
    headers: dict[str, str] = field(default_factory=dict)
    hidden: bool = False


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
        notes = scope[NOTES] = Notes(f"req_{secrets.token_hex(12)}")
        began = time.monotonic()
        wire = wire_of(scope)
        came = (wire.number, wire.turn, wire.received) if wire else (0, 0, began)
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
            if not notes.hidden:
                self._journal.add(self._entry(scope, notes, came, answered, status))
            if self._line is not None:
                spent = (time.monotonic() - began) * 1000
                logger.info(self._line(_logged(scope, notes, status, spent)))

    def _entry(
        self,
        scope: Scope,
        notes: Notes,
        came: tuple[int, int, float],
        answered: float | None,
        status: int | None,
    ) -> Entry:
        connection, turn, received = came
        return Entry(
            number=self._journal.next_number(),
            request_id=notes.request_id,
            account=notes.account,
            time=time.time() if notes.now is None else notes.now,
            received=received,
            answered=answered,
            connection=connection,
            turn=turn,
            method=scope["method"],
            target=redaction.target(scope["path"], scope["query_string"]),
            place=notes.place,
            authorized=notes.authorized,
            task_id=notes.task_id,
            status=status,
            code=notes.code,
            task_status=notes.task_status,
            fault=notes.fault,
            applied=notes.applied,
            rules=notes.rules,
            warnings=notes.warnings,
            request=notes.request,
        )


def stamps(notes: Notes) -> list[tuple[bytes, bytes]]:
    """Return the headers that identify the exchange, and when it was on the account's clock."""
    now = time.time() if notes.now is None else notes.now
    headers = [(b"date", _date(int(now))), (b"x-request-id", notes.request_id.encode())]
    if notes.task_id is not None:
        headers.append((b"x-task-id", notes.task_id.encode()))
    headers.extend((name.lower().encode(), text.encode()) for name, text in notes.headers.items())
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
