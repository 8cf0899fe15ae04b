"""The part of the driver for jobs whose dialect is v3; driver.py describes jobs."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import nullcontext
from functools import partial
from typing import Any

from seedance_v3_client import V3Client, V3Error
from v3_callbacks import CallbackReceiver

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
        return failure(error)
    urls = [task["content"]["video_url"]]
    return {"kit": 1, "outcome": "completed", "task_id": task["id"], "video_urls": urls}


def failure(error: V3Error) -> JSON:
    """Return the outcome line of a job without a video."""
    details = {"code": error.code, "message": error.message}
    return {"kit": 1, "outcome": error.outcome, "task_id": error.task, "error": details}


def batch(client: V3Client, job: JSON) -> JSON:
    """Generate several videos at the same time."""
    deadline = client.clock() + client.time_limit
    try:
        ids = [client.create(each, client.new_key(), deadline) for each in job["requests"]]
        tasks = client.wait(ids, deadline)
    except V3Error as error:
        return failure(error)
    jobs = [outcome(partial(client.result, task)) for task in tasks]
    completed = all(line["outcome"] == "completed" for line in jobs)
    return {"kit": 1, "outcome": "completed" if completed else "failed", "jobs": jobs}


ACTIONS: dict[str, Callable[[V3Client, JSON], JSON]] = {"generate": generate, "batch": batch}


def run(client: V3Client, job: JSON, action: str) -> int:
    """Run a job, print the outcome line, and return the exit status."""
    if action not in ACTIONS:
        return UNSUPPORTED
    with CallbackReceiver() if job.get("callbacks") else nullcontext() as client.receiver:
        line = ACTIONS[action](client, job)
    # An error message of the server may quote the key.
    print(json.dumps(line).replace(client.api_key, "***"))
    return 0 if line["outcome"] == "completed" else 1
