"""What every exchange has: a request id, the task's id in a header, one line in the log."""

from __future__ import annotations

import json
import logging
import re
import secrets
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

REQUEST_ID = "request_id"
TASK_ID = "task_id"
"""Keys of the scope."""

logger = logging.getLogger("seedance_mock.access")

Entry = Mapping[str, object]


class Exchanges:
    """ASGI middleware: gives each request an id, stamps the answer, writes the log line."""

    def __init__(self, app: ASGIApp, log_format: str) -> None:
        self.app = app
        self._line = LINES.get(log_format)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        scope[REQUEST_ID] = f"req_{secrets.token_hex(12)}"
        began, status = time.perf_counter(), 500

        async def stamped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"].extend(stamps(scope))
            await send(message)

        try:
            await self.app(scope, receive, stamped)
        finally:
            if self._line is not None:
                spent = (time.perf_counter() - began) * 1000
                logger.info(self._line(_entry(scope, status, spent)))


def stamps(scope: Scope) -> list[tuple[bytes, bytes]]:
    """Return the headers that identify the exchange and the task it is about."""
    headers = [(b"x-request-id", scope[REQUEST_ID].encode())]
    if TASK_ID in scope:
        headers.append((b"x-task-id", scope[TASK_ID].encode()))
    return headers


def _entry(scope: Scope, status: int, spent: float) -> Entry:
    return {
        "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "method": scope["method"],
        "path": loggable(scope["path"]),
        "status": status,
        "ms": round(spent, 1),
        "request_id": scope[REQUEST_ID],
        "task_id": scope.get(TASK_ID),
    }


_PLAIN_SEGMENT = re.compile(r"(?!sk-|mt-)[A-Za-z0-9._-]{1,48}")


def loggable(path: str) -> str:
    """Return a path that can be shown: a segment that might be a key, prompt or URL becomes `*`.

    The query is never logged.
    """
    segments = path.split("/")[1:12]
    shown = (part if not part or _PLAIN_SEGMENT.fullmatch(part) else "*" for part in segments)
    return "/" + "/".join(shown)


def _text(entry: Entry) -> str:
    task = f" {entry['task_id']}" if entry["task_id"] else ""
    return "{time} {method} {path} {status} {ms} ms {request_id}".format(**entry) + task


LINES: Mapping[str, Callable[[Entry], str]] = {"text": _text, "json": json.dumps}
"""The formats of the log; any other name writes none."""
