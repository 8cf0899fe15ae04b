"""Who calls: from the Authorization header to a key."""

from __future__ import annotations

import re

from seedance_contract.declared.errors import INVALID_KEY
from seedance_mock.domain.accounts import KEY_PATTERN
from seedance_mock.domain.errors import ApiError
from seedance_mock.service.admission import CHALLENGE
from seedance_mock.web.context import RequestContext

_BEARER = re.compile(rf"[Bb][Ee][Aa][Rr][Ee][Rr] +({KEY_PATTERN})")


def authorization_values(context: RequestContext) -> tuple[bytes, ...]:
    """Return the values of every Authorization header."""
    first, lines = context.headers.get(b"authorization"), context.scope["headers"]
    if first is None:
        return ()
    if len(lines) == len(context.headers):
        return (first,)
    return tuple([value for name, value in lines if name == b"authorization"])


def api_key(authorization: tuple[bytes, ...]) -> str:
    """Return the API key of a request.

    Raises ApiError: `invalid_api_key` where there is none, several, or one that is malformed.
    """
    match = (
        _BEARER.fullmatch(authorization[0].decode("latin-1")) if len(authorization) == 1 else None
    )
    if match is None:
        raise ApiError(INVALID_KEY, _reason(authorization), headers=CHALLENGE)
    return match[1]


def _reason(sent: tuple[bytes, ...]) -> str | None:
    if any(b" mt-" in value for value in sent):
        return "A management token cannot be used here; an API key starts with sk-"
    return None
