"""The request header `X-TokenLab-Delivery-Policy`: which delivery tier may make the video."""

from __future__ import annotations

from collections.abc import Callable

from seedance_contract.declared.routes import (
    AUTO_DELIVERY,
    DELIVERY_POLICIES,
    DELIVERY_POLICY_HEADER,
)
from seedance_mock.domain.errors import ApiError, invalid_field
from seedance_mock.web.context import RequestContext

_HEADER_NAME = DELIVERY_POLICY_HEADER.lower().encode()


def delivery_policy(
    context: RequestContext, invalid: Callable[[str, str], ApiError] = invalid_field
) -> str:
    """Return the policy of a request, `auto` without the header.

    Raises ApiError for a value that is not documented: what `invalid` makes of the name of the
    header and the requirement.
    """
    if _HEADER_NAME not in context.headers:
        return AUTO_DELIVERY
    values = [value for name, value in context.scope["headers"] if name == _HEADER_NAME]
    # Several headers of one name mean the same as one with a list (RFC 9110, 5.3), and a list is no
    # policy. Latin-1 decodes any byte.
    policy = b", ".join(values).decode("latin-1").strip(" \t")
    if policy not in DELIVERY_POLICIES:
        allowed = ", ".join(DELIVERY_POLICIES)
        raise invalid(DELIVERY_POLICY_HEADER, f"must be one of {allowed}")
    return policy


def is_available(policy: str, available_tiers: str) -> bool:
    """Return whether a policy finds a tier among `available_tiers`: `all`, or the name of one."""
    return available_tiers in ("all", policy) or policy == AUTO_DELIVERY
