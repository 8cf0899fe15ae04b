"""Who may use the control API: this machine, or whoever has the token."""

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
    message="The control API answers to this machine only, or to its token",
    source=assumed("the control API is this project's own"),
)

LOCAL_NAMES = ("localhost", "127.0.0.1", "[::1]", "testserver")
IN_PROCESS = "testclient"


def require_local_or_token(request: Request) -> None:
    """Let a control request in. Raises ApiError.

    A local peer must also use a local host name, so that a web page cannot reach the control
    API of its visitor under a name of its own.
    """
    settings: Settings = request.app.state.settings
    if _local_peer(request) and _local_name(request):
        return
    if not settings.control_token:
        raise ApiError(CONTROL_REFUSED)
    scheme, _, sent = request.headers.get("authorization", "").partition(" ")
    right = hmac.compare_digest(sent.encode(), settings.control_token.encode())
    if scheme.lower() != "bearer" or not right:
        raise ApiError(INVALID_KEY, "The control token is needed: Authorization: Bearer …")


def _local_peer(request: Request) -> bool:
    if request.client is None or request.client.host == IN_PROCESS:
        return True
    try:
        return ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _local_name(request: Request) -> bool:
    host = request.headers.get("host", "")
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    return name in LOCAL_NAMES
