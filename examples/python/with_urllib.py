"""Generate one video with urllib, without other packages.

TOKENLAB_BASE_URL and TOKENLAB_API_KEY name the API and the key. KIT_JOB is optional: the contract
kit sets it to describe a case.
"""

from __future__ import annotations

import json
import os
import sys
import time
import urllib.request
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlsplit

BASE = os.environ["TOKENLAB_BASE_URL"].rstrip("/").removesuffix("/v1")
JOB = json.loads(os.environ.get("KIT_JOB") or "{}")
if JOB.get("action", "generate") != "generate":
    sys.exit(127)
DEFAULT_REQUEST = {"model": "seedance-2.0-fast", "prompt": "A paper boat", "duration": 4}
REQUEST = {"operation": "text-to-video", **(JOB.get("request") or DEFAULT_REQUEST)}
POLL_INTERVAL = JOB.get("poll_interval_s") or 5.0
DEADLINE = time.monotonic() + (JOB.get("deadline_s") or 600.0)


class NoRedirects(urllib.request.HTTPRedirectHandler):
    """Follows no redirect."""

    # urllib sends all headers, and so the key, to whatever host a redirect names.
    def redirect_request(self, *_: object) -> None:
        return None


API = urllib.request.build_opener(NoRedirects)


def send(method: str, path: str, body: object = None) -> tuple[int, Any, dict[str, Any]]:
    """Return the status, headers and JSON object of a response; status 0 if there is none."""
    request = urllib.request.Request(BASE + path, method=method)
    request.add_header("Authorization", f"Bearer {os.environ['TOKENLAB_API_KEY']}")
    request.add_header("Content-Type", "application/json")
    try:
        try:
            response = API.open(request, json.dumps(body).encode() if body else None, timeout=30)
        except HTTPError as error:
            response = error
        with response:
            text = response.read()
    except (OSError, HTTPException):
        return 0, {}, {}
    try:
        data = json.loads(text)
    except ValueError:
        data = {}
    return response.status, response.headers, data if isinstance(data, dict) else {}


def finish(
    outcome: str, task: dict[str, Any], error: object = None, urls: list[str] | None = None
) -> None:
    """Print the outcome and exit."""
    line = {"kit": 1, "outcome": outcome, "task_id": task.get("id") or task.get("task_id")}
    print(json.dumps({**line, "video_urls": urls or [], "error": error}))
    sys.exit(0 if outcome == "completed" else 1)


def retry_after(headers: Any, data: dict[str, Any]) -> float:
    """Return the seconds to wait before a retry: the longer of header and body, 0 if none."""
    error = data.get("error")
    in_body = error.get("retry_after") if isinstance(error, dict) else 0
    values = [headers.get("Retry-After"), in_body]
    return max([float(value) for value in values if str(value).isdigit()], default=0.0)


def create() -> dict[str, Any]:
    """Create the task. Retry only if the API says that it created nothing."""
    for attempt in range(1, 4):
        status, headers, data = send("POST", "/v1/videos/generations", REQUEST)
        if status == 200 and (data.get("id") or data.get("task_id")):
            return data
        error = data.get("error")
        # Without a response, or after a 502 or 504, a task may exist: a retry could pay twice.
        retryable = isinstance(error, dict) and error.get("retryable") and status in (429, 503)
        wait = retry_after(headers, data) or 2.0**attempt
        if not retryable or attempt == 3 or time.monotonic() + wait > DEADLINE:
            break
        time.sleep(wait)
    message = f"HTTP {status}: a task may exist, check before you retry"
    finish("error", {}, error or {"message": message})
    raise AssertionError


def poll_path(task: dict[str, Any]) -> str:
    """Return the path to poll: `poll_url` if it leads to the API, else the documented path."""
    # Every poll carries the key, so it must not go to another host. "//host/" is another host.
    url = str(task.get("poll_url"))
    if url.startswith("/") and not url.startswith("//"):
        return url
    if url.startswith(BASE + "/") and urlsplit(url).netloc == urlsplit(BASE).netloc:
        return url.removeprefix(BASE)
    return f"/v1/tasks/{quote(str(task.get('id') or task.get('task_id')), safe='')}"


task = create()
path, failures, wait = poll_path(task), 0, POLL_INTERVAL
while task.get("status") not in ("completed", "failed"):
    if failures == 8 or time.monotonic() + wait > DEADLINE:
        finish("timeout", task)
    time.sleep(wait)
    status, headers, data = send("GET", path)
    if 400 <= status < 500 and status not in (408, 429):
        finish("error", task, data.get("error"))
    # Any other failed poll says nothing about the task, which goes on and is paid for.
    if status == 200 and data.get("status"):
        task, failures, wait = data, 0, POLL_INTERVAL
    else:
        failures += 1
        wait = max(retry_after(headers, data), min(POLL_INTERVAL * 2**failures, 60), 1)

if task["status"] == "failed":
    finish("cancelled" if task.get("cancelled") else "failed", task, task.get("error"))
video, videos = task.get("video") or {}, task.get("videos") or []
candidates = [task.get("video_url"), video.get("url"), *(item.get("url") for item in videos)]
urls = list(dict.fromkeys(url for url in candidates if url))
finish("completed" if urls else "failed", task, None if urls else "no video", urls)
