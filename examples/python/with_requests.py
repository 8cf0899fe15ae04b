"""Make one video with requests. TOKENLAB_BASE_URL says where, TOKENLAB_API_KEY as whom."""

from __future__ import annotations

import json
import os
import sys
import time
from typing import Any
from urllib.parse import quote, urlsplit

import requests

BASE = os.environ["TOKENLAB_BASE_URL"].rstrip("/").removesuffix("/v1")
JOB = json.loads(os.environ.get("KIT_JOB") or "{}")
if JOB.get("action", "generate") != "generate":
    sys.exit(127)
SMALL = {"model": "seedance-2.0-fast", "prompt": "A paper boat", "duration": 4}
REQUEST = {"operation": "text-to-video", **(JOB.get("request") or SMALL)}
INTERVAL = JOB.get("poll_interval_s") or 5.0
UNTIL = time.monotonic() + (JOB.get("deadline_s") or 600.0)


def sign(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Add the key. A header of our own would give way to what ~/.netrc says."""
    request.headers["Authorization"] = f"Bearer {os.environ['TOKENLAB_API_KEY']}"
    return request


def send(method: str, path: str, body: object = None) -> tuple[int, Any, dict[str, Any]]:
    """Return status, headers and JSON of an answer; status 0 where none came."""
    try:
        answer = requests.request(
            method, BASE + path, json=body, auth=sign, timeout=30, allow_redirects=False
        )
        data = answer.json()
        return answer.status_code, answer.headers, data if isinstance(data, dict) else {}
    except requests.JSONDecodeError:
        return answer.status_code, answer.headers, {}
    except requests.RequestException:
        return 0, {}, {}


def end(
    outcome: str, task: dict[str, Any], error: object = None, urls: list[str] | None = None
) -> None:
    """Say what happened, and leave."""
    line = {"kit": 1, "outcome": outcome, "task_id": task.get("id") or task.get("task_id")}
    print(json.dumps({**line, "video_urls": urls or [], "error": error}))
    sys.exit(0 if outcome == "completed" else 1)


def hint(headers: Any, data: dict[str, Any]) -> float:
    """Return the seconds that an error asks to wait."""
    error = data.get("error")
    asked = [headers.get("Retry-After"), error.get("retry_after") if isinstance(error, dict) else 0]
    return max([float(one) for one in asked if str(one).isdigit()], default=0.0)


def create() -> dict[str, Any]:
    """Create the task: once, unless the API says that it did not and may be asked again."""
    for attempt in range(1, 4):
        status, headers, data = send("POST", "/v1/videos/generations", REQUEST)
        if status == 200 and (data.get("id") or data.get("task_id")):
            return data
        error = data.get("error")
        welcome = isinstance(error, dict) and error.get("retryable") and status in (429, 503)
        pause = hint(headers, data) or 2.0**attempt
        if not welcome or attempt == 3 or time.monotonic() + pause > UNTIL:
            break
        time.sleep(pause)
    end("error", {}, error or {"message": f"HTTP {status}: a task may exist, look before a retry"})
    raise AssertionError


def poll_path(task: dict[str, Any]) -> str:
    """Return where to poll. The key goes nowhere else than to the API."""
    url = str(task.get("poll_url"))
    if url.startswith("/") and not url.startswith("//"):
        return url
    if url.startswith(BASE + "/") and urlsplit(url).netloc == urlsplit(BASE).netloc:
        return url.removeprefix(BASE)
    return f"/v1/tasks/{quote(str(task.get('id') or task.get('task_id')), safe='')}"


task = create()
path, failures, pause = poll_path(task), 0, INTERVAL
while task.get("status") not in ("completed", "failed"):
    if failures == 8 or time.monotonic() + pause > UNTIL:
        end("timeout", task)
    time.sleep(pause)
    status, headers, data = send("GET", path)
    if 400 <= status < 500 and status not in (408, 429):
        end("error", task, data.get("error"))
    found = status == 200 and bool(data.get("status"))
    task, failures = (data, 0) if found else (task, failures + 1)
    pause = INTERVAL if found else max(hint(headers, data), min(INTERVAL * 2**failures, 60), 1)

if task["status"] == "failed":
    end("cancelled" if task.get("cancelled") else "failed", task, task.get("error"))
video, videos = task.get("video") or {}, task.get("videos") or []
urls = [task.get("video_url"), video.get("url"), *(one.get("url") for one in videos)]
urls = list(dict.fromkeys(url for url in urls if url))
end("completed" if urls else "failed", task, None if urls else "no video", urls)
