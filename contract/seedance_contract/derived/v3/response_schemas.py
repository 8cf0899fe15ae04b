"""The JSON Schemas of the responses of v3. Every object is closed, as the vendor's are."""

from __future__ import annotations

from seedance_contract.declared.limits import Schema
from seedance_contract.declared.prices import FRAMES_PER_SECOND
from seedance_contract.declared.v3.routes import V3_TASK_ID_PATTERN
from seedance_contract.declared.v3.tasks import V3Status
from seedance_contract.derived.schemas.schema_objects import (
    STRING,
    TIME,
    WEB_URL,
    closed_object,
    schema_reference,
    with_optional,
)

_ID: Schema = {"type": "string", "pattern": V3_TASK_ID_PATTERN}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_BOOLEAN: Schema = {"type": "boolean"}
_IDENTITY: dict[str, Schema] = {"id": _ID, "model": STRING}
_CONTENT = with_optional(closed_object(video_url=WEB_URL), last_frame_url=WEB_URL)
_TOOL_USAGE = with_optional(closed_object(), web_search=_COUNT)
_USAGE = with_optional(
    closed_object(), completion_tokens=_COUNT, total_tokens=_COUNT, tool_usage=_TOOL_USAGE
)
_TASK_ERROR = closed_object(code=STRING, message=STRING)
_OPTIONAL: dict[str, Schema] = {
    "created_at": TIME,
    "updated_at": TIME,
    "seed": {"type": "integer"},
    "resolution": STRING,
    "ratio": STRING,
    # A string here, an integer in the SDKs of the model's maker.
    "duration": STRING,
    "frames": _COUNT,
    "framespersecond": {"const": FRAMES_PER_SECOND},
    "generate_audio": _BOOLEAN,
    # One object here, an array in the SDKs of the model's maker.
    "tools": with_optional(closed_object(), type={"enum": ["web_search"]}),
    "safety_identifier": STRING,
    "draft": _BOOLEAN,
    "draft_task_id": STRING,
    "service_tier": STRING,
    "execution_expires_after": {"type": "integer"},
    "usage": _USAGE,
    "error": _TASK_ERROR,
}


def _task(required: dict[str, Schema], optional: dict[str, Schema]) -> Schema:
    return with_optional(closed_object(**_IDENTITY, **required), **_OPTIONAL, **optional)


def v3_response_schemas() -> dict[str, Schema]:
    """Return the named schemas of the responses."""
    others = [str(status) for status in V3Status if status is not V3Status.SUCCEEDED]
    tasks = {
        # The vendor's document requires three members of any task. A succeeded task without a
        # video is of no use, so a check should notice it.
        "SucceededContentTask": _task(
            {"status": {"const": str(V3Status.SUCCEEDED)}, "content": _CONTENT}, {}
        ),
        "OtherContentTask": _task({"status": {"enum": others}}, {"content": _CONTENT}),
    }
    task = schema_reference("ContentTask")
    error = closed_object(code=STRING, message=STRING, param=STRING, type=STRING)
    return {
        "CreatedContentTask": closed_object(id=_ID),
        **tasks,
        "ContentTask": {"oneOf": [schema_reference(name) for name in tasks]},
        "ContentTaskList": closed_object(items={"type": "array", "items": task}, total=_COUNT),
        "ContentError": closed_object(error=error),
    }
