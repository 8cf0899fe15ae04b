"""A task as the API shows it: pure functions of (task, now, base URL) to JSON values."""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import quote

from seedance_contract.declared.routes import READ
from seedance_contract.declared.tasks import Status
from seedance_mock.task import Task, billing_id, ends, error, progress, status, updated

JSON = dict[str, object]

VIDEO = "video.mp4"
LAST_FRAME = "last_frame.png"
ASSETS = "/assets/{id}/{name}"

DAY = 86_400

QUERY = "?view=full&sig=a%2Fb"
"""A query that a client has to send back as it is."""

PART = "&part=2"
"""What sets the link to the second of two results apart."""

ODD: JSON = {
    "x_note": "ein Gruß 🎬",
    "x_nothing": None,
    "x_large": 2**60,
    "x_nested": {"list": [{"deep": None}], "empty": {}},
}


def foreign_origin(base: str) -> str:
    """Return an origin that is not `base`, yet leads back to this machine."""
    scheme, _, host = base.partition("://")
    name, colon, port = host.partition(":")
    other = "127.0.0.1" if name == "localhost" else "localhost"
    return f"{scheme}://{other}{colon}{port}"


def poll_url(task: Task, base: str) -> str | None:
    """Return where to poll: a path, relative to the API's host, unless words say otherwise."""
    path = READ.path.format(id=task.id)
    match task.script.at:
        case "query":
            return path + QUERY
        case "absolute":
            return base + path
        case "foreign":
            return foreign_origin(base) + path
        case "none":
            return None
    return path


def _head(task: Task, base: str) -> JSON:
    head: JSON = {
        "id": task.id,
        "task_id": task.id,
        "poll_url": poll_url(task, base),
        "status": str(Status.PENDING),
        "model": task.model,
        "created": int(task.created),
    }
    if head["poll_url"] is None:
        del head["poll_url"]
    return head


def created(task: Task, base: str) -> JSON:
    """Return the answer to the create request; `base` is the URL of this server."""
    head = _head(task, base)
    match task.script.ids:
        case "id":
            del head["task_id"]
        case "task":
            del head["id"]
    return head | _odd(task)


def shown(task: Task, now: float, base: str) -> JSON:
    """Return what a poll at `now` answers; `base` is the URL of this server."""
    state = status(task, now)
    told = {"status": str(state), "updated": int(updated(task, now))}
    head = _head(task, base) | told | _progress(task, state, now)
    match state:
        case Status.COMPLETED:
            return head | _result(task, now, base) | _odd(task)
        case Status.FAILED:
            return head | _failure(task) | _odd(task)
    return head | _odd(task)


def _progress(task: Task, state: Status, now: float) -> JSON:
    match task.script.progress:
        case "real":
            return {"progress": progress(task, now)}
        case "lie" if state in (Status.PENDING, Status.PROCESSING):
            return {"progress": 100}
    return {}


def _odd(task: Task) -> JSON:
    """Return members that no document knows, which clients have to ignore."""
    return dict(ODD) if task.script.odd else {}


def _result(task: Task, now: float, base: str) -> JSON:
    result: JSON = {**_files(task, base), "billing_transaction_id": billing_id(task, now)}
    if task.last_frame:
        result["last_frame_url"] = asset_url(task, LAST_FRAME, base)
    return result


def _files(task: Task, base: str) -> JSON:
    """Return the members that name the video: two, unless words say otherwise."""
    url = asset_url(task, VIDEO, base)
    width, height = task.video.size
    video = {"url": url, "duration": task.video.seconds, "width": width, "height": height}
    forms: dict[str, JSON] = {
        "both": {"video_url": url, "video": video},
        "url": {"video_url": url},
        "video": {"video": video},
        "videos": {"videos": [video, {**video, "url": url + PART}]},
        "content": {"content": {"video_url": url}},
        "none": {},
    }
    return forms[task.script.out]


def _failure(task: Task) -> JSON:
    if task.cancelled is not None:
        return {"error": error(task), "cancelled": True, "cancellation_status": "cancelled"}
    match task.script.err:
        case "object":
            return {"error": {"code": "generation_failed", "message": error(task)}}
        case "none":
            return {}
    return {"error": error(task)}


def asset_query(task: Task, name: str) -> str:
    """Return the query of a result's URL. It must come back byte for byte, like a signature."""
    text = f"{task.id}/{name}".encode()
    signature = base64.b64encode(hashlib.blake2b(text, digest_size=16).digest()).decode()
    return f"expires={int(ends(task)) + DAY}&signature={quote(signature, safe='')}"


def asset_url(task: Task, name: str, base: str) -> str:
    """Return the absolute URL of a result file."""
    return f"{base}{ASSETS.format(id=task.id, name=name)}?{asset_query(task, name)}"
