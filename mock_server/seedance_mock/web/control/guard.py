"""The guard of the control API: it admits this machine and clients with the control token."""

from __future__ import annotations

import hmac
import ipaddress

from starlette.requests import Request

from seedance_contract.declared.errors import INVALID_KEY, ErrorKind
from seedance_contract.declared.sources import assumed
from seedance_mock.domain.errors import ApiError
from seedance_mock.settings import Settings

CONTROL_REFUSED = ErrorKind(
    id="control-refused",
    status=403,
    code="control_refused",
    type="permission_error",
    message="The control API is for this machine, or for clients with the control token",
    source=assumed("the control API is this project's own"),
)

LOCAL_HOST_NAMES = ("localhost", "127.0.0.1", "[::1]", "testserver")
"""Host names of this machine; the last one is the base URL of Starlette's TestClient."""

TEST_CLIENT_HOST = "testclient"
"""The peer address that Starlette's TestClient reports."""


def require_local_or_token(request: Request) -> None:
    """Return if the request may use the control API, else raise ApiError."""
    # The host name is checked against DNS rebinding: a web page can let its own name resolve to
    # 127.0.0.1, and its visitor's browser then connects from this machine.
    settings: Settings = request.app.state.settings
    if _is_local_peer(request) and _has_local_host_name(request):
        return
    # An empty token must not match a request without one.
    if not settings.control_token:
        raise ApiError(CONTROL_REFUSED)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    # Constant time: the duration of a comparison must not reveal how much of the token is right.
    token_matches = hmac.compare_digest(token.encode(), settings.control_token.encode())
    if scheme.lower() != "bearer" or not token_matches:
        raise ApiError(INVALID_KEY, "Send the control token as Authorization: Bearer …")


def _is_local_peer(request: Request) -> bool:
    # In process there is no peer, or the one that a test client reports.
    if request.client is None or request.client.host == TEST_CLIENT_HOST:
        return True
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _has_local_host_name(request: Request) -> bool:
    host = request.headers.get("host", "")
    # An IPv6 address has colons too; in a Host header it stands in brackets (RFC 3986, 3.2.2).
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return name in LOCAL_HOST_NAMES
