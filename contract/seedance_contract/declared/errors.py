"""The error catalogue: every error that the API documents, and those that we assume."""

from __future__ import annotations

from dataclasses import dataclass

from seedance_contract.declared.sources import Source, assumed, openapi, page

ERROR_TYPES = (
    "unauthorized",
    "invalid_api_key",
    "expired_api_key",
    "permission_error",
    "insufficient_balance",
    "quota_exceeded",
    "invalid_request_error",
    "model_not_found",
    "context_length_exceeded",
    "unsupported_tool_choice",
    "rate_limit_exceeded",
    "server_error",
    "upstream_error",
    "all_channels_failed",
    "timeout_error",
    "not_found_error",
    "no_contract_compatible_route",
    "request_shape_channel_mismatch",
    "upstream_contract_mismatch",
    "platform_normalization_error",
    "async_task_not_found",
    "async_task_mapping_invalid",
    "delivery_tier_unavailable",
)
"""The values of `error.type`. Source: openapi, ApiError."""


MAX_VALIDATION_ERRORS = 100
"""The most entries of `validation_errors`. Assumed: no document states a limit.

A body can have 10,000 unknown fields. `error.validation_errors_omitted` counts the other entries.
"""


# Nothing documents status and code of this error, so it is a violation of the request like any
# other: `MaterialAccessRule`.
MATERIAL_NOT_ACCESSIBLE = "Seedance material asset not found or not accessible"
"""The message of a create request with a material that the workspace does not have.

Source: page, create-video: material library
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorKind:
    """An entry of the catalogue: the members of an error response.

    `retry_after` is the number of seconds until a retry, unless a script sets another.
    """

    id: str
    status: int
    code: str
    type: str
    message: str
    source: Source
    retryable: bool = False
    retry_after: int | None = None


_INVALID = "invalid_request_error"
_HANDLING = page("error-handling")

INVALID_REQUEST = ErrorKind(
    id="invalid-request",
    status=400,
    code=_INVALID,
    type=_INVALID,
    message="The request is not valid",
    source=_HANDLING,
)
# One code with two statuses: an unknown model is 400 in a create request (agent-first-api), and 404
# in the path of the catalogue (get-model: UNKNOWN_MODEL below).
MODEL_NOT_FOUND = ErrorKind(
    id="create-model-not-found",
    status=400,
    code="model_not_found",
    type=_INVALID,
    message="No such model",
    source=page("agent-first-api"),
)
UNSUPPORTED_CANCEL = ErrorKind(
    id="unsupported-cancel",
    status=400,
    code="unsupported_task_cancel",
    type=_INVALID,
    message="Tasks of this model cannot be cancelled",
    source=page("cancel-task"),
)
INVALID_KEY = ErrorKind(
    id="invalid-key",
    status=401,
    code="invalid_api_key",
    type="invalid_api_key",
    message="A valid API key is needed: Authorization: Bearer sk-…",
    source=page("authentication"),
)
EXPIRED_KEY = ErrorKind(
    id="expired-key",
    status=401,
    code="expired_api_key",
    type="expired_api_key",
    message="The API key has expired",
    source=page("authentication"),
)
INSUFFICIENT_BALANCE = ErrorKind(
    id="insufficient-balance",
    status=402,
    code="insufficient_balance",
    type="insufficient_balance",
    message="The balance does not cover the estimated cost",
    source=page("billing"),
)
QUOTA_EXCEEDED = ErrorKind(
    id="quota-exceeded",
    status=402,
    code="quota_exceeded",
    type="quota_exceeded",
    message="The spending limit of this API key is reached",
    source=_HANDLING,
)
# The pages name the code of this error, not its type. `permission_error` is the value of the public
# enum that fits; so it is for the other 403 errors.
TASK_NOT_OWNED = ErrorKind(
    id="task-not-owned",
    status=403,
    code="task_not_owned",
    type="permission_error",
    message="The task belongs to another workspace",
    source=page("cancel-task"),
)
MODEL_NOT_ALLOWED = ErrorKind(
    id="model-not-allowed",
    status=403,
    code="model_not_allowed",
    type="permission_error",
    message="This API key may not use the model",
    source=_HANDLING,
)
LINK_EXPIRED = ErrorKind(
    id="link-expired",
    status=403,
    code="link_expired",
    type="permission_error",
    message="The link to the result is not valid, or no longer",
    source=assumed("how the API responds to an altered or expired link to a result"),
)
# The vendor's OpenAPI document lists no 404 for GET /v1/tasks/{id}; the page get-task-status does.
TASK_NOT_FOUND = ErrorKind(
    id="task-not-found",
    status=404,
    code="async_task_not_found",
    type=_INVALID,
    message="No such task, or it is no longer kept",
    source=page("get-task-status"),
)
UNKNOWN_MODEL = ErrorKind(
    id="model-not-found",
    status=404,
    code="model_not_found",
    type=_INVALID,
    message="No such model",
    source=page("get-model"),
)
MATERIAL_NOT_FOUND = ErrorKind(
    id="material-not-found",
    status=404,
    code="seedance_material_not_found",
    type="not_found_error",
    message="No such material or group in this project",
    source=assumed("which code the 404 of a material or group has"),
)
UNKNOWN_PATH = ErrorKind(
    id="unknown-path",
    status=404,
    code="not_found",
    type="not_found_error",
    message="No such path",
    source=assumed("how the API responds to an unknown path"),
)
METHOD_NOT_ALLOWED = ErrorKind(
    id="method-not-allowed",
    status=405,
    code="method_not_allowed",
    type=_INVALID,
    message="The path does not take this method",
    source=assumed("how the API responds to a wrong method on a known path"),
)
TASK_NOT_CANCELLABLE = ErrorKind(
    id="task-not-cancellable",
    status=409,
    code="task_not_cancellable",
    type=_INVALID,
    message="The task is no longer waiting and cannot be cancelled",
    source=page("cancel-task"),
)
# The one 4xx error besides 429 that a retry can resolve: the same request succeeds once the
# material is active.
MATERIAL_PREPARING = ErrorKind(
    id="material-preparing",
    status=409,
    code="seedance_material_preparing",
    type=_INVALID,
    message="The material is still being prepared",
    source=openapi("POST /v1/videos/generations, 409"),
    retryable=True,
)
MATERIAL_CONFLICT = ErrorKind(
    id="material-conflict",
    status=409,
    code="seedance_material_conflict",
    type=_INVALID,
    message="The material or group conflicts with one that exists",
    source=assumed("which code the documented mapping conflict of materials has"),
)
PAYLOAD_TOO_LARGE = ErrorKind(
    id="payload-too-large",
    status=413,
    code="payload_too_large",
    type=_INVALID,
    message="The request body is too large",
    source=_HANDLING,
)
UNSUPPORTED_MEDIA_TYPE = ErrorKind(
    id="unsupported-media-type",
    status=415,
    code="unsupported_media_type",
    type=_INVALID,
    message="The request body must not be encoded",
    source=assumed("how the API responds to a body with a Content-Encoding"),
)
RANGE_NOT_SATISFIABLE = ErrorKind(
    id="range-not-satisfiable",
    status=416,
    code="range_not_satisfiable",
    type=_INVALID,
    message="The range is beyond the end of the file",
    source=assumed("how a download responds to a range beyond the end of the file"),
)
# One code with two statuses: 400 for a source that cannot be one, 422 for the stored source of a
# material whose import has failed.
MATERIAL_SOURCE_INVALID = ErrorKind(
    id="material-source-invalid",
    status=400,
    code="seedance_material_source_invalid",
    type=_INVALID,
    message="The source of the material is not valid",
    source=openapi("POST /v1/videos/assets"),
)
MATERIAL_SOURCE_REFUSED = ErrorKind(
    id="material-source-refused",
    status=422,
    code="seedance_material_source_invalid",
    type=_INVALID,
    message="The stored source of the material has failed its validation",
    source=openapi("PUT /v1/videos/assets/{assetId}, 422"),
)
RATE_LIMITED = ErrorKind(
    id="rate-limited",
    status=429,
    code="rate_limit_exceeded",
    type="rate_limit_exceeded",
    message="Too many requests",
    source=page("rate-limits"),
    retryable=True,
    retry_after=1,
)
SERVER_ERROR = ErrorKind(
    id="server-error",
    status=500,
    code="server_error",
    type="server_error",
    message="An internal error",
    source=_HANDLING,
    retryable=True,
)
UPSTREAM_ERROR = ErrorKind(
    id="upstream-error",
    status=502,
    code="upstream_error",
    type="upstream_error",
    message="The model's provider failed",
    source=_HANDLING,
    retryable=True,
)
ALL_CHANNELS_FAILED = ErrorKind(
    id="all-channels-failed",
    status=503,
    code="all_channels_failed",
    type="all_channels_failed",
    message="No provider of the model can be reached",
    source=page("agent-first-api"),
    retryable=True,
    retry_after=30,
)
MATERIAL_LIBRARY_FAILED = ErrorKind(
    id="material-library-failed",
    status=503,
    code="seedance_material_library_request_failed",
    type="server_error",
    message="Seedance material library request failed",
    source=openapi("MaterialLibraryUnavailable"),
    retryable=True,
)
STORE_UNAVAILABLE = ErrorKind(
    id="store-unavailable",
    status=503,
    code="server_error",
    type="server_error",
    message="The state of the server cannot be read or written at the moment",
    source=assumed("what a server without its storage answers"),
    retryable=True,
    retry_after=1,
)
DELIVERY_TIER_UNAVAILABLE = ErrorKind(
    id="delivery-tier-unavailable",
    status=503,
    code="delivery_tier_unavailable",
    type="all_channels_failed",
    message="The requested delivery tier is not available for the model",
    source=openapi("DeliveryUnavailable"),
    retryable=True,
)
TIMEOUT = ErrorKind(
    id="timeout",
    status=504,
    code="timeout_error",
    type="timeout_error",
    message="The model's provider did not answer in time",
    source=_HANDLING,
    retryable=True,
)

# By status, as in the table of the documentation. An error that is not listed here is neither in
# that table nor in the claims.
ERRORS: tuple[ErrorKind, ...] = (
    INVALID_REQUEST,
    MODEL_NOT_FOUND,
    UNSUPPORTED_CANCEL,
    MATERIAL_SOURCE_INVALID,
    INVALID_KEY,
    EXPIRED_KEY,
    INSUFFICIENT_BALANCE,
    QUOTA_EXCEEDED,
    TASK_NOT_OWNED,
    MODEL_NOT_ALLOWED,
    LINK_EXPIRED,
    TASK_NOT_FOUND,
    UNKNOWN_MODEL,
    MATERIAL_NOT_FOUND,
    UNKNOWN_PATH,
    METHOD_NOT_ALLOWED,
    TASK_NOT_CANCELLABLE,
    MATERIAL_PREPARING,
    MATERIAL_CONFLICT,
    PAYLOAD_TOO_LARGE,
    UNSUPPORTED_MEDIA_TYPE,
    RANGE_NOT_SATISFIABLE,
    MATERIAL_SOURCE_REFUSED,
    RATE_LIMITED,
    SERVER_ERROR,
    UPSTREAM_ERROR,
    ALL_CHANNELS_FAILED,
    MATERIAL_LIBRARY_FAILED,
    STORE_UNAVAILABLE,
    DELIVERY_TIER_UNAVAILABLE,
    TIMEOUT,
)
