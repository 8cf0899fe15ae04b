"""Origins of this server: the one that its client uses, and the ones that scripts lead to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from seedance_mock.web.context import RequestContext

# The Host header becomes part of the URLs in a response. A slash, an `@`, a quote or a space in it
# would change what such a URL means.
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")


def other_origin(base: str) -> str:
    """Return an origin that differs from `base` but is this machine too."""
    scheme, _, host = base.partition("://")
    name, colon, port = host.partition(":")
    other_name = "127.0.0.1" if name == "localhost" else "localhost"
    return f"{scheme}://{other_name}{colon}{port}"


@dataclass(frozen=True, slots=True)
class Origins:
    """The origins of this server: `api` is the one that its client uses, `others` have names."""

    api: str
    others: Mapping[str, str] = field(default_factory=dict)

    def other(self, name: str) -> str:
        """Return the origin of this name; this machine under another host name by default."""
        return self.others.get(name) or other_origin(self.api)


class OriginResolver:
    """Finds the origins under which the client of a request reaches this server.

    `public_url` is the URL of this server, None for the URL that the client used. `other_origins`
    are further origins by name.
    """

    def __init__(self, public_url: str | None, other_origins: Mapping[str, str]) -> None:
        self._public = None if public_url is None else Origins(public_url, other_origins)
        self._other_origins = other_origins
        # The cache also makes the result the same object for each request to a host. The cache of
        # polls compares it by identity. Its size is bounded, as clients choose the header.
        self._cached_origins = lru_cache(maxsize=256)(self._origins_of_host)

    def origins(self, context: RequestContext) -> Origins:
        """Return the origins for a request."""
        if self._public is not None:
            return self._public
        scope = context.scope
        origins = self._cached_origins(scope["scheme"], context.headers.get(b"host", b""))
        if origins is not None:
            return origins
        # HTTP/1.0 has no Host header, and an invalid one is not repeated to the client.
        host, port = scope["server"]
        return Origins(f"{scope['scheme']}://{host}:{port}", self._other_origins)

    def _origins_of_host(self, scheme: str, host_header: bytes) -> Origins | None:
        """Return the origins under a Host header, or None if its value cannot be a host."""
        host = host_header.decode("latin-1")
        return Origins(f"{scheme}://{host}", self._other_origins) if _HOST.fullmatch(host) else None
