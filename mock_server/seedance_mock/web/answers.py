"""JSON answers."""

from __future__ import annotations

import json
from collections.abc import Mapping

from starlette.responses import Response

JSON_TYPE = "application/json"

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def encoded(value: object) -> bytes:
    """Return `value` as it goes over the wire."""
    return _encode(value).encode()


class Encoded(Response):
    """An answer of bytes that are JSON already, without the detours of a general response."""

    def __init__(self, body: bytes, status: int = 200) -> None:
        self.status_code = status
        self.background = None
        self.body = body
        size = str(len(body)).encode()
        self.raw_headers = [(b"content-length", size), (b"content-type", b"application/json")]


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON answer."""
    if not headers:
        return Encoded(encoded(value), status)
    return Response(encoded(value), status, headers, JSON_TYPE)
