"""A client with one of the vendor's Python SDKs, as `check-client` starts it.

    python ark_client.py PACKAGE plain|keyed

It makes the job of KIT_JOB under /api/v3, in whatever dialect it is stated. With `keyed`, each
create has an Idempotency-Key.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
import uuid
from typing import Any

ENDED = ("succeeded", "failed", "cancelled", "expired")
FIELDS = ("duration", "resolution", "seed", "watermark", "return_last_frame")
"""The fields of a job that have the same name under /api/v3."""


def v3_request(request: dict[str, Any]) -> dict[str, Any]:
    """Return the create request of a job for /api/v3."""
    if "content" in request:
        return request
    content = [{"type": "text", "text": request["prompt"]}]
    fields = {name: request[name] for name in FIELDS if name in request}
    return {"model": request["model"], "content": content, **fields}


def generate(tasks: Any, job: dict[str, Any], headers: dict[str, str]) -> str | None:
    """Create the task of a job, poll it to its end, and return the URL of its video."""
    created = tasks.create(extra_headers=headers, **v3_request(job["request"]))
    while True:
        time.sleep(job["poll_interval_s"])
        task = tasks.get(task_id=created.id)
        if task.status in ENDED:
            url: str | None = getattr(task.content, "video_url", None)
            return url if task.status == "succeeded" else None


def main(package: str, variant: str) -> None:
    """Make the job, and exit with 1 if there is no video."""
    base_url = os.environ["TOKENLAB_BASE_URL"].rstrip("/") + "/api/v3"
    client = importlib.import_module(package).Ark(
        base_url=base_url, api_key=os.environ["TOKENLAB_API_KEY"], timeout=3
    )
    job = json.loads(os.environ["KIT_JOB"])
    headers = {"Idempotency-Key": str(uuid.uuid4())} if variant == "keyed" else {}
    sys.exit(generate(client.content_generation.tasks, job, headers) is None)


if __name__ == "__main__":
    main(*sys.argv[1:])
