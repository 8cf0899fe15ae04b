"""The routes of v3: tasks under `/api/v3`, as the model's maker has them."""

from __future__ import annotations

from seedance_contract.declared.errors import (
    DELIVERY_TIER_UNAVAILABLE,
    INSUFFICIENT_BALANCE,
    INVALID_REQUEST,
    MATERIAL_PREPARING,
    MODEL_NOT_ALLOWED,
    MODEL_NOT_FOUND,
    PAYLOAD_TOO_LARGE,
    QUOTA_EXCEEDED,
    TASK_NOT_CANCELLABLE,
    TASK_NOT_FOUND,
    UNSUPPORTED_MEDIA_TYPE,
)
from seedance_contract.declared.routes import COMMON_ERRORS, Auth, Endpoint
from seedance_contract.declared.sources import openapi, page
from seedance_contract.declared.v3.errors import IDEMPOTENCY_CONFLICT, IDEMPOTENCY_IN_PROGRESS

V3_PREFIX = "/api/v3/"
"""How the paths of the dialect begin."""

_TASKS = "/api/v3/contents/generations/tasks"

V3_CREATE = Endpoint(
    id="createContentTask",
    method="POST",
    path=_TASKS,
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
        IDEMPOTENCY_IN_PROGRESS,
        IDEMPOTENCY_CONFLICT,
        PAYLOAD_TOO_LARGE,
        UNSUPPORTED_MEDIA_TYPE,
        *COMMON_ERRORS,
        # After the others, as in v1.
        DELIVERY_TIER_UNAVAILABLE,
    ),
    source=page("create-volc"),
)
V3_READ = Endpoint(
    id="getContentTask",
    method="GET",
    path=f"{_TASKS}/{{id}}",
    place="poll",
    summary="Read a task",
    auth=Auth.REQUIRED,
    errors=(INVALID_REQUEST, TASK_NOT_FOUND, *COMMON_ERRORS),
    source=openapi("GET /api/v3/contents/generations/tasks/{id}"),
)
V3_LIST = Endpoint(
    id="listContentTasks",
    method="GET",
    path=_TASKS,
    place="list",
    summary="List the tasks of the last seven days",
    auth=Auth.REQUIRED,
    errors=(INVALID_REQUEST, *COMMON_ERRORS),
    source=openapi("GET /api/v3/contents/generations/tasks"),
)
V3_DELETE = Endpoint(
    id="deleteContentTask",
    method="DELETE",
    path=f"{_TASKS}/{{id}}",
    place="cancel",
    summary="Cancel a task that has not started",
    auth=Auth.REQUIRED,
    errors=(INVALID_REQUEST, TASK_NOT_FOUND, TASK_NOT_CANCELLABLE, *COMMON_ERRORS),
    source=page("delete-volc"),
)

V3_ENDPOINTS: tuple[Endpoint, ...] = (V3_CREATE, V3_READ, V3_LIST, V3_DELETE)

IDEMPOTENCY_HEADER = "Idempotency-Key"
"""The header that makes a create safe to repeat. Source: page, create-volc."""

MAX_IDEMPOTENCY_KEY = 255
"""The most characters of an idempotency key. Source: page, create-volc."""

REPLAYED_HEADER = "Idempotency-Replayed"
"""The response header of a create that has returned the task of an earlier one: `true`."""

CLIENT_REQUEST_ID_HEADER = "X-Client-Request-Id"
"""The id that the SDKs of the model's maker give their requests. They report it in errors."""

LIST_WINDOW_SECONDS = 7 * 86_400
"""How far back a list goes, unless it names its tasks. Source: openapi."""

MAX_PAGE = 500
"""The highest `page_num` and `page_size`. Source: openapi."""

DEFAULT_PAGE_SIZE = 20
"""Source: openapi."""

V3_TASK_ID_PATTERN = "^cgt-[0-9]{14}-[a-z0-9]{5}$"
"""Source: openapi, with the date of creation. Older documents have `cgt-` and 32 digits."""

LIST_PARAMETERS = (
    "page_num",
    "page_size",
    "filter.status",
    "filter.task_ids",
    "filter.model",
    "filter.service_tier",
)
"""The parameters of a list. `filter.task_ids` may be repeated. Source: openapi."""
