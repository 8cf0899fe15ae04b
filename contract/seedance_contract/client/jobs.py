"""The input of a client in a case: the API key, which selects the script, and the job."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from seedance_contract.client.client_case import ClientCase
from seedance_contract.declared.dialects import V3
from seedance_contract.declared.v3.rules.content_samples import text_item

# A task ends at its second poll, whatever the polling interval of the client: no case lasts long.
# Of two words with the same prefix the mock uses the last one, so the script of a case comes later
# and may contain another `clock-` or `after-`.
DEFAULT_SCRIPT = "clock-polls after-2polls"
"""The words that the script of every case begins with, unless it has the clock of the machine."""

REAL_CLOCK = "clock-real"
"""The word of a case in which something happens between two polls."""

SHORT_TASK = "clock-polls after-1polls"
"""The words of a task that ends at its first poll, for cases that are not about polling."""

DEFAULT_REQUEST: Mapping[str, Any] = {
    "model": "seedance-2.0-fast",
    "operation": "text-to-video",
    "prompt": "A paper boat on a quiet lake",
    "duration": 5,
    "resolution": "480p",
}

DEFAULT_V3_REQUEST: Mapping[str, Any] = {
    "model": "doubao-seedance-2-0-260128",
    "content": [text_item("A paper boat on a quiet lake")],
    "ratio": "16:9",
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
    # `after-2polls` would let polls move the clock of the tasks, whatever the clock of the account.
    if REAL_CLOCK in client_case.script.split():
        return client_case.script
    return f"{DEFAULT_SCRIPT} {client_case.script}".strip()


def api_key(client_case: ClientCase, nonce: str) -> str:
    """Return the API key of a case. The mock runs the script that the key contains."""
    words = ".".join(full_script(client_case).split())
    return f"sk-mock-{words}--kit-{client_case.id}-{nonce}"


def kit_job(client_case: ClientCase, nonce: str) -> dict[str, Any]:
    """Return the members of `KIT_JOB`. The prompt contains the nonce of the logical job.

    If the job has a `count`, `requests` contains a request for each of the jobs, with a nonce of
    its own. The case may state what differs in each of them.
    """
    job = {**DEFAULT_JOB, **client_case.job}
    default = DEFAULT_REQUEST
    if client_case.dialect is V3:
        job["dialect"], default = V3.name, DEFAULT_V3_REQUEST
    request = {**default, **client_case.job.get("request", {})}
    # The prompt is the only free text in the request, so the marker can travel in it.
    marker = f"kit:{client_case.id}:{nonce}"
    job["request"] = _with_marker(request, marker)
    if "count" in job:
        differences = client_case.job.get("requests") or [{}] * job["count"]
        job["requests"] = [
            _with_marker({**request, **difference}, f"{marker}.{number}")
            for number, difference in enumerate(differences, 1)
        ]
    return job


def _with_marker(request: Mapping[str, Any], marker: str) -> dict[str, Any]:
    if "content" in request:
        text, *media = request["content"]
        return {**request, "content": [text_item(f"{text['text']} {marker}"), *media]}
    return {**request, "prompt": f"{request['prompt']} {marker}"}
