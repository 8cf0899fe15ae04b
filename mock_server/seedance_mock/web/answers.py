"""JSON answers."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus

from starlette.responses import Response

JSON_TYPE = "application/json"

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def encoded(value: object) -> bytes:
    """Return `value` as it goes over the wire."""
    return _encode(value).encode()


STATUS_LINES = {one.value: f"HTTP/1.1 {one.value} {one.phrase}\r\n".encode() for one in HTTPStatus}


class Encoded(Response):
    """An answer of bytes that are JSON already, without the detours of a general response."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        self.status_code = status
        self.background = None
        self.body: bytes = body
        size = str(len(body)).encode()
        self.raw_headers = [(b"content-length", size), (b"content-type", b"application/json")]

    def raw(self, stamps: Iterable[tuple[bytes, bytes]]) -> bytes:
        """Return the answer with further headers as it goes over the wire."""
        lines = [STATUS_LINES[self.status_code]]
        for header in (*self.raw_headers, *stamps):
            lines.append(b"%b: %b\r\n" % header)
        lines += (b"\r\n", self.body)
        return b"".join(lines)


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON answer."""
    if not headers:
        return Encoded(encoded(value), status)
    return Response(encoded(value), status, headers, JSON_TYPE)
