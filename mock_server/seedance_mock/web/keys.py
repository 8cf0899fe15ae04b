"""API keys: from the Authorization header to the owner of tasks."""

from __future__ import annotations

import hashlib
import re

from starlette.requests import Request

from seedance_contract.declared.errors import EXPIRED_KEY, INVALID_KEY
from seedance_mock.refusals import ApiError
from seedance_mock.settings import Settings

_BEARER = re.compile(r"[Bb][Ee][Aa][Rr][Ee][Rr] +(sk-[A-Za-z0-9._~+/-]{1,500}=*)")
_CHALLENGE = {"WWW-Authenticate": "Bearer"}


def owner(request: Request) -> str:
    """Return who asks: a digest of the key, so that no record holds the key itself.

    Raises ApiError: `invalid_api_key` or `expired_api_key`.
    """
    sent = request.headers.getlist("authorization")
    match = _BEARER.fullmatch(sent[0]) if len(sent) == 1 else None
    if match is None:
        raise ApiError(INVALID_KEY, _reason(sent), headers=_CHALLENGE)
    key = match[1]
    settings: Settings = request.app.state.settings
    if key in settings.expired_keys:
        raise ApiError(EXPIRED_KEY, headers=_CHALLENGE)
    if settings.keys and key not in settings.keys:
        raise ApiError(INVALID_KEY, headers=_CHALLENGE)
    return hashlib.blake2b(key.encode(), digest_size=16).hexdigest()


def _reason(sent: list[str]) -> str | None:
    if any(" mt-" in value for value in sent):
        return "A management token cannot be used here; an API key starts with sk-"
    return None


def validate(request: Request) -> None:
    """Validate the key of a request that needs none: absent is fine, wrong is not."""
    if "authorization" in request.headers:
        owner(request)
