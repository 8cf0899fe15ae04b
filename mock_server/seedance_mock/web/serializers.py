"""A task as the API shows it: pure functions from (task, now, origins) to JSON values."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from urllib.parse import quote

from seedance_contract.declared.routes import READ
from seedance_contract.declared.tasks import TASK_ID_PREFIX, Status
from seedance_mock.domain.task import (
    Task,
    billing_id,
    end_time,
    failure_reason,
    progress,
    status,
    updated_time,
)
from seedance_mock.service.redaction import SIGNATURE
from seedance_mock.web.origins import Origins

JSON = dict[str, object]

LAST_FRAME_FILE = "last_frame.png"
ASSET_PATH = "/assets/{id}/{name}"


def video_name(container: str) -> str:
    """Return the name of a video in its link."""
    return f"video.{container}"


RESULT_MEDIA_TYPES: Mapping[str, str] = {
    video_name("mp4"): "video/mp4",
    video_name("mov"): "video/quicktime",
    LAST_FRAME_FILE: "image/png",
}
"""The types of the files that a task may have, by their names in its links."""


LINK_LIFETIME_SECONDS = 86_400
"""How long links are valid after their task ends, as their query shows. It is not enforced."""

POLL_URL_QUERY = "?view=full&" + "=".join(SIGNATURE)
"""A query that the client must send back unchanged. Decoding `%2F` breaks it."""

SECOND_VIDEO_QUERY = "&part=2"
"""The query that distinguishes the link to the second of two videos."""

# What JSON libraries treat differently: text beyond ASCII, null, and an integer above 2**53, where
# a double can no longer hold every integer.
UNKNOWN_MEMBERS: JSON = {
    "x_note": "ein Gruß 🎬",
    "x_nothing": None,
    "x_large": 2**60,
    "x_nested": {"list": [{"deep": None}], "empty": {}},
}
"""Members that no document names. A client has to ignore them."""


_READ_PREFIX = READ.path.removesuffix("{id}")
_PENDING = str(Status.PENDING)


def poll_url(task: Task, origins: Origins) -> str | None:
    """Return the URL to poll: a path on the API's host, or the form that the script chooses.

    None if the script leaves it out.
    """
    path = _READ_PREFIX + task.id
    # Almost every task has the plain path: 0.1 µs instead of 2 µs for the table below.
    if task.script.poll_url_form == "path":
        return path
    host = origins.other("host").partition("://")[2]
    forms = {
        "query": path + POLL_URL_QUERY,
        "absolute": origins.api + path,
        "foreign": origins.other("host") + path,
        "userinfo": f"http://user:secret@{host}{path}",
        "file": f"file://{path}",
        "slashes": f"//{host}{path}",
    }
    return forms.get(task.script.poll_url_form)


def _common_members(task: Task, origins: Origins) -> JSON:
    members: JSON = {
        "id": task.id,
        "task_id": task.id,
        "poll_url": poll_url(task, origins),
        "status": _PENDING,
        "model": task.model,
        "created": int(task.created),
    }
    if members["poll_url"] is None:
        del members["poll_url"]
    return members


def created_body(task: Task, origins: Origins) -> JSON:
    """Return the response to the create request of a task."""
    body = _common_members(task, origins)
    if task.script.status_form == "done":
        body = task_body(task, task.created, origins)
    match task.script.created_ids:
        case "id":
            del body["task_id"]
        case "task":
            del body["id"]
    # `shape-large` makes polls large, not the response to create.
    return body if task.script.body_form in ("plain", "large") else body | _unknown_members(task)


def task_body(task: Task, now: float, origins: Origins) -> JSON:
    """Return the response to a poll of a task at `now`."""
    state = status(task, now)
    current: JSON = {
        "status": _displayed_status(task, state),
        "updated": int(updated_time(task, now)),
    }
    body = _common_members(task, origins) | current | _progress(task, state, now)
    match state:
        case Status.COMPLETED:
            return body | _result(task, now, origins) | _unknown_members(task)
        case Status.FAILED:
            return body | _failure(task) | _unknown_members(task)
    return body | _unknown_members(task)


SCRIPTED_STATUSES = {("queued", 1): "queued", ("back", 3): "pending"}
"""The status of a running task, by the value of the setting `status` and the number of the poll."""


def _displayed_status(task: Task, state: Status) -> str:
    """Return the status that a poll shows: the true one unless the script changes it."""
    if state is Status.PENDING and task.script.status_form == "queued":
        return "queued"
    if state is Status.PROCESSING:
        poll_number = task.request_counts.get("poll", 0)
        return SCRIPTED_STATUSES.get((task.script.status_form, poll_number), str(state))
    return str(state)


def _progress(task: Task, state: Status, now: float) -> JSON:
    match task.script.progress_form:
        case "none":
            return {}
        case "real":
            return {"progress": progress(task, now)}
        case "lie":
            running = state in (Status.PENDING, Status.PROCESSING)
            return {"progress": 100} if running else {}
    return {"progress": {"null": None, "text": "42", "over": 150}[task.script.progress_form]}


LARGE_VALUE_SIZE = 2_000_000
"""The length of the member that makes a response large."""


def _unknown_members(task: Task) -> JSON:
    """Return the members that the script adds."""
    if task.script.body_form == "plain":
        return {}
    if task.script.body_form == "odd":
        return dict(UNKNOWN_MEMBERS)
    # Made for each response, not once: a server would keep 2 MB for a word that few clients use.
    return {"x_large": "." * LARGE_VALUE_SIZE}


def billing_transaction_id(task: Task, now: float) -> str | None:
    """Return the displayed id of the charge, or None if there is none."""
    match task.script.billing_form:
        case "task":
            # The digits are reversed, so that it looks like an id of a task but is none.
            return TASK_ID_PREFIX + task.id.removeprefix(TASK_ID_PREFIX)[::-1]
        case "none":
            return None
    return billing_id(task, now)


def _result(task: Task, now: float, origins: Origins) -> JSON:
    """Return the members of a completed task."""
    base = origins.api if task.script.file_origin == "api" else origins.other("host")
    result: JSON = {
        **_files(task, base),
        "billing_transaction_id": billing_transaction_id(task, now),
    }
    if result["billing_transaction_id"] is None:
        del result["billing_transaction_id"]
    if task.last_frame:
        result["last_frame_url"] = asset_url(task, LAST_FRAME_FILE, base)
    return result


def _files(task: Task, base: str) -> JSON:
    """Return the members that name the video: two of them unless the script changes it."""
    url = asset_url(task, video_name(task.container), base)
    width, height = task.video.size
    video = {"url": url, "duration": task.video.seconds, "width": width, "height": height}
    forms: dict[str, JSON] = {
        "both": {"video_url": url, "video": video},
        "url": {"video_url": url},
        "video": {"video": video},
        "videos": {"videos": [video, {**video, "url": url + SECOND_VIDEO_QUERY}]},
        "content": {"content": {"video_url": url}},
        "data": {"data": [{"url": url}]},
        "none": {},
    }
    return forms[task.script.result_form]


def _failure(task: Task) -> JSON:
    """Return the members of a failed task."""
    # The form of a cancelled task is documented, so the setting `err` does not change it.
    if task.cancelled_at is not None:
        return {
            "error": failure_reason(task),
            "cancelled": True,
            "cancellation_status": "cancelled",
        }
    error: JSON = {"code": "generation_failed", "message": failure_reason(task)}
    forms: dict[str, JSON] = {
        "string": {"error": failure_reason(task)},
        "object": {"error": error},
        "rich": {"error": {**error, **UNKNOWN_MEMBERS}},
        "null": {"error": None},
        "none": {},
    }
    return forms[task.script.failure_form]


def asset_query(task: Task, name: str) -> str:
    """Return the query of a result's URL. A client must send it back byte for byte."""
    text = f"{task.id}/{name}".encode()
    # Base64 has `+`, `/` and `=`, which are percent-encoded in a query. A client that decodes the
    # link and encodes it again sends other bytes, as it would with a signed link to a file store.
    signature = base64.b64encode(hashlib.blake2b(text, digest_size=16).digest()).decode()
    expires = int(end_time(task)) + LINK_LIFETIME_SECONDS
    return f"expires={expires}&signature={quote(signature, safe='')}"


def asset_url(task: Task, name: str, base: str) -> str:
    """Return the absolute URL of a result file."""
    return f"{base}{ASSET_PATH.format(id=task.id, name=name)}?{asset_query(task, name)}"
