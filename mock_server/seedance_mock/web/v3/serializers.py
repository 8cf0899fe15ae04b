"""A task as v3 shows it: pure functions from (task, now, origins) to JSON values."""

from __future__ import annotations

import math

from msgspec.structs import replace

from seedance_contract.declared.prices import FRAMES_PER_SECOND
from seedance_contract.declared.v3.fields import WEB_SEARCH
from seedance_contract.declared.v3.tasks import V3Status
from seedance_contract.derived.cost import token_count
from seedance_mock.domain.scenarios import SCRIPTED_FAILURE
from seedance_mock.domain.task import Stage, Task, failure_reason, updated_time
from seedance_mock.domain.v3.details import V3Details, shown_id
from seedance_mock.domain.v3.status import v3_status
from seedance_mock.web.origins import Origins
from seedance_mock.web.responses import encode_json
from seedance_mock.web.serializers import JSON, LAST_FRAME_FILE, asset_url, video_name

FAILURE_CODES = {SCRIPTED_FAILURE: "OutputVideoSensitiveContentDetected"}
"""The code of a failed task by its reason."""

OTHER_FAILURE_CODE = "InternalServiceError"


def v3_task_body(task: Task, now: float, origins: Origins) -> JSON:
    """Return the response to a get of a task at `now`, in the forms of TokenLab."""
    details = details_of(task)
    state = v3_status(task, now)
    body: JSON = {
        "id": shown_id(task.id),
        "model": details.model,
        "status": str(state),
        "created_at": int(task.created),
        "updated_at": int(updated_time(task, now)),
    }
    match state:
        case V3Status.SUCCEEDED:
            return body | _result(task, details, origins)
        case V3Status.FAILED:
            return body | {"error": _failure(task)}
    return body


def ark_task_body(task: Task, now: float, origins: Origins) -> JSON:
    """Return the response to a get of a task at `now`, in the forms of the model's maker."""
    body: JSON = {"error": None, **v3_task_body(task, now, origins)}
    if "duration" in body:
        body["duration"] = task.video.seconds
    if "tools" in body:
        body["tools"] = [body["tools"]]
    priority = details_of(task).priority
    return body if priority is None else body | {"priority": priority}


def details_of(task: Task) -> V3Details:
    """Return what only v3 shows of one of its tasks."""
    assert task.v3 is not None, "a task of v3 has details"
    return task.v3


def _failure(task: Task) -> JSON:
    reason = failure_reason(task)
    return {"code": FAILURE_CODES.get(str(reason), OTHER_FAILURE_CODE), "message": reason}


def _result(task: Task, details: V3Details, origins: Origins) -> JSON:
    """Return the members of a task that has succeeded."""
    base = origins.api if task.script.file_origin == "api" else origins.other("host")
    content: JSON = {"video_url": asset_url(task, video_name(task.container), base)}
    if task.last_frame:
        content["last_frame_url"] = asset_url(task, LAST_FRAME_FILE, base)
    tokens = token_count(task.video)
    usage: JSON = {"completion_tokens": tokens, "total_tokens": tokens}
    result: JSON = {
        "content": content,
        "seed": details.seed,
        "resolution": task.video.resolution,
        "ratio": task.video.ratio,
        "duration": str(task.video.seconds),
        "framespersecond": FRAMES_PER_SECOND,
        "generate_audio": task.audio,
        "draft": False,
        "service_tier": details.service_tier,
        **_time_limit(task),
        "usage": usage,
    }
    if details.safety_identifier is not None:
        result["safety_identifier"] = details.safety_identifier
    if details.web_search:
        result["tools"] = dict(WEB_SEARCH)
        # How often the model has searched. Assumed: once.
        usage["tool_usage"] = {"web_search": 1}
    return result


def _time_limit(task: Task) -> JSON:
    # A task that was held while it waited can no longer expire.
    is_limited = math.isfinite(task.expires_after)
    return {"execution_expires_after": int(task.expires_after)} if is_limited else {}


def callback_body(task: Task, state: V3Status, changed: float, origin: str) -> bytes:
    """Return the body of a callback: what get has shown from `changed` on, in that status.

    Args:
        task: the task, which may have changed again since.
        state: the status that the callback reports.
        changed: since when the task had it, by the account's clock.
        origin: the origin of this server as the client of the create reached it.
    """
    stage = {V3Status.QUEUED: Stage.PENDING, V3Status.RUNNING: Stage.PROCESSING}.get(
        state, Stage.ENDED
    )
    # The stage decides the status, so the task of that time is the task with that stage. A time
    # just before the end belongs to the stage before.
    then = replace(task, observed_stage=stage, cancelled_at=None)
    form = ark_task_body if task.script.wire == "ark" else v3_task_body
    body = form(then, changed, Origins(origin))
    return encode_json({**body, "status": str(state)})
