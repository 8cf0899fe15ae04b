"""JSON responses."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus

import orjson
from starlette.responses import Response

JSON_TYPE = "application/json"
EVENT_STREAM_TYPE = "text/event-stream"


def encode_json(value: object) -> bytes:
    """Return `value` as JSON, compact and in UTF-8."""
    try:
        return orjson.dumps(value)
    except TypeError:
        # orjson refuses integers of more than 64 bits, which a client may have sent.
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


_CONTENT_TYPE = (b"content-type", JSON_TYPE.encode())

STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}


class EncodedResponse(Response):
    """A response whose body is JSON in bytes already.

    It skips what `Response.__init__` does for bodies, headers and media types of every kind: that
    took longer than the rest of a poll.
    """

    def __init__(self, body: bytes, status: int = 200) -> None:
        self.status_code = status
        self.background = None
        self.body: bytes = body
        self.raw_headers = [(b"content-length", b"%d" % len(body)), _CONTENT_TYPE]

    def to_bytes(self, extra_headers: Iterable[tuple[bytes, bytes]]) -> bytes:
        """Return the whole response with further headers, as it is sent over HTTP/1.1."""
        headers = [b"%b: %b\r\n" % header for header in (*self.raw_headers, *extra_headers)]
        return b"".join((STATUS_LINES[self.status_code], *headers, b"\r\n", self.body))


def json_response(
    value: object, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response:
    """Return a response with `value` as JSON."""
    if not headers:
        return EncodedResponse(encode_json(value), status)
    return Response(encode_json(value), status, headers, JSON_TYPE)
