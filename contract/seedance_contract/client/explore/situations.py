"""A situation: the words, the job and the pace that a client meets in one run."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from seedance_contract.case import Case, Level
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.invariants.catalogue import INVARIANT_CHECKS
from seedance_contract.client.invariants.invariant import GROUP
from seedance_contract.client.jobs import DEFAULT_REQUEST, DEFAULT_SCRIPT
from seedance_contract.declared.routes import CREATE
from seedance_contract.declared.sources import page

CASE_ID = "EXPLORE"
"""The id of the case of every situation, in the prompt and in the API key."""

# The errors of the API ask for up to 30 s. A situation is about the order of requests unless it has
# a word of its own for the wait.
BASE_SCRIPT = "retry-1s"
"""The words before those of a situation, after the words of every case."""

QUICK_INTERVAL = 0.02
"""The polling interval in seconds that a client is told where only the order of requests counts."""

DEFAULT_INTERVAL = 5.0
"""The polling interval in seconds of a situation about time: the one that the documents name."""

RESTART_INTERVAL = 1.0
"""The polling interval in seconds if the client is restarted: it must not end before that."""

DEADLINE = 60
"""Seconds that a job may take in a situation that ends."""

SHORT_DEADLINE = 10
"""Seconds that a job may take in a situation that does not end by itself."""

GRACE = 10
"""Seconds after the short deadline until the kit stops the client."""

_ENDLESS_WORD = re.compile(r"(create|poll|cancel)-[a-z0-9-]+x0|.*-(hang|delay|never|86400s)")
"""Matches the beginning of a word that can make a client wait for its deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A situation. Equal situations are one: they run once.

    Args:
        words: the words in the API key.
        prompt_words: the words in the prompt of the job.
        action: the action of the job.
        request: members of the create request that differ from the default, as JSON text.
        poll_interval: the polling interval that the client is told, in seconds.
        restart: whether the client is killed after the response to its create, and started again.
    """

    words: tuple[str, ...] = ()
    prompt_words: tuple[str, ...] = ()
    action: str = "generate"
    request: str = "{}"
    poll_interval: float = QUICK_INTERVAL
    restart: bool = False

    @property
    def script(self) -> str:
        """The words of the API key, as text."""
        return " ".join(self.words)

    @property
    def label(self) -> str:
        """The situation in one short line, for people."""
        parts = [self.script or "no words"]
        parts += [f"in the prompt: {' '.join(self.prompt_words)}"] if self.prompt_words else []
        parts += [self.action] if self.action != "generate" else []
        parts += ["restart"] if self.restart else []
        parts += ["another request"] if self.request != "{}" else []
        parts += [f"polls every {self.poll_interval:g} s"] * (self.poll_interval != QUICK_INTERVAL)
        return "; ".join(parts)

    @property
    def size(self) -> int:
        """The number of words, by which people compare situations."""
        return len(f"{self.script} {' '.join(self.prompt_words)}".split())

    @property
    def is_endless(self) -> bool:
        """Whether a client may have to wait for its deadline."""
        words = (*self.words, *self.prompt_words)
        return any(_ENDLESS_WORD.match(word) and "lapse" not in word for word in words)

    def key(self, nonce: str = "explore") -> str:
        """Return an API key with which any client meets the same at any mock."""
        words = f"{DEFAULT_SCRIPT} {BASE_SCRIPT} {self.script}".split()
        return f"sk-mock-{'.'.join(words)}--{nonce}"

    def create_request(self) -> dict[str, Any]:
        """Return the create request of the job, without the marker of a run."""
        request = {**DEFAULT_REQUEST, **json.loads(self.request)}
        if self.prompt_words:
            request["prompt"] += f" [mock: {' '.join(self.prompt_words)}]"
        return request

    def curl(self, base_url: str = "http://127.0.0.1:8000") -> str:
        """Return a curl command that sends the create of the situation to a mock."""
        arguments = [
            "curl",
            "-i",
            f"{base_url}{CREATE.path}",
            "-H",
            f"Authorization: Bearer {self.key()}",
            "-H",
            "Content-Type: application/json",
            "-d",
            json.dumps(self.create_request()),
        ]
        return shlex.join(arguments)

    def client_case(self) -> ClientCase:
        """Return the situation as a case whose checks are the invariants."""
        deadline = SHORT_DEADLINE if self.is_endless else DEADLINE
        job: dict[str, Any] = {
            "action": self.action,
            "request": self.create_request(),
            "deadline_s": deadline,
            "poll_interval_s": max(
                self.poll_interval, RESTART_INTERVAL if self.restart else QUICK_INTERVAL
            ),
        }
        if self.action == "cancel":
            job["cancel_after"] = "created"
        return ClientCase(
            case=Case(
                id=CASE_ID,
                group=f"{GROUP.prefix} {GROUP.title}",
                level=Level.MUST,
                requirement="The client keeps the invariants.",
                source=page("best-practices"),
            ),
            group=GROUP,
            script=f"{BASE_SCRIPT} {self.script}".strip(),
            checks=INVARIANT_CHECKS,
            job=job,
            timeout=deadline + GRACE if self.is_endless else DEADLINE,
            may_send_nothing=True,
            restart_after="create" if self.restart else None,
        )


def situation_to_json(situation: Situation) -> dict[str, Any]:
    """Return a situation as JSON, without the members that have their default."""
    members = {
        "words": situation.script,
        "prompt_words": " ".join(situation.prompt_words),
        "action": situation.action,
        "request": json.loads(situation.request),
        "poll_interval": situation.poll_interval,
        "restart": situation.restart,
    }
    defaults = {
        "prompt_words": "",
        "action": "generate",
        "request": {},
        "poll_interval": QUICK_INTERVAL,
        "restart": False,
    }
    return {name: value for name, value in members.items() if value != defaults.get(name)}


class SituationError(ValueError):
    """A JSON value is no situation. The message says why."""


_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "words": str,
    "prompt_words": str,
    "action": str,
    "request": dict,
    "poll_interval": (int, float),
    "restart": bool,
}


def situation_from_json(value: object) -> Situation:
    """Return the situation that `situation_to_json` wrote. Raises SituationError."""
    if not isinstance(value, dict):
        raise SituationError("a situation is a JSON object")
    for name, member in value.items():
        if name not in _TYPES:
            raise SituationError(f"a situation has no member {name!r}: {', '.join(_TYPES)}")
        if not isinstance(member, _TYPES[name]):
            raise SituationError(f"the value of {name!r} has another type")
    return Situation(
        words=tuple(value.get("words", "").split()),
        prompt_words=tuple(value.get("prompt_words", "").split()),
        action=value.get("action", "generate"),
        request=request_text(value.get("request", {})),
        poll_interval=float(value.get("poll_interval", QUICK_INTERVAL)),
        restart=value.get("restart", False),
    )


def request_text(request: Mapping[str, Any]) -> str:
    """Return members of a request as the text that a `Situation` contains."""
    return json.dumps(request, sort_keys=True)
