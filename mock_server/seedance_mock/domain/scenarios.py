"""How a script shapes a new task, and what a struck request is told. Pure functions."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping
from email.utils import formatdate

from seedance_contract.declared.errors import (
    ALL_CHANNELS_FAILED,
    INSUFFICIENT_BALANCE,
    INVALID_REQUEST,
    MATERIAL_PREPARING,
    MODEL_NOT_FOUND,
    RATE_LIMITED,
    ErrorKind,
)
from seedance_contract.declared.model_rules import suggestions
from seedance_contract.declared.models import FAMILY
from seedance_contract.declared.tasks import ID_PREFIX
from seedance_mock.domain.errors import ApiError, invalid_field
from seedance_mock.domain.lifecycle import Durations
from seedance_mock.domain.task import Task
from seedance_mock.scripting.script import PLAIN, Fault, Script, script_of
from seedance_mock.scripting.words import WordError

SCRIPTED_FAILURE = "The result was held back by content moderation"

WORDS_IN_TEXT = re.compile(r"\[mock:([^\]]{1,500})\]")
MALFORMED_WORDS = re.compile(r"\[\s*mock\s*:", re.IGNORECASE)
"""What begins like words in a text, and must not be overlooked if they are written otherwise."""

WORDS_SYNTAX = (
    "words stand in it as [mock: end-failed], in lower case, closed, 500 characters at most"
)

WORD_FIELDS = ("prompt", "user")
"""The fields of a request that may carry words."""

RETRY_DATE_SECONDS = 3


def words_in_body(body: Mapping[str, object]) -> str:
    """Return the words that a create request carries in its text: "[mock: end-failed]".

    Raises ApiError for what begins like words and is none, as a typo must not mean "ok".
    """
    found: list[str] = []
    for name in WORD_FIELDS:
        text = body.get(name)
        if isinstance(text, str) and "[" in text:
            found += _words_in_field(name, text)
    return " ".join(map(str.strip, found)) if found else ""


def _words_in_field(name: str, text: str) -> list[str]:
    words: list[str] = WORDS_IN_TEXT.findall(text)
    if len(MALFORMED_WORDS.findall(text)) != len(words):
        raise invalid_field(name, WORDS_SYNTAX)
    return words


def parse_script(words: str) -> Script:
    """Return the meaning of words. Raises ApiError with the nearest word."""
    try:
        return script_of(words)
    except WordError as error:
        nearest = {"did_you_mean": error.nearest}  # left out where there is none
        raise ApiError(INVALID_REQUEST, str(error), details=nearest) from None


ACCOUNT_SETTINGS = (
    "clock",
    "balance",
    "quota",
    "rate_limit",
    "retention_seconds",
    "key",
    "catalogue",
)
"""Members of a script that say nothing about a single task."""

TASK_PLACES = ("create", "poll", "cancel", "asset")
"""Places that a single task can have faults at."""


def parse_task_script(words: str) -> Script:
    """Return the meaning of words that scope one task.

    Raises ApiError, also for words that concern the whole account.
    """
    script = parse_script(words)
    usual = all(getattr(script, name) == getattr(PLAIN, name) for name in ACCOUNT_SETTINGS)
    if not usual or any(fault.place not in TASK_PLACES for fault in script.faults):
        message = f"{words!r} concerns a whole account: put it into the key, not into a prompt"
        raise ApiError(INVALID_REQUEST, message)
    return script


def durations(script: Script, default: Durations, *, by_polls: bool) -> Durations:
    """Return how long a task waits and runs: as scripted, else as `usual`.

    Where polls are the clock each is worth a second, and a task takes one poll to start and
    one to end unless words say otherwise.
    """
    waits, runs = (1.0, 1.0) if by_polls else default
    if script.end_at_poll is not None:
        waits = min(1.0, script.end_at_poll - 1.0)
        runs = script.end_at_poll - waits
    waits = waits if script.queue_seconds is None else script.queue_seconds
    runs = runs if script.run_seconds is None else script.run_seconds
    return waits, math.inf if script.end == "never" else runs


def with_scripted_end(task: Task) -> Task:
    """Return a new task with the end that its script gives it."""
    match task.script.end:
        case "failed":
            return task._replace(failure=SCRIPTED_FAILURE)
        case "cancelled":
            return task._replace(cancelled_at=task.created + task.queue_seconds)
        case "expired":
            return task._replace(
                expires_after=task.queue_seconds, queue_seconds=task.queue_seconds + 1
            )
    return task


def seeded_hex(seed: int, owner: str, purpose: str, ordinal: int) -> str:
    """Return 32 hexadecimal digits, the same for the same seed, owner, purpose and ordinal."""
    text = f"{seed}/{owner}/{purpose}/{ordinal}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def id_seed(script: Script) -> int | None:
    """Return the seed of ids; a storm repeats them too."""
    return script.seed if script.seed is not None else script.storm


def seeded_task_id(seed: int, owner: str, ordinal: int) -> str:
    """Return the id of an owner's `ordinal`-th task under a seed."""
    return ID_PREFIX + seeded_hex(seed, owner, "task", ordinal)


def injected_error(fault: Fault, script: Script, now: float, *, has_rate_limit: bool) -> ApiError:
    """Return the refusal of a request that `fault` strikes; `now` is the account's time.

    Where a rate limit is `metered` its own headers tell of it, else a 429 tells of a made-up one.
    """
    assert fault.error is not None
    kind = fault.error
    headers, details = _retry_hints(kind, script.retry, now)
    details |= _error_variant(kind, script.refusal)
    if kind is RATE_LIMITED and not has_rate_limit:
        headers |= _exhausted_limit_headers(
            now + float(str(details.get("retry_after") or kind.retry_after))
        )
    return ApiError(kind, details={**_example_details(kind), **details}, headers=headers)


def _exhausted_limit_headers(reset: float) -> dict[str, str]:
    limit = {"X-RateLimit-Limit": "60", "X-RateLimit-Remaining": "0"}
    return {**limit, "X-RateLimit-Reset": str(math.ceil(reset))}


def _retry_hints(
    kind: ErrorKind, retry: str | None, now: float
) -> tuple[dict[str, str | None], dict[str, object]]:
    """Return the header and the member that say when to come back."""
    if kind.retry_after is None or retry is None:
        return {}, {}
    if retry == "date":
        date = formatdate(math.ceil(now) + RETRY_DATE_SECONDS, usegmt=True)
        return {"Retry-After": date}, {"retry_after": RETRY_DATE_SECONDS}
    if retry in _RETRY_HINTS:
        header, members = _RETRY_HINTS[retry]
        return {"Retry-After": header}, dict(members)
    return {"Retry-After": retry}, {"retry_after": int(retry)}


_RETRY_HINTS: Mapping[str, tuple[str | None, Mapping[str, object]]] = {
    "none": (None, {"retry_after": None}),
    "soon": ("soon", {"retry_after": None}),
    "minus": ("-5", {"retry_after": None}),
    "body": (None, {"retry_after": 2}),
    "mixed": ("3", {"retry_after": 1}),
    "never": (None, {"retry_after": None, "retryable": False}),
}
"""What the words of `retry` put into the header, and into the error."""

FOREIGN_LANGUAGE_MESSAGE = "Anfrage abgelehnt: bitte später erneut versuchen"
"""A message in another language."""


def _error_variant(kind: ErrorKind, refusal: str) -> dict[str, object]:
    """Return the members that give an error the form that words ask for."""
    match refusal:
        case "bare":
            unsaid = ("code", "retryable", "retry_after", "request_id", *_example_details(kind))
            return dict.fromkeys(unsaid)
        case "rich":
            return {f"x_{number}": {"note": "🎬", "of": number} for number in range(20)}
        case "swapped":
            return {"type": kind.code, "code": kind.type}
        case "foreign":
            return {"message": FOREIGN_LANGUAGE_MESSAGE}
    return {}


def _example_details(kind: ErrorKind) -> dict[str, object]:
    if kind is MODEL_NOT_FOUND:
        return {"param": "model", **suggestions("seedance-2.0-fest")}
    if kind is INSUFFICIENT_BALANCE:
        cheaper = [{"id": model.id} for model in reversed(FAMILY)]
        hint = "A shorter or smaller video, or a cheaper model, costs less"
        money = {"balance_usd": 0.01, "estimated_cost_usd": 0.74}
        return {**money, "suggestions": cheaper, "hint": hint}
    if kind is ALL_CHANNELS_FAILED:
        others = [{"id": model.id, "status": "active", "tags": []} for model in FAMILY]
        return {"alternatives": others, "hint": "Try again later, or another model"}
    if kind is MATERIAL_PREPARING:
        ids = ["asset-20260101000000-abcde"]
        return {
            "param": "material_asset_id",
            "auto_material_asset_ids": ids,
            "inactive_asset_ids": ids,
        }
    return {}
