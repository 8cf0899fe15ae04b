from typing import Any

import pytest
from jsonschema_rs import Draft202012Validator

from seedance_contract.declared.errors import ERRORS, ErrorKind
from seedance_contract.derived.request_schema import request_schemas
from seedance_contract.derived.response_schemas import USD, response_schemas

SCHEMAS = request_schemas() | response_schemas()
ID = "ldtask_0123456789abcdef0123456789abcdef"
Answer = dict[str, Any]

CREATED: Answer = {
    "id": ID,
    "task_id": ID,
    "poll_url": f"/v1/tasks/{ID}",
    "status": "pending",
    "model": "seedance-2.0",
    "created": 1_767_225_600,
}
PENDING: Answer = {**CREATED, "updated": 1_767_225_600}
PROCESSING: Answer = {**PENDING, "status": "processing", "progress": 40}
COMPLETED: Answer = {
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
FAILED: Answer = {**PENDING, "status": "failed", "error": "The video was refused"}
CANCELLED: Answer = {
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
    "failed, silent": {**PENDING, "status": "failed"},
    "cancelled": CANCELLED,
}
NO_TASKS = {
    "a status of nobody": {**PENDING, "status": "queued"},
    "pending with a result": {**PENDING, "video_url": "https://example.com/a.mp4"},
    "progress over 100": {**PROCESSING, "progress": 101},
    "completed without a file": {**PENDING, "status": "completed"},
    "completed with a path": {**COMPLETED, "video_url": "/a.mp4"},
    "completed of no size": {**COMPLETED, "video": {**COMPLETED["video"], "width": 0}},
    "cancelled as a status of its own": {**CANCELLED, "status": "cancelled"},
    "cancelled in other words": {**CANCELLED, "error": "Gone"},
    "a short id": {**PENDING, "id": "ldtask_0"},
    "a poll URL that is none": {**PENDING, "poll_url": None},
    "another model": {**PENDING, "model": "veo3.1"},
    "time with a fraction": {**PENDING, "updated": 1_767_225_600.5},
}


def accepts(name: str) -> Draft202012Validator:
    """Compile one of the named schemas."""
    return Draft202012Validator(
        {"$ref": f"#/components/schemas/{name}", "components": {"schemas": SCHEMAS}}
    )


@pytest.mark.parametrize("task", TASKS.values(), ids=TASKS)
def test_a_task_has_a_documented_shape(task: Answer) -> None:
    accepts("Task").validate(task)


@pytest.mark.parametrize("task", NO_TASKS.values(), ids=NO_TASKS)
def test_a_task_has_no_other_shape(task: Answer) -> None:
    assert not accepts("Task").is_valid(task)


@pytest.mark.parametrize("name", ["status", "model", "created"])
def test_a_new_task_lacks_nothing(name: str) -> None:
    accepts("CreatedTask").validate(CREATED)

    assert not accepts("CreatedTask").is_valid({**CREATED, name: None})
    assert not accepts("CreatedTask").is_valid({k: v for k, v in CREATED.items() if k != name})


def test_a_cancelled_task_is_told_from_a_failed_one() -> None:
    assert accepts("CancelledTask").is_valid(CANCELLED)
    assert not accepts("CancelledTask").is_valid(FAILED)
    assert not accepts("FailedTask").is_valid(CANCELLED)


@pytest.mark.parametrize("kind", ERRORS, ids=lambda kind: kind.id)
def test_every_error_fits_the_envelope(kind: ErrorKind) -> None:
    error = {"message": kind.message, "type": kind.type, "code": kind.code}

    accepts("Error").validate({"error": error})


REFUSAL: Answer = {
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


def test_a_full_refusal_fits_the_envelope() -> None:
    accepts("Error").validate(REFUSAL)


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"error": "no"},
        {"error": {"message": "no"}},
        {"error": {"message": "no", "type": "oops"}},
        {"error": REFUSAL["error"] | {"retry_after": -1}},
        {"error": REFUSAL["error"] | {"allowed_resolutions": [720]}},
        {"error": REFUSAL["error"] | {"recommended_request": {"model": "seedance-2.0"}}},
        {**REFUSAL, "validation_errors": []},
        {**REFUSAL, "validation_errors": [{"field": "resolution"}]},
        {**REFUSAL, "detail": "no"},
    ],
    ids=lambda answer: str(answer)[:60],
)
def test_what_is_no_error_of_this_api(answer: Answer) -> None:
    assert not accepts("Error").is_valid(answer)


@pytest.mark.parametrize(
    ("pattern", "value", "fits"),
    [
        (USD, "3.38235294", True),
        (USD, "0", True),
        (USD, "3.382352941", False),
        (USD, "1e-7", False),
        (USD, "-1", False),
    ],
)
def test_patterns_of_strings(pattern: str, value: str, fits: bool) -> None:
    assert Draft202012Validator({"pattern": pattern}).is_valid(value) is fits
