"""The endpoints: method, path, authentication, error responses."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from seedance_contract.declared.errors import (
    ALL_CHANNELS_FAILED,
    DELIVERY_TIER_UNAVAILABLE,
    EXPIRED_KEY,
    INSUFFICIENT_BALANCE,
    INVALID_KEY,
    INVALID_REQUEST,
    MATERIAL_PREPARING,
    MODEL_NOT_ALLOWED,
    MODEL_NOT_FOUND,
    PAYLOAD_TOO_LARGE,
    QUOTA_EXCEEDED,
    RATE_LIMITED,
    SERVER_ERROR,
    TASK_NOT_CANCELLABLE,
    TASK_NOT_FOUND,
    TASK_NOT_OWNED,
    TIMEOUT,
    UNKNOWN_MODEL,
    UNSUPPORTED_CANCEL,
    UNSUPPORTED_MEDIA_TYPE,
    UPSTREAM_ERROR,
    ErrorKind,
)
from seedance_contract.declared.sources import Source, guide, openapi, page

BASE_URL = "https://api.tokenlab.sh"
"""Where the real API is served. Nothing here ever connects to it."""


class Auth(StrEnum):
    """Whether a route requires a key. A key that is sent without need is validated, too."""

    REQUIRED = "required"
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A route of the public API, and its errors.

    `place` is the kind of its requests, which the words of a script name to inject a fault. If two
    errors have the same status, a script that names only the status gets the first.
    """

    id: str
    method: str
    path: str
    place: str
    summary: str
    auth: Auth
    errors: tuple[ErrorKind, ...]
    source: Source
    success: int = 200

    # In OpenAPI a response is described once for each status, whatever codes it has.
    @property
    def statuses(self) -> tuple[int, ...]:
        """Every status of a response, success first."""
        return (self.success, *sorted({kind.status for kind in self.errors}))


MAX_BODY_BYTES = 32 * 1024**2
"""The size limit of a request body. Assumed: no document states one."""

MAX_BODY_DEPTH = 100
"""The highest number of arrays and objects inside each other in a request body. Assumed.

Documented bodies have two.
"""

MAX_BODY_VALUES = 10_000
"""The highest number of values in a request body, including those of arrays and objects. Assumed.

Documented bodies have fewer than 100.
"""

MAX_INTEGER_DIGITS = 1_000
"""The most digits of an integer in a request body. Assumed.

Documented integers have 10. Converting one takes a time that grows with the square of its digits.
"""

DELIVERY_POLICY_HEADER = "X-TokenLab-Delivery-Policy"
"""The header of a create request that names a delivery policy. Source: openapi, DeliveryPolicy."""

AUTO_DELIVERY = "auto"
"""The policy that takes whichever delivery tier is available, also without the header."""

DELIVERY_POLICIES = (AUTO_DELIVERY, "verified", "official")
"""The values of the header. The others name one tier."""

COMMON_ERRORS: tuple[ErrorKind, ...] = (
    INVALID_KEY,
    EXPIRED_KEY,
    RATE_LIMITED,
    SERVER_ERROR,
    UPSTREAM_ERROR,
    ALL_CHANNELS_FAILED,
    TIMEOUT,
)
"""The errors that every route has."""

# The vendor's OpenAPI document lists fewer statuses for every route. Those that it lacks are
# documented in prose, and `accepted_drift` names each of them.
CREATE = Endpoint(
    id="createVideo",
    method="POST",
    path="/v1/videos/generations",
    place="create",
    summary="Create a video task",
    auth=Auth.REQUIRED,
    errors=(
        INVALID_REQUEST,
        MODEL_NOT_FOUND,
        INSUFFICIENT_BALANCE,
        QUOTA_EXCEEDED,
        MODEL_NOT_ALLOWED,
        MATERIAL_PREPARING,
        PAYLOAD_TOO_LARGE,
        UNSUPPORTED_MEDIA_TYPE,
        *COMMON_ERRORS,
        # After the others: a script that names only 503 means `all_channels_failed`.
        DELIVERY_TIER_UNAVAILABLE,
    ),
    source=guide("create"),
)
READ = Endpoint(
    id="getTask",
    method="GET",
    path="/v1/tasks/{id}",
    place="poll",
    summary="Read a task",
    auth=Auth.REQUIRED,
    errors=(TASK_NOT_OWNED, TASK_NOT_FOUND, *COMMON_ERRORS),
    source=page("get-task-status"),
)
# An older alias, which only the vendor's OpenAPI document has.
READ_LEGACY = Endpoint(
    id="getVideoTask",
    method="GET",
    path="/v1/videos/generations/{id}",
    place="poll",
    summary="Read a task by the older path",
    auth=Auth.REQUIRED,
    errors=(TASK_NOT_OWNED, TASK_NOT_FOUND, *COMMON_ERRORS),
    source=openapi("GET /v1/videos/generations/{id}"),
)
CANCEL = Endpoint(
    id="cancelTask",
    method="DELETE",
    path="/v1/tasks/{id}",
    place="cancel",
    summary="Cancel a task that has not started",
    auth=Auth.REQUIRED,
    errors=(
        UNSUPPORTED_CANCEL,
        TASK_NOT_OWNED,
        TASK_NOT_FOUND,
        TASK_NOT_CANCELLABLE,
        *COMMON_ERRORS,
    ),
    source=page("cancel-task"),
)
# The catalogue needs no key, so that a client can read models and prices before it has one.
LIST_MODELS = Endpoint(
    id="listModels",
    method="GET",
    path="/v1/models",
    place="models",
    summary="List the models",
    auth=Auth.OPTIONAL,
    errors=(INVALID_REQUEST, *COMMON_ERRORS),
    source=page("list-models"),
)
GET_MODEL = Endpoint(
    id="getModel",
    method="GET",
    path="/v1/models/{model}",
    place="models",
    summary="Read what a model accepts",
    auth=Auth.OPTIONAL,
    errors=(UNKNOWN_MODEL, *COMMON_ERRORS),
    source=page("get-model"),
)
GET_MODEL_PRICING = Endpoint(
    id="getModelPricing",
    method="GET",
    path="/v1/models/{model}/pricing",
    place="pricing",
    summary="Read the prices of a model",
    auth=Auth.OPTIONAL,
    errors=(UNKNOWN_MODEL, *COMMON_ERRORS),
    source=openapi("GET /v1/models/{model}/pricing"),
)
LIST_PRICING = Endpoint(
    id="listPricing",
    method="GET",
    path="/v1/pricing",
    place="pricing",
    summary="List the prices",
    auth=Auth.OPTIONAL,
    errors=(INVALID_REQUEST, *COMMON_ERRORS),
    source=page("get-pricing"),
)

CATALOGUE_ENDPOINTS: tuple[Endpoint, ...] = (
    LIST_MODELS,
    GET_MODEL,
    GET_MODEL_PRICING,
    LIST_PRICING,
)
"""The endpoints for models and prices."""

ENDPOINTS: tuple[Endpoint, ...] = (CREATE, READ, READ_LEGACY, CANCEL, *CATALOGUE_ENDPOINTS)
