"""The errors of v3: four members, with codes of the model's maker.

A script, a rule and the service name an error by its `ErrorKind`, whatever the dialect. `V3_FORMS`
says what v3 makes of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from seedance_contract.declared import errors
from seedance_contract.declared.errors import ErrorKind
from seedance_contract.declared.sources import Source, assumed, page

_CODES = page("error codes of the model's maker")
_UNLISTED = assumed("which status and code v3 has for errors that its document does not list")


class V3Form(NamedTuple):
    """The status, the type and the code of an error in v3."""

    status: int
    type: str
    code: str
    source: Source = _CODES


IDEMPOTENCY_IN_PROGRESS = ErrorKind(
    id="idempotency-in-progress",
    status=409,
    code="IdempotencyRequestInProgress",
    type="Conflict",
    message="A request with this Idempotency-Key is still being processed",
    source=page("create-volc: Idempotency-Key"),
    retryable=True,
    retry_after=1,
)
IDEMPOTENCY_CONFLICT = ErrorKind(
    id="idempotency-conflict",
    status=409,
    code="IdempotencyConflict",
    type="Conflict",
    message="This Idempotency-Key was used with another body",
    source=page("create-volc: Idempotency-Key"),
)

V3_FORMS: Mapping[ErrorKind, V3Form] = MappingProxyType(
    {
        errors.INVALID_REQUEST: V3Form(400, "BadRequest", "InvalidParameter"),
        errors.MODEL_NOT_FOUND: V3Form(404, "NotFound", "InvalidEndpointOrModel.NotFound"),
        errors.INVALID_KEY: V3Form(401, "Unauthorized", "AuthenticationError"),
        errors.EXPIRED_KEY: V3Form(401, "Unauthorized", "AuthenticationError"),
        errors.INSUFFICIENT_BALANCE: V3Form(
            402, "PaymentRequired", "InsufficientBalance", _UNLISTED
        ),
        errors.QUOTA_EXCEEDED: V3Form(402, "PaymentRequired", "QuotaExceeded", _UNLISTED),
        errors.MODEL_NOT_ALLOWED: V3Form(403, "Forbidden", "AccessDenied"),
        # Tasks of other workspaces are as unknown as those that do not exist.
        errors.TASK_NOT_OWNED: V3Form(404, "NotFound", "NotFound", _UNLISTED),
        errors.TASK_NOT_FOUND: V3Form(404, "NotFound", "NotFound", _UNLISTED),
        errors.UNKNOWN_PATH: V3Form(404, "NotFound", "NotFound", _UNLISTED),
        errors.METHOD_NOT_ALLOWED: V3Form(405, "MethodNotAllowed", "MethodNotAllowed", _UNLISTED),
        errors.TASK_NOT_CANCELLABLE: V3Form(
            409,
            "Conflict",
            "OperationDenied.InvalidState",
            assumed("how v3 refuses to delete a task that has started"),
        ),
        errors.MATERIAL_PREPARING: V3Form(
            409, "Conflict", errors.MATERIAL_PREPARING.code, _UNLISTED
        ),
        errors.PAYLOAD_TOO_LARGE: V3Form(413, "BadRequest", "PayloadTooLarge", _UNLISTED),
        errors.UNSUPPORTED_MEDIA_TYPE: V3Form(415, "BadRequest", "UnsupportedMediaType", _UNLISTED),
        errors.RATE_LIMITED: V3Form(429, "TooManyRequests", "RateLimitExceeded", _UNLISTED),
        errors.SERVER_ERROR: V3Form(500, "InternalServerError", "InternalServiceError"),
        errors.UPSTREAM_ERROR: V3Form(502, "BadGateway", "UpstreamError", _UNLISTED),
        errors.ALL_CHANNELS_FAILED: V3Form(
            503, "ServiceUnavailable", "ServiceUnavailable", _UNLISTED
        ),
        errors.STORE_UNAVAILABLE: V3Form(
            503, "ServiceUnavailable", "ServiceUnavailable", _UNLISTED
        ),
        errors.DELIVERY_TIER_UNAVAILABLE: V3Form(
            503, "ServiceUnavailable", "ServiceUnavailable", _UNLISTED
        ),
        errors.TIMEOUT: V3Form(504, "GatewayTimeout", "GatewayTimeout", _UNLISTED),
    }
)
"""The form of the errors that v3 shares with v1."""


def v3_form(kind: ErrorKind) -> V3Form:
    """Return the form of an error: its own members if it exists in v3 only."""
    return V3_FORMS.get(kind) or V3Form(kind.status, kind.type, kind.code, kind.source)
