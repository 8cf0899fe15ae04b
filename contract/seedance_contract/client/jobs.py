"""What a client is asked to do in a case: the words of its key, and its job."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from seedance_contract.client.scene import Scene

ORDINARY = "clock-polls after-2polls"
"""What every situation begins with: a task ends at its second poll, so that no case lasts long.

The words of a scene come later, so that its own `clock-` and `after-` prevail.
"""

REQUEST: Mapping[str, Any] = {
    "model": "seedance-2.0-fast",
    "operation": "text-to-video",
    "prompt": "A paper boat on a quiet lake",
    "duration": 5,
    "resolution": "480p",
}

JOB: Mapping[str, Any] = {"kit": 1, "action": "generate", "deadline_s": 60, "poll_interval_s": 5}

NONCE = re.compile(r"kit:[A-Z0-9-]+:([0-9a-f]+(?:\.\d+)?)")
"""Finds in a prompt which logical job it is."""


def words(scene: Scene) -> str:
    """Return the situation of a scene in the words of the mock."""
    return f"{ORDINARY} {scene.script}".strip()


def key(scene: Scene, nonce: str) -> str:
    """Return the API key that leads a client into the situation of a scene."""
    return f"sk-mock-{'.'.join(words(scene).split())}--kit-{scene.case.id}-{nonce}"


def job(scene: Scene, nonce: str) -> dict[str, Any]:
    """Return the members of `KIT_JOB`. The prompt carries the nonce of the logical job.

    Where several jobs are asked for, `requests` holds one each, told apart by their nonces.
    """
    told = {**JOB, **scene.job}
    request = {**REQUEST, **scene.job.get("request", {})}
    mark = f"kit:{scene.case.id}:{nonce}"
    told["request"] = _marked(request, mark)
    if "count" in told:
        numbers = range(1, told["count"] + 1)
        told["requests"] = [_marked(request, f"{mark}.{number}") for number in numbers]
    return told


def _marked(request: Mapping[str, Any], mark: str) -> dict[str, Any]:
    return {**request, "prompt": f"{request['prompt']} {mark}"}
