"""Request bodies: from bytes to a JSON object, without trusting the client."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from starlette.requests import ClientDisconnect
from starlette.types import Receive

from seedance_contract.declared.errors import (
    INVALID_REQUEST,
    PAYLOAD_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
)
from seedance_contract.declared.operations import Body
from seedance_contract.declared.routes import (
    MAX_BODY_DEPTH,
    MAX_BODY_VALUES,
    MAX_INTEGER_DIGITS,
)
from seedance_mock.domain.errors import ApiError

_BYTE_ORDER_MARK = "\ufeff"

# "identity" means no encoding. It should not be sent (RFC 9110, 8.4.1), but harms nobody.
_NO_ENCODING = {b"", b"identity"}

_SIGNATURES: Mapping[bytes, str] = MappingProxyType(
    {
        b"\x1f\x8b": "it looks like gzip; send it uncompressed",
        b"x\x9c": "it looks like deflate; send it uncompressed",
        b"\xff\xfe": "it begins with a byte order mark of UTF-16",
        b"\xfe\xff": "it begins with a byte order mark of UTF-16",
    }
)

MAX_LENGTH_DIGITS = 18
"""The most digits of a Content-Length that are converted to a number."""


async def read_bytes(receive: Receive, content_length: bytes, limit: int) -> bytes:
    """Return the body of a request.

    Raises ApiError: `payload_too_large` as soon as the Content-Length or the received part is
    larger than `limit`. The rest of the body is not read.
    """
    if _parsed_length(content_length) > limit:
        raise payload_too_large(limit)
    body, more_body = bytearray(), True
    # The received bytes are counted too: a chunked body has no Content-Length.
    while more_body:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        body += message.get("body", b"")
        more_body = message.get("more_body", False)
        if len(body) > limit:
            raise payload_too_large(limit)
    return bytes(body)


def _parsed_length(content_length: bytes) -> int:
    """Return the number in a Content-Length header, 0 if there is none."""
    digits = content_length.lstrip(b"0")
    if not digits.isdigit():
        return 0
    # int() raises ValueError for more than 4300 digits. 18 digits are more than any limit.
    return int(digits) if len(digits) <= MAX_LENGTH_DIGITS else sys.maxsize


def payload_too_large(limit: int) -> ApiError:
    """Return the error for a body of more than `limit` bytes."""
    message = f"The request body is larger than {limit} bytes"
    # The rest of the body is not read, so the connection cannot carry another request
    # (RFC 9110, 15.5.14).
    return ApiError(PAYLOAD_TOO_LARGE, message, headers={"Connection": "close"})


def require_unencoded(headers: Iterable[tuple[bytes, bytes]]) -> None:
    """Return if the body of a request is sent as it is.

    Raises ApiError: `unsupported_media_type` if a header says that the body is encoded, also where
    the bytes happen to be plain.
    """
    lists = [value for name, value in headers if name == b"content-encoding"]
    codings = {coding.strip().lower() for coding in b",".join(lists).split(b",")}
    if not codings <= _NO_ENCODING:
        # Accept-Encoding says what would be accepted (RFC 9110, 12.5.3).
        raise ApiError(
            UNSUPPORTED_MEDIA_TYPE,
            "Content-Encoding is not supported: send the body as plain JSON, without this header",
            headers={"Accept-Encoding": "identity"},
        )


def parse_object(raw: bytes) -> Body:
    """Parse a JSON object strictly: UTF-8, no NaN, no duplicate name, no lone surrogate.

    Raises ApiError: `invalid_request_error` for anything else.
    """
    try:
        text = raw.decode()
        _check_structure(raw)
        value = _parse_json(text)
        # Only an escape can make a lone surrogate, as UTF-8 cannot encode one. Such a string would
        # raise later, when a response or the journal is encoded.
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
    except UnicodeDecodeError:
        raise _invalid(f"The body is not UTF-8{_hint(raw)}") from None
    except UnicodeEncodeError:
        raise _invalid("The body has a lone surrogate") from None
    except ValueError as error:
        raise _invalid(_parse_error_message(error)) from None
    if not isinstance(value, dict):
        raise _invalid("The body must be a JSON object")
    return value


# The parts of JSON that tell how large and how deep a value is. The quantifiers are possessive, so
# that a string without an end is scanned once and not again from each of its quotes.
_STRUCTURE = re.compile(
    rb'(?P<string>"[^"\\]*+(?:\\.[^"\\]*+)*+"?)'
    rb"|(?P<empty>\[[ \t\n\r]*+\]|\{[ \t\n\r]*+\})|(?P<open>[\[{])|(?P<close>[\]}])|(?P<comma>,)"
    # Whatever lies between, in one match: searching it byte by byte takes ten times as long.
    rb'|[^"\[\]{},]++',
    re.DOTALL,
)


def _check_structure(raw: bytes) -> None:
    """Raise ValueError if a body is nested too deeply, or if it has too many values.

    The limits of the parser are the interpreter's stack, which differs between versions of
    Python, and time: two million members take it two seconds, in which the server answers nobody.
    """
    # Two counts in C are enough for all ordinary bodies: no value is shorter than a byte.
    if len(raw) < MAX_BODY_VALUES and raw.count(b"[") + raw.count(b"{") <= MAX_BODY_DEPTH:
        return
    depth, values, strings = 0, 1, 0
    for match in _STRUCTURE.finditer(raw):
        kind = match.lastgroup
        depth += (kind == "open") - (kind == "close")
        values += kind in ("open", "comma")
        strings += kind == "string"
        if depth > MAX_BODY_DEPTH:
            raise _RejectedJSON("The body is nested too deeply")
        # Strings bound the loop where nothing separates them, which only the parser refuses.
        if values > MAX_BODY_VALUES or strings > 2 * MAX_BODY_VALUES:
            raise _RejectedJSON(f"The body has more than {MAX_BODY_VALUES} values")


def _hint(raw: bytes) -> str:
    """Return what a body without UTF-8 may be instead, or nothing."""
    return "".join(f": {hint}" for start, hint in _SIGNATURES.items() if raw.startswith(start))


def _invalid(message: str) -> ApiError:
    return ApiError(INVALID_REQUEST, message)


def _parse_error_message(error: ValueError) -> str:
    """Return a message with the position of the error. It never quotes the body."""
    if isinstance(error, json.JSONDecodeError):
        if error.doc.startswith(_BYTE_ORDER_MARK):
            return "The body begins with a UTF-8 byte order mark; send it without (RFC 8259, 8.1)"
        return f"The body is not JSON: line {error.lineno}, column {error.colno}"
    return str(error)


class _RejectedJSON(ValueError):
    """JSON that Python's parser accepts but this server does not."""


def _object_with_unique_names(pairs: Sequence[tuple[str, object]]) -> dict[str, object]:
    # Which of two equal names counts depends on the parser (RFC 8259, 4). No client may rely on it.
    members = dict(pairs)
    if len(members) < len(pairs):
        raise _RejectedJSON("An object in the body has the same name twice")
    return members


def _parse_integer(digits: str) -> int:
    # The limit of the interpreter is another one, which the environment can even switch off
    # (PYTHONINTMAXSTRDIGITS). 10,000 integers of its 4,300 digits take more than a second.
    if len(digits) > MAX_INTEGER_DIGITS:
        raise _RejectedJSON("The body has a number that is too long")
    return int(digits)


def _reject_constant(name: str) -> object:
    # Python's parser accepts NaN and Infinity, which RFC 8259, 6, does not permit.
    raise _RejectedJSON(f"The body has {name}, which is not JSON")


# `JSONDecoder.decode` skips white space with two regular expressions; `_parse_json` takes 1.3 µs
# instead of 1.6 µs for a short body.
_raw_decode = json.JSONDecoder(
    object_pairs_hook=_object_with_unique_names,
    parse_int=_parse_integer,
    parse_constant=_reject_constant,
).raw_decode

_WHITESPACE = " \t\n\r"


def _parse_json(text: str) -> object:
    """Return the only JSON value in a text. Raises ValueError."""
    value, end = _raw_decode(text, len(text) - len(text.lstrip(_WHITESPACE)))
    if text[end:].strip(_WHITESPACE):
        raise json.JSONDecodeError("Extra data", text, end)
    return value
