"""The JSON Schemas of the responses: tasks and errors here, models and prices beside it."""

from __future__ import annotations

from seedance_contract.declared.contract import CONTRACT, Contract
from seedance_contract.declared.errors import ERROR_TYPES, MAX_VALIDATION_ERRORS
from seedance_contract.declared.limits import Schema
from seedance_contract.declared.tasks import CANCELLED_MESSAGE, TASK_ID_PATTERN, Status
from seedance_contract.derived.schemas.catalogue_schemas import catalogue_schemas
from seedance_contract.derived.schemas.schema_objects import (
    STRING,
    STRINGS,
    TIME,
    WEB_URL,
    closed_object,
    open_object,
    schema_reference,
    with_optional,
)

_ID: Schema = {"type": "string", "pattern": TASK_ID_PATTERN}
_IDENTITY: dict[str, Schema] = {"id": _ID, "task_id": _ID, "poll_url": STRING}
_VIDEO = closed_object(
    url=WEB_URL,
    duration={"type": "integer", "minimum": 1},
    width={"type": "integer", "minimum": 1},
    height={"type": "integer", "minimum": 1},
)
_TASK_ERROR: Schema = {"oneOf": [STRING, open_object({"message": STRING}, code=STRING)]}
_PROGRESS: Schema = {"type": "integer", "minimum": 0, "maximum": 100}


_UPDATED: dict[str, Schema] = {"updated": TIME}
_OPTIONAL_PROGRESS: dict[str, Schema] = {"progress": _PROGRESS}
_FILES: dict[str, Schema] = {
    "video_url": WEB_URL,
    "video": _VIDEO,
    "videos": {"type": "array", "items": _VIDEO},
    "content": open_object({"video_url": WEB_URL}),
    "last_frame_url": WEB_URL,
}
_ERROR = open_object(
    {"message": STRING, "type": {"enum": list(ERROR_TYPES)}},
    code=STRING,
    param=STRING,
    request_id=STRING,
    retryable={"type": "boolean"},
    retry_after={"type": "integer", "minimum": 0},
    model=STRING,
    hint=STRING,
    did_you_mean=STRING,
    suggestions={"type": "array", "items": open_object({"id": STRING})},
    alternatives={
        "type": "array",
        "items": open_object({"id": STRING, "status": STRING, "tags": STRINGS}),
    },
    balance_usd={"type": "number"},
    estimated_cost_usd={"type": "number"},
    supported_operations=STRINGS,
    supported_parameters=STRINGS,
    required_selectors=STRINGS,
    allowed_resolutions=STRINGS,
    allowed_durations=STRINGS,
    allowed_aspect_ratios=STRINGS,
    recommended_request=schema_reference("VideoRequest"),
    request_endpoint=STRING,
    validation_errors_omitted={"type": "integer", "minimum": 1},
)
_VIOLATIONS: Schema = {
    "type": "array",
    "minItems": 1,
    "maxItems": MAX_VALIDATION_ERRORS,
    "items": closed_object(field=STRING, message=STRING, code=STRING),
}
ERROR_SCHEMAS: dict[str, Schema] = {
    "Error": with_optional(closed_object(error=_ERROR), validation_errors=_VIOLATIONS)
}


def _task(
    models: Schema, status: Status, required: dict[str, Schema], optional: dict[str, Schema]
) -> dict[str, object]:
    """Return a task in a status. It has one of its two ids at least.

    Members named x_… are allowed: clients must ignore members that they do not know, and the mock
    adds such a member if a script asks for it.
    """
    # The vendor's document requires hardly any member of a task. This schema requires what every
    # page of the documentation shows, so that a check notices if it is missing.
    members = {"model": models, "created": TIME, "status": {"const": str(status)}, **required}
    return {
        **with_optional(closed_object(**members), **_IDENTITY, **optional),
        "anyOf": [{"required": ["id"]}, {"required": ["task_id"]}],
        "patternProperties": {"^x_": {}},
    }


def _task_schemas(models: Schema) -> dict[str, Schema]:
    tasks: dict[str, Schema] = {
        "CreatedTask": _task(models, Status.PENDING, {}, {}),
        "PendingTask": _task(models, Status.PENDING, _UPDATED, _OPTIONAL_PROGRESS),
        "ProcessingTask": _task(models, Status.PROCESSING, _UPDATED, _OPTIONAL_PROGRESS),
        "CompletedTask": _task(
            models,
            Status.COMPLETED,
            {**_UPDATED, "billing_transaction_id": STRING},
            {**_FILES, **_OPTIONAL_PROGRESS},
        ),
        "FailedTask": _task(
            models, Status.FAILED, _UPDATED, {"error": _TASK_ERROR, **_OPTIONAL_PROGRESS}
        ),
        "CancelledTask": _task(
            models,
            Status.FAILED,
            {
                **_UPDATED,
                "error": {"const": CANCELLED_MESSAGE},
                "cancelled": {"const": True},
                "cancellation_status": {"const": "cancelled"},
            },
            _OPTIONAL_PROGRESS,
        ),
    }
    # What a poll can return: every task but the one that create returns, which has no `updated`.
    polled = [schema_reference(name) for name in tasks if name != "CreatedTask"]
    return {**tasks, "Task": {"oneOf": polled}}


def response_schemas(contract: Contract = CONTRACT) -> dict[str, Schema]:
    """Return the named schemas of all responses."""
    models: Schema = {"enum": list(contract.models)}
    return _task_schemas(models) | ERROR_SCHEMAS | catalogue_schemas(models)
