"""URLs of this server: as its client knows it, and as another origin."""

from __future__ import annotations

import re

from starlette.requests import Request

from seedance_mock.settings import Settings
from seedance_mock.views import Origins

_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")


def base_url(request: Request) -> str:
    """Return the URL under which the client reached this server, or the one configured."""
    settings: Settings = request.app.state.settings
    if settings.public_url is not None:
        return settings.public_url
    host = request.headers.get("host", "")
    if _HOST.fullmatch(host) is None:
        name, port = request.scope["server"]
        host = f"{name}:{port}"
    return f"{request.scope['scheme']}://{host}"


def origins_of(request: Request) -> Origins:
    """Return this server's origins as the client of a request is to know them."""
    settings: Settings = request.app.state.settings
    return Origins(base_url(request), settings.elsewhere)
