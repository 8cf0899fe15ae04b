"""A task as the API shows it: pure functions of (task, now, base URL) to JSON values."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from seedance_contract.declared.routes import READ
from seedance_contract.declared.tasks import ID_PREFIX, Status
from seedance_mock.domain.task import (
    Task,
    billing_id,
    end_time,
    failure_reason,
    progress,
    status,
    updated_time,
)

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


def other_origin(base: str) -> str:
    """Return an origin that is not `base`, yet leads back to this machine."""
    scheme, _, host = base.partition("://")
    name, colon, port = host.partition(":")
    other = "127.0.0.1" if name == "localhost" else "localhost"
    return f"{scheme}://{other}{colon}{port}"


@dataclass(frozen=True, slots=True)
class Origins:
    """Where this server is: `api` as its client knows it, and others by name."""

    api: str
    others: Mapping[str, str] = field(default_factory=dict)

    def named(self, name: str) -> str:
        """Return another origin; this machine under another name where none is known."""
        return self.others.get(name) or other_origin(self.api)


_READ = READ.path.removesuffix("{id}")


def poll_url(task: Task, origins: Origins) -> str | None:
    """Return where to poll: a path, relative to the API's host, unless words say otherwise."""
    path = _READ + task.id
    if task.script.at == "path":
        return path
    host = origins.named("host").partition("://")[2]
    forms = {
        "query": path + QUERY,
        "absolute": origins.api + path,
        "foreign": origins.named("host") + path,
        "userinfo": f"http://user:secret@{host}{path}",
        "file": f"file://{path}",
        "slashes": f"//{host}{path}",
    }
    return forms.get(task.script.at)


def _head(task: Task, origins: Origins) -> JSON:
    head: JSON = {
        "id": task.id,
        "task_id": task.id,
        "poll_url": poll_url(task, origins),
        "status": str(Status.PENDING),
        "model": task.model,
        "created": int(task.created),
    }
    if head["poll_url"] is None:
        del head["poll_url"]
    return head


def created_body(task: Task, origins: Origins) -> JSON:
    """Return the answer to the create request."""
    head = _head(task, origins)
    if task.script.status == "done":
        head = task_body(task, task.created, origins)
    match task.script.ids:
        case "id":
            del head["task_id"]
        case "task":
            del head["id"]
    return head if task.script.shape in ("plain", "large") else head | _odd(task)


def task_body(task: Task, now: float, origins: Origins) -> JSON:
    """Return what a poll at `now` answers."""
    state = status(task, now)
    told = {"status": _called(task, state), "updated": int(updated_time(task, now))}
    head = _head(task, origins) | told | _progress(task, state, now)
    match state:
        case Status.COMPLETED:
            return head | _result(task, now, origins) | _odd(task)
        case Status.FAILED:
            return head | _failure(task) | _odd(task)
    return head | _odd(task)


ODDLY_CALLED = {("queued", 1): "queued", ("back", 3): "pending"}
"""What a poll calls a running task, by the word for it and the number of the poll."""


def _called(task: Task, state: Status) -> str:
    """Return the status as it is told: the true one, unless words say otherwise."""
    told = str(state)
    if state is Status.PENDING and task.script.status == "queued":
        return "queued"
    if state is Status.PROCESSING:
        return ODDLY_CALLED.get((task.script.status, task.request_counts.get("poll", 0)), told)
    return told


def _progress(task: Task, state: Status, now: float) -> JSON:
    match task.script.progress:
        case "none":
            return {}
        case "real":
            return {"progress": progress(task, now)}
        case "lie":
            running = state in (Status.PENDING, Status.PROCESSING)
            return {"progress": 100} if running else {}
    return {"progress": {"null": None, "text": "42", "over": 150}[task.script.progress]}


LARGE = "." * 2_000_000


def _odd(task: Task) -> JSON:
    """Return members that no document knows, which clients have to ignore."""
    if task.script.shape == "plain":
        return {}
    return dict(ODD) if task.script.shape == "odd" else {"x_large": LARGE}


def billing(task: Task, now: float) -> str | None:
    """Return the id of the charge as it is shown, None where there is none."""
    match task.script.billing:
        case "task":
            return ID_PREFIX + task.id.removeprefix(ID_PREFIX)[::-1]
        case "none":
            return None
    return billing_id(task, now)


def _result(task: Task, now: float, origins: Origins) -> JSON:
    base = origins.api if task.script.files == "api" else origins.named("host")
    result: JSON = {**_files(task, base), "billing_transaction_id": billing(task, now)}
    if result["billing_transaction_id"] is None:
        del result["billing_transaction_id"]
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
        "data": {"data": [{"url": url}]},
        "none": {},
    }
    return forms[task.script.out]


def _failure(task: Task) -> JSON:
    if task.cancelled_at is not None:
        return {
            "error": failure_reason(task),
            "cancelled": True,
            "cancellation_status": "cancelled",
        }
    told: JSON = {"code": "generation_failed", "message": failure_reason(task)}
    forms: dict[str, JSON] = {
        "string": {"error": failure_reason(task)},
        "object": {"error": told},
        "rich": {"error": {**told, **ODD}},
        "null": {"error": None},
        "none": {},
    }
    return forms[task.script.err]


def asset_query(task: Task, name: str) -> str:
    """Return the query of a result's URL. It must come back byte for byte, like a signature."""
    text = f"{task.id}/{name}".encode()
    signature = base64.b64encode(hashlib.blake2b(text, digest_size=16).digest()).decode()
    return f"expires={int(end_time(task)) + DAY}&signature={quote(signature, safe='')}"


def asset_url(task: Task, name: str, base: str) -> str:
    """Return the absolute URL of a result file."""
    return f"{base}{ASSETS.format(id=task.id, name=name)}?{asset_query(task, name)}"
