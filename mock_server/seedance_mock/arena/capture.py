"""One exchange while it goes on: raw bytes and stamps, to be told without the key."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

import httptools

from seedance_contract.client.jobs import NONCE
from seedance_contract.client.record import Exchange, Headers
from seedance_contract.client.redaction import Secret
from seedance_contract.declared.routes import (
    CANCEL,
    CREATE,
    GET_MODEL,
    GET_MODEL_PRICING,
    LIST_MODELS,
    LIST_PRICING,
    READ,
    READ_OLD,
    Endpoint,
)
from seedance_contract.declared.tasks import ID
from seedance_mock.web.context import LOG_ENTRY, AccessLogEntry
from seedance_mock.web.serializers import ASSETS

MOST_RAW = 4 * 1024 * 1024
"""Bytes of a request's body, and of an answer, that are kept while a case runs."""

MOST_TOLD = 64 * 1024
"""Bytes of a body that a record tells."""

Raw = list[tuple[bytes, bytes]]


@dataclass(slots=True, kw_only=True)
class Tape:
    """What is known of an exchange. Times are those of `time.monotonic`."""

    origin: str
    connection: int
    turn: int
    seen: float = field(default_factory=time.monotonic)
    method: str = ""
    target: bytes = b""
    headers: Raw = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    scope: dict[str, Any] = field(default_factory=dict)
    answer: bytearray = field(default_factory=bytearray)
    sent: float | None = None
    ended: float | None = None
    complete: bool = False

    def reading(self, data: bytes) -> None:
        """Keep a part of the request's body."""
        self.body += data[: MOST_RAW - len(self.body)]

    def writing(self, data: bytes) -> None:
        """Stamp and keep a part of the answer, before it is written."""
        if self.sent is None and data and not data.startswith(INTERIM):
            self.sent = time.monotonic()
        self.answer += data[: MOST_RAW - len(self.answer)]

    def ending(self) -> None:
        """Stamp the end of the answer, before the connection learns of it."""
        self.ended = self.ended or time.monotonic()

    def header(self, name: bytes) -> bytes:
        """Return the first value of a request header; nothing where there is none."""
        return next((value for key, value in self.headers if key.lower() == name), b"")


INTERIM = b"HTTP/1.1 1"
"""How answers begin that are not the last word."""


class _Reply:
    """Reads the bytes of an answer; the last head counts, as the first may be interim."""

    def __init__(self, data: bytes) -> None:
        self.status: int | None = None
        self.headers: Raw = []
        self.body = b""
        self._parser = httptools.HttpResponseParser(self)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            return

    def on_message_begin(self) -> None:
        self.headers, self.body, self.status = [], b"", None

    def on_header(self, name: bytes, value: bytes) -> None:
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()

    def on_body(self, body: bytes) -> None:
        self.body += body


def exchange(tape: Tape, secret: Secret, began: float) -> Exchange:
    """Return what a record tells of an exchange, in seconds since `began`, without the key."""
    notes: AccessLogEntry | None = tape.scope.get(LOG_ENTRY)
    reply = _Reply(bytes(tape.answer))
    target = tape.target.decode("latin-1")
    place = place_of(tape.method, target) if notes is None else notes.place
    return Exchange(
        origin=tape.origin,
        connection=tape.connection,
        turn=tape.turn,
        method=tape.method,
        target=_told(tape.target, secret),
        headers=_headers(tape.headers, secret),
        body=_told(bytes(tape.body), secret),
        seen=_since(tape.seen, began),
        sent=None if tape.sent is None else _since(tape.sent, began),
        ended=None if tape.ended is None else _since(tape.ended, began),
        place=place,
        task_id=_task_id(target) if notes is None else notes.task_id,
        job=nonce_in(bytes(tape.body)) if place == "create" else None,
        status=reply.status,
        answer_headers=_headers(reply.headers, secret),
        answer_body=_shown(reply, secret),
        complete=tape.complete,
        fault=None if notes is None else notes.fault,
        applied=None if notes is None else notes.applied,
    )


def _since(moment: float, began: float) -> float:
    return round(moment - began, 6)


def _told(data: bytes, secret: Secret) -> str:
    return secret.hidden_text(data, MOST_TOLD)


def _headers(raw: Raw, secret: Secret) -> Headers:
    return tuple((_told(name, secret), _told(value, secret)) for name, value in raw)


TEXTUAL = re.compile(r"text/|application/json|application/problem")


def _shown(reply: _Reply, secret: Secret) -> str:
    """Return the body of an answer, or what it is where nobody could read it."""
    head = Message()
    for name, value in reply.headers:
        head[name.decode("latin-1")] = value.decode("latin-1")
    kind = head.get("content-type", "")
    if not reply.body or not kind or TEXTUAL.match(kind):
        return _told(reply.body, secret)
    return f"({len(reply.body)} bytes of {kind})"


PLACES = (
    (CREATE, "create"),
    (READ, "poll"),
    (READ_OLD, "poll"),
    (CANCEL, "cancel"),
    (LIST_MODELS, "models"),
    (GET_MODEL_PRICING, "pricing"),
    (GET_MODEL, "models"),
    (LIST_PRICING, "pricing"),
)


def place_of(method: str, target: str) -> str | None:
    """Return what a request would have asked for at the API."""
    path = target.partition("?")[0]
    if _pattern(ASSETS).fullmatch(path):
        return "asset"
    return next((place for one, place in PLACES if _is(one, method, path)), None)


def _is(endpoint: Endpoint, method: str, path: str) -> bool:
    return endpoint.method == method and _pattern(endpoint.path).fullmatch(path) is not None


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{\w+}", "[^/]+", template))


def _task_id(target: str) -> str | None:
    return next((part for part in re.split(r"[/?]", target) if ID.fullmatch(part)), None)


def nonce_in(body: bytes) -> str | None:
    """Return which logical job a create request is for, by its prompt."""
    try:
        told = json.loads(body)
    except ValueError:
        return None
    prompt = told.get("prompt") if isinstance(told, dict) else None
    found = NONCE.search(prompt) if isinstance(prompt, str) else None
    return found[1] if found else None
