"""The guard of the control API: it admits this machine and clients with the control token."""

from __future__ import annotations

import hmac
import ipaddress

from starlette.requests import Request

from seedance_contract.declared.errors import INVALID_KEY, ErrorKind
from seedance_contract.declared.sources import assumed
from seedance_mock.domain.errors import ApiError
from seedance_mock.settings import Settings
from seedance_mock.web.logs.access_log import log_entry_of

CONTROL_REFUSED = ErrorKind(
    id="control-refused",
    status=403,
    code="control_refused",
    type="permission_error",
    message="The control API is for this machine, or for clients with the control token",
    source=assumed("the control API is this project's own"),
)

LOCAL_HOST_NAMES = ("localhost", "127.0.0.1", "[::1]")
"""Host names of this machine."""

TEST_SERVER = "testserver"
"""The host of Starlette's TestClient, which counts as local in process only."""

TEST_CLIENT_HOST = "testclient"
"""The peer address that Starlette's TestClient reports."""


def require_local_or_token(request: Request) -> None:
    """Return if the request may use the control API, else raise ApiError."""
    if _is_sent_by_another_page(request):
        log_entry_of(request.scope).reason = "sent by a page of another origin"
        raise ApiError(CONTROL_REFUSED, "Pages of other origins cannot change anything here")
    if is_from_this_machine(request):
        return
    settings: Settings = request.app.state.settings
    entry = log_entry_of(request.scope)
    # An empty token must not match a request without one.
    if not settings.control_token:
        entry.reason = (
            "Host is no local name" if _is_local_peer(request) else "not from this machine"
        )
        raise ApiError(CONTROL_REFUSED)
    entry.reason = "the control token is needed"
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    # Constant time: the duration of a comparison must not reveal how much of the token is right.
    token_matches = hmac.compare_digest(token.encode(), settings.control_token.encode())
    if scheme.lower() != "bearer" or not token_matches:
        raise ApiError(INVALID_KEY, "Send the control token as Authorization: Bearer …")


def is_from_this_machine(request: Request) -> bool:
    """Return whether a request comes from this machine, and was sent to a name of it.

    The name is checked against DNS rebinding: a web page can let its own name resolve to 127.0.0.1,
    and its visitor's browser then connects from this machine.
    """
    return _is_local_peer(request) and _has_local_host_name(request)


def _is_sent_by_another_page(request: Request) -> bool:
    """Return whether a page of another origin tries to change something.

    Bodies must be JSON, for which a browser asks first. A request without a body may be sent
    without asking, but says where it comes from: https://www.w3.org/TR/fetch-metadata/.
    """
    site = request.headers.get("sec-fetch-site")
    return request.method not in ("GET", "HEAD") and site in ("cross-site", "same-site")


def _is_local_peer(request: Request) -> bool:
    # In process there is no peer, or the one that a test client reports.
    if request.client is None or request.client.host == TEST_CLIENT_HOST:
        return True
    try:
        address = ipaddress.ip_address(request.client.host)
    except ValueError:
        return False
    # A socket for both families shows 127.0.0.1 as ::ffff:127.0.0.1. Old versions of Python do
    # not call that a loopback address.
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def _has_local_host_name(request: Request) -> bool:
    host = request.headers.get("host", "")
    # An IPv6 address has colons too; in a Host header it stands in brackets (RFC 3986, 3.2.2).
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    if name == TEST_SERVER:
        # In process the server has the name that the client calls. A real one has an address, and
        # a name that anybody can put into DNS must not open it.
        return (request.scope.get("server") or ("",))[0] == TEST_SERVER
    return name.lower() in LOCAL_HOST_NAMES
