"""The requests that both applications get."""

from __future__ import annotations

import json
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A request; `{task}` in its path is the id of a task created under `lifecycle`."""

    name: str
    method: str
    path: str
    body: str = ""
    status: int = 200
    lifecycle: str = "instant"


CREATE = "/v1/videos/generations"
READ = "/v1/tasks/{task}"

ACCEPTED = Case(
    name="create accepted",
    method="POST",
    path=CREATE,
    body='{"model": "seedance-2.0", "prompt": "A paper boat", "resolution": "720p"}',
)
# A request with most of the inputs that a model takes: it costs the most rules.
REFERENCES = Case(
    name="create references",
    method="POST",
    path=CREATE,
    body=json.dumps(
        {
            "model": "seedance-2.0",
            "operation": "reference-to-video",
            "prompt": "A paper boat like the ones in the pictures, on a river at dawn",
            "resolution": "4k",
            "duration": 15,
            "reference_images": [f"https://media.example.com/{n}.png" for n in range(9)],
            "video_urls": [f"https://media.example.com/{n}.mp4" for n in range(3)],
            "audio_urls": [f"https://media.example.com/{n}.mp3" for n in range(3)],
        }
    ),
)
REFUSED = Case(
    name="create refused",
    method="POST",
    path=CREATE,
    body='{"model": "seedance-2.0-fast", "prompt": "A paper boat", "resolution": "4k"}',
    status=400,
)
# With the lifecycle `manual` a task stays pending, with `instant` it is completed at once.
PENDING = Case(name="poll pending", method="GET", path=READ, lifecycle="manual")
COMPLETED = Case(name="poll completed", method="GET", path=READ)
MODELS = Case(name="models list", method="GET", path="/v1/models")

V3_TASKS = "/api/v3/contents/generations/tasks"
V3_ACCEPTED = Case(
    name="v3 create accepted",
    method="POST",
    path=V3_TASKS,
    body=json.dumps(
        {
            "model": "doubao-seedance-2-0-260128",
            "content": [{"type": "text", "text": "A paper boat"}],
            "resolution": "720p",
        }
    ),
)
V3_COMPLETED = Case(name="v3 poll completed", method="GET", path=f"{V3_TASKS}/{{task}}")

CREATES = (ACCEPTED, REFERENCES, REFUSED, V3_ACCEPTED)
CASES = (*CREATES, PENDING, COMPLETED, V3_COMPLETED, MODELS)

HEADERS = {"Authorization": "Bearer sk-bench", "Content-Type": "application/json"}
