"""The requests that both applications get."""

from __future__ import annotations

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

CASES = (ACCEPTED, REFUSED, PENDING, COMPLETED, MODELS)

HEADERS = {"Authorization": "Bearer sk-bench", "Content-Type": "application/json"}
