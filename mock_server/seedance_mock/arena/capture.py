"""The capture of one exchange: raw bytes and timestamps, converted to a record without the key."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

import httptools

from seedance_contract.client.jobs import NONCE_PATTERN
from seedance_contract.client.record import Headers, RecordedExchange
from seedance_contract.client.redaction import Secret
from seedance_contract.declared.dialects import ALL_ENDPOINTS
from seedance_contract.declared.routes import Endpoint
from seedance_contract.declared.tasks import TASK_ID_PATTERN
from seedance_contract.declared.v3.content import TEXT, content_items
from seedance_contract.declared.v3.routes import V3_TASK_ID_PATTERN
from seedance_mock.web.logs.access_log import LOG_ENTRY, AccessLogEntry
from seedance_mock.web.serializers import ASSET_PATH

# The first limit bounds the memory of a running case: a client may send, and a download returns,
# any number of bytes. The second bounds the report, which contains every exchange of every case.
MAX_CAPTURED_BYTES = 4 * 1024 * 1024
"""Bytes of a request body, and of a response, that a capture keeps."""

MAX_RECORDED_BYTES = 64 * 1024
"""Bytes of a header or body that a record contains."""

INTERIM_START = b"HTTP/1.1 1"
"""The first bytes of an interim response, such as 100 Continue or 103 Early Hints."""

CapturedHeaders = list[tuple[bytes, bytes]]


@dataclass(slots=True, kw_only=True)
class Capture:
    """The bytes and timestamps of an exchange that is in progress.

    Times are those of `time.monotonic`. `RecordedExchange` documents the other members.
    """

    origin: str
    connection: int
    turn: int
    seen: float = field(default_factory=time.monotonic)
    method: str = ""
    target: bytes = b""
    headers: CapturedHeaders = field(default_factory=list)
    body: bytearray = field(default_factory=bytearray)
    scope: dict[str, Any] = field(default_factory=dict)
    response: bytearray = field(default_factory=bytearray)
    sent: float | None = None
    ended: float | None = None
    complete: bool = False

    def add_request_body(self, data: bytes) -> None:
        """Add a part of the request body."""
        self.body += data[: MAX_CAPTURED_BYTES - len(self.body)]

    def add_response(self, data: bytes) -> None:
        """Add a part of the response, before the server writes it."""
        # A client waits after the final response, so an interim response must not start the clock.
        # Uvicorn (100 Continue) and the word `early` (103 Early Hints) write an interim response in
        # a call of its own, so the start of `data` shows what it is.
        if self.sent is None and data and not data.startswith(INTERIM_START):
            self.sent = time.monotonic()
        self.response += data[: MAX_CAPTURED_BYTES - len(self.response)]

    def end_response(self) -> None:
        """Note the time at which the response ends, before the client can notice it."""
        self.ended = self.ended or time.monotonic()

    def header(self, name: bytes) -> bytes:
        """Return the first value of a request header; nothing if there is none."""
        return next((value for key, value in self.headers if key.lower() == name), b"")


class _ResponseParser:
    """Parses the bytes of a response. An interim response is replaced by the final one."""

    def __init__(self, data: bytes) -> None:
        self.status: int | None = None
        self.headers: CapturedHeaders = []
        self.body = b""
        self._parser = httptools.HttpResponseParser(self)
        # An injected fault may send bytes that are not HTTP. What came before them counts.
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


def recorded_exchange(capture: Capture, secret: Secret, started: float) -> RecordedExchange:
    """Return the record of an exchange, in seconds since `started`, without the API key."""
    # The entry of the access log knows what the application did, such as the injected fault. There
    # is no entry if another origin received the request, or the request was not valid HTTP.
    entry: AccessLogEntry | None = capture.scope.get(LOG_ENTRY)
    response = _ResponseParser(bytes(capture.response))
    target = capture.target.decode("latin-1")
    place = place_of(capture.method, target) if entry is None else entry.place
    return RecordedExchange(
        origin=capture.origin,
        connection=capture.connection,
        turn=capture.turn,
        method=capture.method,
        target=_redacted(capture.target, secret),
        headers=_redacted_headers(capture.headers, secret),
        body=_redacted(bytes(capture.body), secret),
        seen=_seconds_since(capture.seen, started),
        sent=None if capture.sent is None else _seconds_since(capture.sent, started),
        ended=None if capture.ended is None else _seconds_since(capture.ended, started),
        place=place,
        task_id=_task_id_in(target) if entry is None else entry.task_id,
        job=nonce_in(bytes(capture.body)) if place == "create" else None,
        status=response.status,
        answer_headers=_redacted_headers(response.headers, secret),
        answer_body=_response_body(response, secret),
        complete=capture.complete,
        fault=None if entry is None else entry.fault,
        applied=None if entry is None else entry.applied,
    )


def _seconds_since(moment: float, started: float) -> float:
    return round(moment - started, 6)


def _redacted(data: bytes, secret: Secret) -> str:
    return secret.redacted_text(data, MAX_RECORDED_BYTES)


def _redacted_headers(headers: CapturedHeaders, secret: Secret) -> Headers:
    return tuple((_redacted(name, secret), _redacted(value, secret)) for name, value in headers)


TEXT_TYPES = re.compile(r"text/|application/json|application/problem")


def _response_body(response: _ResponseParser, secret: Secret) -> str:
    """Return the body of a response, or its size and type if it is not text."""
    head = Message()
    for name, value in response.headers:
        head[name.decode("latin-1")] = value.decode("latin-1")
    content_type = head.get("content-type", "")
    if not response.body or not content_type or TEXT_TYPES.match(content_type):
        return _redacted(response.body, secret)
    return f"({len(response.body)} bytes of {content_type})"


def place_of(method: str, target: str) -> str | None:
    """Return the kind of a request, as if the API had received it; None for all others."""
    path = target.partition("?")[0]
    if _path_pattern(ASSET_PATH).fullmatch(path):
        return "asset"
    return next(
        (endpoint.place for endpoint in ALL_ENDPOINTS if _matches_endpoint(endpoint, method, path)),
        None,
    )


def _matches_endpoint(endpoint: Endpoint, method: str, path: str) -> bool:
    return endpoint.method == method and _path_pattern(endpoint.path).fullmatch(path) is not None


def _path_pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"{\w+}", "[^/]+", template))


def _task_id_in(target: str) -> str | None:
    parts = re.split(r"[/?]", target)
    return next((part for part in parts if _TASK_ID(part)), None)


_TASK_ID = re.compile(f"{TASK_ID_PATTERN}|{V3_TASK_ID_PATTERN}").fullmatch


def nonce_in(body: bytes) -> str | None:
    """Return the nonce in the prompt of a create request, which identifies the logical job."""
    try:
        request = json.loads(body)
    except ValueError:
        return None
    if not isinstance(request, dict):
        return None
    # Under /api/v3 the prompt is the text among the items of `content`.
    texts = [item.value for item in content_items(request.get("content")) if item.kind is TEXT]
    for prompt in filter(None, (request.get("prompt"), *texts)):
        marker = NONCE_PATTERN.search(prompt) if isinstance(prompt, str) else None
        if marker:
            return marker[1]
    return None
