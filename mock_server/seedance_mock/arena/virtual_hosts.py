"""The hosts and ports of a case server, and the application that answers at each of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from seedance_contract.declared.errors import UNKNOWN_PATH
from seedance_mock.domain.errors import ApiError
from seedance_mock.web.errors.bodies import v1_error_body
from seedance_mock.web.responses import json_response

# Clients decide by host name whether another URL may get the API key. These two names lead to this
# machine without a name server, and they differ for every client.
API_HOST = "127.0.0.1"
OTHER_HOST = "localhost"

# Linux binds every address of 127/8; macOS binds 127.0.0.1 only, unless an alias is configured.
THIRD_HOSTS = ("127.0.0.2", "::1")
"""Addresses of the third host. The first one that can be bound is used."""

ASSET_PREFIX = "/assets/"

_PORT = re.compile(rb":\d+$")


def names_other_host(host: bytes) -> bool:
    """Return whether a Host header names the other host."""
    return _PORT.sub(b"", host).lower() == OTHER_HOST.encode()


def origin_at_api(host: bytes) -> str:
    """Return the origin of a request to the listener of the API, by its Host header."""
    return "host" if names_other_host(host) else "api"


def constant_origin(origin: str) -> Callable[[bytes], str]:
    """Return a function that returns `origin` for every Host header."""
    return lambda host: origin


@dataclass(frozen=True, slots=True)
class ForeignHost:
    """ASGI application of a host that is not the API: it serves the files of results only."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a file, or respond with 404."""
        app = self.app if scope["path"].startswith(ASSET_PREFIX) else _respond_not_found
        await app(scope, receive, send)


async def _respond_not_found(scope: Scope, receive: Receive, send: Send) -> None:
    error = v1_error_body(ApiError(UNKNOWN_PATH, "This host is not the API"), "req_elsewhere")
    await json_response(error.content, error.status)(scope, receive, send)


@dataclass(frozen=True, slots=True)
class VirtualHosts:
    """ASGI application of the listener of the API: the Host header selects the host."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond as the API, or as the other host."""
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        app = ForeignHost(self.app) if names_other_host(host) else self.app
        await app(scope, receive, send)
