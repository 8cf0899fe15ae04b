"""Request bodies: bytes to a JSON object, strictly, without trusting the client."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from seedance_contract.declared.errors import INVALID_REQUEST, PAYLOAD_TOO_LARGE
from seedance_contract.declared.operations import Body
from seedance_mock.domain.errors import ApiError

MAX_LENGTH_DIGITS = 18
"""Digits of a length that can be meant; Python itself converts a few thousand at most."""


async def read_bytes(receive: Receive, announced: bytes, limit: int) -> bytes:
    """Return the body of a request.

    Raises ApiError: `payload_too_large` as soon as more than `limit` bytes are `announced`, as
    the Content-Length says, or have come, without reading the rest.
    """
    if _length(announced) > limit:
        raise too_large(limit)
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > limit:
            raise too_large(limit)
    return bytes(body)


def _length(announced: bytes) -> int:
    """Return how many bytes the body is said to have, 0 where nothing sensible is said."""
    length = announced.lstrip(b"0")
    if not length.isdigit():
        return 0
    return int(length) if len(length) <= MAX_LENGTH_DIGITS else sys.maxsize


def too_large(limit: int) -> ApiError:
    """Return the refusal of a body of more than `limit` bytes."""
    message = f"The request body is larger than {limit} bytes"
    return ApiError(PAYLOAD_TOO_LARGE, message, headers={"Connection": "close"})


def parse_object(raw: bytes) -> Body:
    """Parse a JSON object strictly: UTF-8, no NaN, no name twice, no lone surrogate.

    Raises ApiError: `invalid_request_error` for anything else.
    """
    try:
        text = raw.decode()
        value = _value(text)
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError:
        raise _invalid("The body is not UTF-8") from None
    except UnicodeEncodeError:
        raise _invalid("The body has a lone surrogate") from None
    except RecursionError:
        raise _invalid("The body is nested too deeply") from None
    except ValueError as error:
        raise _invalid(_what(error)) from None
    if not isinstance(value, dict):
        raise _invalid("The body must be a JSON object")
    return value


def _invalid(message: str) -> ApiError:
    return ApiError(INVALID_REQUEST, message)


def _what(error: ValueError) -> str:
    """Say where the parser stopped, never what stood there."""
    if isinstance(error, json.JSONDecodeError):
        return f"The body is not JSON: line {error.lineno}, column {error.colno}"
    if isinstance(error, _Malformed):
        return str(error)
    return "The body has a number that is too long"


class _Malformed(ValueError):
    pass


def _unique(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    names = dict(pairs)
    if len(names) < len(pairs):
        raise _Malformed("The body gives one name twice in an object")
    return names


def _no_constant(name: str) -> object:
    raise _Malformed(f"The body has {name}, which is not JSON")


_decode = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_no_constant).raw_decode

_SPACE = " \t\n\r"


def _value(text: str) -> object:
    """Return the value that is all of a text. Raises ValueError."""
    value, end = _decode(text, len(text) - len(text.lstrip(_SPACE)))
    if text[end:].strip(_SPACE):
        raise json.JSONDecodeError("Extra data", text, end)
    return value
