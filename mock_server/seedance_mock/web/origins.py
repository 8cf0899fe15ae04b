"""URLs of this server: as its client knows it, and as another origin."""

from __future__ import annotations

import re

from starlette.requests import Request

from seedance_mock.settings import Settings
from seedance_mock.views import ASSETS, foreign_origin

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


def other_origin(request: Request) -> str:
    """Return the origin that a redirect of this request leads to."""
    settings: Settings = request.app.state.settings
    of_file = request.scope["path"].startswith(ASSETS.partition("{")[0])
    return (
        settings.third_url if of_file and settings.third_url else foreign_origin(base_url(request))
    )


def target_of(request: Request) -> str:
    """Return the path of a request, with its query where it has one."""
    query = request.scope["query_string"].decode("latin-1")
    return f"{request.scope['path']}?{query}" if query else str(request.scope["path"])
