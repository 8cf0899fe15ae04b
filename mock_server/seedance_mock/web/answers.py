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


def answer(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return a JSON answer."""
    return Response(encoded(value), status, headers, JSON_TYPE)
