"""A task as the API shows it: pure functions of (task, now, base URL) to JSON values."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import quote

from seedance_contract.declared.routes import READ
from seedance_contract.declared.tasks import Status
from seedance_mock.task import Task, billing_id, ends, error, status, updated

JSON = dict[str, object]

VIDEO = "video.mp4"
LAST_FRAME = "last_frame.png"
ASSETS = "/assets/{id}/{name}"

DAY = 86_400


def poll_url(task: Task) -> str:
    """Return the path to poll, relative to the API's host."""
    return READ.path.format(id=task.id)


def created(task: Task) -> JSON:
    """Return the answer to the create request."""
    return {
        "id": task.id,
        "task_id": task.id,
        "poll_url": poll_url(task),
        "status": str(Status.PENDING),
        "model": task.model,
        "created": int(task.created),
    }


def shown(task: Task, now: float, base: str) -> JSON:
    """Return what a poll at `now` answers; `base` is the URL of this server, for results."""
    state = status(task, now)
    head = created(task) | {"status": str(state), "updated": int(updated(task, now))}
    match state:
        case Status.COMPLETED:
            return head | _result(task, now, base)
        case Status.FAILED:
            return head | _failure(task)
    return head


def _result(task: Task, now: float, base: str) -> JSON:
    url = asset_url(task, VIDEO, base)
    width, height = task.video.size
    result: JSON = {
        "video_url": url,
        "video": {
            "url": url,
            "duration": task.video.seconds,
            "width": width,
            "height": height,
        },
        "billing_transaction_id": billing_id(task, now),
    }
    if task.last_frame:
        result["last_frame_url"] = asset_url(task, LAST_FRAME, base)
    return result


def _failure(task: Task) -> JSON:
    failure: JSON = {"error": error(task)}
    if task.cancelled is None:
        return failure
    return failure | {"cancelled": True, "cancellation_status": "cancelled"}


def asset_query(task: Task, name: str) -> str:
    """Return the query of a result's URL. It must come back byte for byte, like a signature."""
    text = f"{task.id}/{name}".encode()
    signature = base64.b64encode(hashlib.blake2b(text, digest_size=16).digest()).decode()
    return f"expires={int(ends(task)) + DAY}&signature={quote(signature, safe='')}"


def asset_url(task: Task, name: str, base: str) -> str:
    """Return the absolute URL of a result file."""
    return f"{base}{ASSETS.format(id=task.id, name=name)}?{asset_query(task, name)}"
