"""The journal as an HTTP Archive: HAR 1.2, which browsers and HTTP tools read.

Source: the HAR 1.2 specification, w3c.github.io/web-performance/specs/HAR/Overview.html. Members
that begin with an underscore are extensions.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import seedance_mock
from seedance_mock.service.journal.entries import JournalEntry
from seedance_mock.web.responses import JSON_TYPE
from seedance_mock.web.serializers import JSON

if TYPE_CHECKING:
    from seedance_contract.client.record import Headers
    from seedance_mock.service.journal.content_log import Content, Message

UNKNOWN_HOST = "mock.invalid"
"""The host of a request whose Host header is not shown. Nobody can own this name (RFC 2606)."""

UNKNOWN_SIZE = -1
"""What the format has for a size that is not known."""


def har_document(entries: list[JSON]) -> JSON:
    """Return an archive with these entries."""
    creator = {"name": "seedance-mock", "version": seedance_mock.__version__}
    return {"log": {"version": "1.2", "creator": creator, "entries": entries}}


def har_entry(entry: JournalEntry, content: Content | None) -> JSON:
    """Return a request and its response as an entry of an archive.

    `content` is what was sent, None if the server keeps only the journal entry. Then there are no
    headers and bodies, and what may be a secret is `*` in the URL.
    """
    wait = 0.0 if entry.answered is None else 1000 * (entry.answered - entry.received)
    started = datetime.fromtimestamp(entry.started, UTC).isoformat(timespec="milliseconds")
    har: JSON = {
        "startedDateTime": started.replace("+00:00", "Z"),
        "time": round(wait, 3),
        "request": _request(entry, content),
        "response": _response(entry, content),
        "cache": {},
        "timings": {"send": 0, "wait": round(wait, 3), "receive": 0},
    }
    if entry.connection:
        har["connection"] = str(entry.connection)
    return har | {f"_{name}": getattr(entry, name) for name in EXTENSIONS}


EXTENSIONS = (
    *("request_id", "client_request_id", "account", "task_id"),
    *("task_status", "code", "fault", "rules", "callback"),
)
"""The members of an entry that the format has no place for."""


def _request(entry: JournalEntry, content: Content | None) -> JSON:
    path, _, query = entry.target.partition("?")
    sent = content.request if content else None
    request: JSON = {
        "method": entry.method,
        "url": f"http://{entry.host or UNKNOWN_HOST}{path}" + (f"?{query}" if query else ""),
        **_common_members(sent),
        "queryString": [
            {"name": name, "value": value}
            for name, value in parse_qsl(query, keep_blank_values=True)
        ],
    }
    if sent is not None and sent.body:
        media_type = _header(sent.headers, "content-type") or JSON_TYPE
        request["postData"] = {"mimeType": media_type, "text": sent.body}
    return request


def _response(entry: JournalEntry, content: Content | None) -> JSON:
    received = content.response if content else None
    headers = received.headers if received else ()
    shown: JSON = {"size": UNKNOWN_SIZE, "mimeType": _header(headers, "content-type")}
    if received is not None:
        shown = {**shown, "size": len(received.body.encode()), "text": received.body}
    status = entry.status or 0
    return {
        # 0 is what browsers write for a response that never came.
        "status": status,
        "statusText": _reason(status),
        **_common_members(received),
        "content": shown,
        "redirectURL": str((entry.response or {}).get("location", "")),
    }


def _common_members(sent: Message | None) -> Mapping[str, object]:
    headers = sent.headers if sent else ()
    return {
        "httpVersion": "HTTP/1.1",
        "cookies": [],
        "headers": [{"name": name, "value": value} for name, value in headers],
        "headersSize": UNKNOWN_SIZE,
        "bodySize": UNKNOWN_SIZE,
    }


def _header(headers: Headers, name: str) -> str:
    return next((value for key, value in headers if key == name), "")


def _reason(status: int) -> str:
    return HTTPStatus(status).phrase if status else ""
