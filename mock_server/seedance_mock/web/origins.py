"""URLs of this server: as its client knows it, and as another origin."""

from __future__ import annotations

import re
from functools import lru_cache

from starlette.requests import Request
from starlette.types import Scope

from seedance_mock.settings import Settings
from seedance_mock.views import Origins

_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")


def base_url(request: Request) -> str:
    """Return the URL under which the client reached this server, or the one configured."""
    settings: Settings = request.app.state.settings
    if settings.public_url is not None:
        return settings.public_url
    scope = request.scope
    host = _host(header(scope, b"host"))
    if host is None:
        name, port = scope["server"]
        host = f"{name}:{port}"
    return f"{scope['scheme']}://{host}"


def origins_of(request: Request) -> Origins:
    """Return this server's origins as the client of a request is to know them."""
    settings: Settings = request.app.state.settings
    return Origins(base_url(request), settings.elsewhere)


def header(scope: Scope, name: bytes) -> bytes:
    """Return the value of a header, the first if there are several, empty where there is none."""
    value: bytes = dict(reversed(scope["headers"])).get(name, b"")
    return value


@lru_cache(maxsize=256)
def _host(sent: bytes) -> str | None:
    """Return what a Host header says, or None where that cannot be a host."""
    host = sent.decode("latin-1")
    return host if _HOST.fullmatch(host) else None
