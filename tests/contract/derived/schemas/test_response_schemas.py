from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from seedance_contract.declared.errors import ERRORS, ErrorKind
from seedance_contract.derived.schemas.request_schema import request_schemas
from seedance_contract.derived.schemas.response_schemas import response_schemas
from seedance_contract.derived.schemas.schema_objects import USD_PATTERN

SCHEMAS = request_schemas() | response_schemas()
ID = "ldtask_0123456789abcdef0123456789abcdef"
Response = dict[str, Any]

CREATED: Response = {
    "id": ID,
    "task_id": ID,
    "poll_url": f"/v1/tasks/{ID}",
    "status": "pending",
    "model": "seedance-2.0",
    "created": 1_767_225_600,
}
PENDING: Response = {**CREATED, "updated": 1_767_225_600}
PROCESSING: Response = {**PENDING, "status": "processing", "progress": 40}
COMPLETED: Response = {
    **PENDING,
    "status": "completed",
    "video_url": "https://example.com/a.mp4",
    "video": {
        "url": "https://example.com/a.mp4",
        "duration": 5,
        "width": 1280,
        "height": 720,
    },
    "billing_transaction_id": "txn_1",
}
FAILED: Response = {**PENDING, "status": "failed", "error": "The video was refused"}
CANCELLED: Response = {
    **PENDING,
    "status": "failed",
    "cancelled": True,
    "cancellation_status": "cancelled",
    "error": "Task cancelled before execution",
}

TASKS = {
    "pending": PENDING,
    "pending with progress": {**PENDING, "progress": 0},
    "processing": PROCESSING,
    "completed": COMPLETED,
    "completed with a frame": {**COMPLETED, "last_frame_url": "https://example.com/a.png"},
    "failed, string": FAILED,
    "failed, object": {**FAILED, "error": {"code": "policy", "message": "Refused"}},
    "failed, no error": {**PENDING, "status": "failed"},
    "cancelled": CANCELLED,
}
INVALID_TASKS = {
    "unknown status": {**PENDING, "status": "queued"},
    "pending with a result": {**PENDING, "video_url": "https://example.com/a.mp4"},
    "progress over 100": {**PROCESSING, "progress": 101},
    "completed without a file": {**PENDING, "status": "completed"},
    "completed with a path": {**COMPLETED, "video_url": "/a.mp4"},
    "completed with width 0": {**COMPLETED, "video": {**COMPLETED["video"], "width": 0}},
    "cancelled as a status": {**CANCELLED, "status": "cancelled"},
    "cancelled with another message": {**CANCELLED, "error": "Gone"},
    "a short id": {**PENDING, "id": "ldtask_0"},
    "poll URL is null": {**PENDING, "poll_url": None},
    "another model": {**PENDING, "model": "veo3.1"},
    "time with a fraction": {**PENDING, "updated": 1_767_225_600.5},
}


def validator(name: str) -> Draft202012Validator:
    """Compile a named schema."""
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": {"schemas": SCHEMAS}}
    )


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_documented_tasks_are_valid(task: Response) -> None:
    validator("Task").validate(task)


@pytest.mark.parametrize("task", INVALID_TASKS.values(), ids=INVALID_TASKS)
def test_other_tasks_are_invalid(task: Response) -> None:
    assert not validator("Task").is_valid(task)


@pytest.mark.parametrize("name", ["status", "model", "created"])
def test_a_new_task_has_required_members(name: str) -> None:
    validator("CreatedTask").validate(CREATED)

    assert not validator("CreatedTask").is_valid({**CREATED, name: None})
    assert not validator("CreatedTask").is_valid({k: v for k, v in CREATED.items() if k != name})


def test_cancelled_and_failed_tasks_differ() -> None:
    assert validator("CancelledTask").is_valid(CANCELLED)
    assert not validator("CancelledTask").is_valid(FAILED)
    assert not validator("FailedTask").is_valid(CANCELLED)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.id)
def test_every_error_matches_the_envelope(kind: ErrorKind) -> None:
    error = {"message": kind.message, "type": kind.type, "code": kind.code}

    validator("Error").validate({"error": error})


FULL_ERROR: Response = {
    "error": {
        "message": "resolution must be one of 480p, 720p on seedance-2.0-fast",
        "type": "invalid_request_error",
        "code": "invalid_request_error",
        "param": "resolution",
        "request_id": "req_1",
        "retryable": False,
        "retry_after": 30,
        "model": "seedance-2.0-fast",
        "did_you_mean": "seedance-2.0",
        "suggestions": [{"id": "seedance-2.0"}],
        "alternatives": [{"id": "seedance-2.0", "status": "ok", "tags": ["video"]}],
        "balance_usd": 0.5,
        "estimated_cost_usd": 1.25,
        "allowed_resolutions": ["480p", "720p"],
        "recommended_request": {"model": "seedance-2.0-fast", "prompt": "a boat"},
    },
    "validation_errors": [{"field": "resolution", "message": "no", "code": "invalid_value"}],
}


def test_an_error_with_every_member_is_valid() -> None:
    validator("Error").validate(FULL_ERROR)


@pytest.mark.parametrize(
    "response",
    [
        {},
        {"error": "no"},
        {"error": {"message": "no"}},
        {"error": {"message": "no", "type": "oops"}},
        {"error": FULL_ERROR["error"] | {"retry_after": -1}},
        {"error": FULL_ERROR["error"] | {"allowed_resolutions": [720]}},
        {"error": FULL_ERROR["error"] | {"recommended_request": {"model": "seedance-2.0"}}},
        {**FULL_ERROR, "validation_errors": []},
        {**FULL_ERROR, "validation_errors": [{"field": "resolution"}]},
        {**FULL_ERROR, "detail": "no"},
    ],
    ids=lambda response: str(response)[:60],
)
def test_malformed_errors_are_invalid(response: Response) -> None:
    assert not validator("Error").is_valid(response)


@pytest.mark.parametrize(
    ("value", "is_valid"),
    [
        ("3.38235294", True),
        ("0", True),
        ("3.382352941", False),
        ("1e-7", False),
        ("-1", False),
    ],
)
def test_an_amount_has_at_most_8_decimals(value: str, is_valid: bool) -> None:
    assert Draft202012Validator({"pattern": USD_PATTERN}).is_valid(value) is is_valid
