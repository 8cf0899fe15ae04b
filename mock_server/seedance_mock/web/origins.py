"""URLs of this server: the origin that its client uses, and the ones that scripts lead to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import quote

from starlette.types import Scope

from seedance_mock.web.context import RequestContext

# The Host header becomes part of the URLs in a response. A slash, an `@`, a quote or a space in it
# would change what such a URL means.
_HOST = re.compile(r"[A-Za-z0-9._:\[\]-]{1,255}")

_NAME_AND_PORT = re.compile(r"(\[[^\]]*\]|[^:/]*)(.*)")

_VISIBLE_ASCII = bytes(range(0x21, 0x7F))


def other_origin(base: str) -> str:
    """Return an origin that differs from `base` but is this machine too."""
    scheme, _, host = base.partition("://")
    # An IPv6 address has colons of its own, inside brackets (RFC 3986, 3.2.2).
    match = _NAME_AND_PORT.match(host)
    assert match is not None, "the pattern matches every text"
    name, port = match.groups()
    other_name = "127.0.0.1" if name == "localhost" else "localhost"
    return f"{scheme}://{other_name}{port}"


def request_target(scope: Scope) -> str:
    """Return the path and the query of a request as the client sent them, as visible ASCII."""
    # The decoded path may have line breaks, NUL and letters beyond Latin-1, none of which can
    # stand in a header. ASGI lets a server leave out `raw_path`; the fast path does.
    raw_path: bytes | None = scope.get("raw_path")
    target = quote(scope["path"]).encode() if raw_path is None else raw_path
    if scope["query_string"]:
        target += b"?" + scope["query_string"]
    # Bytes that are not allowed in a URL but came all the same are encoded, and nothing else.
    return quote(target, safe=_VISIBLE_ASCII)


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
        name = f"[{host}]" if ":" in host else host
        return Origins(f"{scope['scheme']}://{name}:{port}", self._other_origins)

    def _origins_of_host(self, scheme: str, host_header: bytes) -> Origins | None:
        """Return the origins under a Host header, or None if its value cannot be a host."""
        host = host_header.decode("latin-1")
        return Origins(f"{scheme}://{host}", self._other_origins) if _HOST.fullmatch(host) else None
