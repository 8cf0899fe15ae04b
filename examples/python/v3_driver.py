"""The part of the driver for jobs whose dialect is v3; driver.py describes jobs."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from seedance_v3_client import V3Client, V3Error

JSON = dict[str, Any]

UNSUPPORTED = 127


def generate(client: V3Client, job: JSON) -> JSON:
    """Generate a video, and return the outcome line."""
    return outcome(lambda: client.generate(job["request"]))


def outcome(action: Callable[[], JSON]) -> JSON:
    """Return the outcome line of an action that returns a task."""
    try:
        task = action()
    except V3Error as error:
        details = {"code": error.code, "message": error.message}
        return {"kit": 1, "outcome": error.outcome, "task_id": error.task, "error": details}
    urls = [task["content"]["video_url"]]
    return {"kit": 1, "outcome": "completed", "task_id": task["id"], "video_urls": urls}


ACTIONS: dict[str, Callable[[V3Client, JSON], JSON]] = {"generate": generate}


def run(client: V3Client, job: JSON, action: str) -> int:
    """Run a job, print the outcome line, and return the exit status."""
    if action not in ACTIONS:
        return UNSUPPORTED
    line = ACTIONS[action](client, job)
    # An error message of the server may quote the key.
    print(json.dumps(line).replace(client.api_key, "***"))
    return 0 if line["outcome"] == "completed" else 1
