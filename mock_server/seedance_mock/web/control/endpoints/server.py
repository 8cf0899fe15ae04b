"""The endpoint of the control API for the server itself."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

import seedance_mock
from seedance_mock.domain.clock import wall_time
from seedance_mock.settings import MEMORY, SQLITE_SCHEME, Settings
from seedance_mock.web.control.requests import service_of
from seedance_mock.web.responses import json_response


async def read_server(request: Request) -> Response:
    """`GET /_mock/server`: the version, and the settings that change what a client sees."""
    settings: Settings = request.app.state.settings
    return json_response(
        {
            "version": seedance_mock.__version__,
            "started": request.app.state.started,
            "now": wall_time(),
            "store": store_kind(settings.store),
            "models": list(service_of(request).contract.models),
            "lifecycle": settings.lifecycle,
            "balance_usd": None if settings.balance is None else f"{settings.balance:f}",
            "requests_a_minute": settings.rate_limit,
            "retention_s": settings.retention,
            "any_key": not settings.keys,
            "tolerant": settings.tolerant,
            "explain": settings.explain,
            "journal": settings.journal,
            "journal_bodies": settings.journal_bodies,
            "control_token": bool(settings.control_token),
        }
    )


def store_kind(url: str) -> str:
    """Return what keeps the records: memory, sqlite or redis."""
    # The URL itself may have a password.
    scheme = url.partition(":")[0]
    return scheme if scheme in (MEMORY, SQLITE_SCHEME) else "redis"
