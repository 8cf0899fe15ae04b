"""The input of a client in a case: the API key, which selects the script, and the job."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from seedance_contract.client.client_case import ClientCase

# A task ends at its second poll, whatever the polling interval of the client: no case lasts long.
# Of two words with the same prefix the mock uses the last one, so the script of a case comes later
# and may contain another `clock-` or `after-`.
DEFAULT_SCRIPT = "clock-polls after-2polls"
"""The words that the script of every case begins with."""

SHORT_TASK = "clock-polls after-1polls"
"""The words of a task that ends at its first poll, for cases that are not about polling."""

DEFAULT_REQUEST: Mapping[str, Any] = {
    "model": "seedance-2.0-fast",
    "operation": "text-to-video",
    "prompt": "A paper boat on a quiet lake",
    "duration": 5,
    "resolution": "480p",
}

DEFAULT_JOB: Mapping[str, Any] = {
    "kit": 1,
    "action": "generate",
    "deadline_s": 60,
    "poll_interval_s": 5,
}

NONCE_PATTERN = re.compile(r"kit:[A-Z0-9-]+:([0-9a-f]+(?:\.\d+)?)")
"""Matches the marker in a prompt. Its group is the nonce, which identifies the logical job."""


def full_script(client_case: ClientCase) -> str:
    """Return the script of a case after the default words."""
    return f"{DEFAULT_SCRIPT} {client_case.script}".strip()


def api_key(client_case: ClientCase, nonce: str) -> str:
    """Return the API key of a case. The mock runs the script that the key contains."""
    words = ".".join(full_script(client_case).split())
    return f"sk-mock-{words}--kit-{client_case.id}-{nonce}"


def kit_job(client_case: ClientCase, nonce: str) -> dict[str, Any]:
    """Return the members of `KIT_JOB`. The prompt contains the nonce of the logical job.

    If the job has a `count`, `requests` contains a request for each of the jobs, with a nonce of
    its own.
    """
    job = {**DEFAULT_JOB, **client_case.job}
    request = {**DEFAULT_REQUEST, **client_case.job.get("request", {})}
    # The prompt is the only free text in the request, so the marker can travel in it.
    marker = f"kit:{client_case.id}:{nonce}"
    job["request"] = _with_marker(request, marker)
    if "count" in job:
        numbers = range(1, job["count"] + 1)
        job["requests"] = [_with_marker(request, f"{marker}.{number}") for number in numbers]
    return job


def _with_marker(request: Mapping[str, Any], marker: str) -> dict[str, Any]:
    return {**request, "prompt": f"{request['prompt']} {marker}"}
