"""Authentication: from the Authorization header to an API key."""

from __future__ import annotations

import re
from collections.abc import Sequence

from seedance_contract.declared.errors import EXPIRED_KEY, INVALID_KEY, ErrorKind
from seedance_mock.domain.accounts import KEY_PATTERN
from seedance_mock.domain.errors import ApiError
from seedance_mock.service.admission import CHALLENGE
from seedance_mock.service.redaction import KNOWN_HEADERS, header_places
from seedance_mock.web.context import RequestContext

# Only the scheme is case-insensitive (RFC 9110, 11.1). re.IGNORECASE would accept SK- keys too.
# In process nobody has removed the white space around the value (RFC 9110, 5.5).
_BEARER = re.compile(rf"[ \t]*[Bb][Ee][Aa][Rr][Ee][Rr] +({KEY_PATTERN})[ \t]*")


def authorization_values(context: RequestContext) -> tuple[bytes, ...]:
    """Return the value of each Authorization header."""
    first_value, header_list = context.headers.get(b"authorization"), context.scope["headers"]
    if first_value is None:
        return ()
    # `context.headers` has one entry per name. Where the sizes are equal, no header is repeated.
    # That is the ordinary request, and it saves a loop over the headers.
    if len(header_list) == len(context.headers):
        return (first_value,)
    return tuple([value for name, value in header_list if name == b"authorization"])


def api_key(authorization: tuple[bytes, ...]) -> str:
    """Return the API key in the values of the Authorization headers.

    Raises ApiError: `invalid_api_key` if there is no value, more than one, or a malformed one.
    """
    # Latin-1 decodes any byte, so that a malformed value is a 401 and never an exception.
    match = (
        _BEARER.fullmatch(authorization[0].decode("latin-1")) if len(authorization) == 1 else None
    )
    if match is None:
        raise ApiError(INVALID_KEY, _rejection_reason(authorization), headers=CHALLENGE)
    return match[1]


NOWHERE: Sequence[str] = ()


def exposed_places(context: RequestContext, key: str) -> Sequence[str]:
    """Return the places besides Authorization that contain the key; see `JournalEntry.exposed`.

    The body is not among them: it has not been read when a key is checked.
    """
    headers, scope = context.headers, context.scope
    # One call in C for the ordinary request.
    if not scope["query_string"] and KNOWN_HEADERS.issuperset(headers) and key not in scope["path"]:
        return NOWHERE
    raw_key = key.encode()
    is_in_target = key in scope["path"] or raw_key in scope["query_string"]
    return [*(["target"] if is_in_target else []), *header_places(headers, raw_key)]


NO_HEADER = "no Authorization header"


def refusal_reason(
    authorization: tuple[bytes, ...], kind: ErrorKind, account: str | None
) -> str | None:
    """Return why a key is refused, for the log: None if the error is not about the key.

    No part of the key is in it. `account` is the name of the account, if the key has one.
    """
    if kind.status != 401:
        return None
    if len(authorization) != 1:
        return f"{len(authorization)} Authorization headers" if authorization else NO_HEADER
    if account is not None:
        return "the words of the key"
    value = authorization[0].decode("latin-1")
    if _BEARER.fullmatch(value):
        return "a key of --expired-key" if kind is EXPIRED_KEY else "not a key of --key"
    if " mt-" in value:
        return "a management token"
    return "malformed key" if value.lower().startswith("bearer ") else "not the scheme Bearer"


def _rejection_reason(authorization: tuple[bytes, ...]) -> str | None:
    """Return what is wrong with a value, or None for the ordinary message."""
    if any(b" mt-" in value for value in authorization):
        return "A management token cannot be used here; an API key starts with sk-"
    return None
