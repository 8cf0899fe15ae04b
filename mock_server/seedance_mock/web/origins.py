"""URLs of this server: as its client knows it, and as another origin."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from seedance_mock.web.context import RequestContext
from seedance_mock.web.serializers import Origins

_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")


class OriginResolver:
    """Tells this server's origins as the client of a request is to know them.

    `public_url` is the URL of this server, None for the one under which it was reached;
    `elsewhere` are other origins by name.
    """

    def __init__(self, public_url: str | None, elsewhere: Mapping[str, str]) -> None:
        self._public = None if public_url is None else Origins(public_url, elsewhere)
        self._elsewhere = elsewhere
        self._named = lru_cache(maxsize=256)(self._under)

    def origins(self, exchange: RequestContext) -> Origins:
        """Return the origins for a request."""
        if self._public is not None:
            return self._public
        scope = exchange.scope
        named = self._named(scope["scheme"], exchange.headers.get(b"host", b""))
        if named is not None:
            return named
        host, port = scope["server"]
        return Origins(f"{scope['scheme']}://{host}:{port}", self._elsewhere)

    def _under(self, scheme: str, sent: bytes) -> Origins | None:
        """Return the origins under what a Host header says, None where that cannot be a host."""
        host = sent.decode("latin-1")
        return Origins(f"{scheme}://{host}", self._elsewhere) if _HOST.fullmatch(host) else None
