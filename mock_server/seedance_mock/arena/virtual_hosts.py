"""The names and ports under which a stage is reached, and who answers at each."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Receive, Scope, Send

from seedance_contract.declared.errors import UNKNOWN_PATH
from seedance_mock.domain.errors import ApiError
from seedance_mock.web.responses import json_response

API_HOST = "127.0.0.1"
OTHER_HOST = "localhost"
"""Both lead to this machine without a name server, yet they are two hosts to a client."""

THIRD_HOSTS = ("127.0.0.2", "::1")
"""The first that can be bound is the third host: not every system has the whole of 127/8."""

ASSETS = "/assets/"

_PORT = re.compile(rb":\d+$")


def named_other(host: bytes) -> bool:
    """Tell whether a Host header names the other host."""
    return _PORT.sub(b"", host).lower() == OTHER_HOST.encode()


def origin_at_api(host: bytes) -> str:
    """Return which origin a request to the API's own listener was meant for."""
    return "host" if named_other(host) else "api"


def always(origin: str) -> Callable[[bytes], str]:
    """Return the origin of every request to another listener."""
    return lambda host: origin


@dataclass(frozen=True, slots=True)
class Foreign:
    """ASGI application of a host that is not the API's: it has the results and nothing else."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a result; say that there is nothing else."""
        served = self.app if scope["path"].startswith(ASSETS) else _nothing
        await served(scope, receive, send)


async def _nothing(scope: Scope, receive: Receive, send: Send) -> None:
    body = ApiError(UNKNOWN_PATH, "This host is not the API").body("req_elsewhere")
    await json_response(body, UNKNOWN_PATH.status)(scope, receive, send)


@dataclass(frozen=True, slots=True)
class Doors:
    """ASGI application of the API's own listener: the host name decides who answers."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer as the API, or as the other host."""
        hosts = (value for name, value in scope["headers"] if name == b"host")
        other = named_other(next(hosts, b""))
        await (Foreign(self.app) if other else self.app)(scope, receive, send)
