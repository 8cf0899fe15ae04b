"""What a script means for tasks: words in a prompt, durations, ends, seeded ids. Pure functions."""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable, Mapping, Sequence

from msgspec import structs

from seedance_contract.declared.errors import INVALID_REQUEST
from seedance_mock.domain.errors import ApiError, invalid_field
from seedance_mock.domain.lifecycle import Durations
from seedance_mock.domain.task import Task, new_task_id
from seedance_mock.scripting.script import PLAIN, Script, is_plain, script_of
from seedance_mock.scripting.words import MAX_WORDS, WordError

SCRIPTED_FAILURE = "The result was held back by content moderation"
"""Why a task with the word `end-failed` fails."""

# A prompt may have 32 MiB. The quantifiers are possessive, so that no character is scanned again
# after a mismatch.
WORDS_IN_TEXT = re.compile(r"\[mock:([^\]]{1,500}+)\]")
WORDS_START = re.compile(r"\[\s*+mock\s*+:", re.IGNORECASE)
"""The start of words in a text, also in a spelling that `WORDS_IN_TEXT` does not match."""

WORDS_SYNTAX = (
    "write words as [mock: end-failed]: lower case, closed with ], at most 500 characters"
)

WORD_FIELDS = ("prompt", "user")
"""The fields of a create request that may contain words."""


def words_in_body(body: Mapping[str, object], fields: Sequence[str] = WORD_FIELDS) -> str:
    """Return the words in the text of a create request: `end-failed` of "[mock: end-failed]".

    `fields` are the fields whose text may have words.

    Raises ApiError for malformed words: a typo must not silently mean "no words".
    """
    return words_in_texts([(name, body.get(name)) for name in fields])


def words_in_texts(texts: Iterable[tuple[str, object]]) -> str:
    """Return the words in texts, each with its place in the request. See `words_in_body`."""
    words: list[str] = []
    for name, text in texts:
        # Most prompts have no bracket: the test spares them two regular expressions.
        if isinstance(text, str) and "[" in text:
            words += _words_in_field(name, text)
    return " ".join(map(str.strip, words)) if words else ""


def _words_in_field(name: str, text: str) -> list[str]:
    words: list[str] = []
    end = 0
    # The first malformed start ends the loop, and so does the first one too many. Both bound what a
    # text can cost: each start takes up to 500 characters.
    for start in WORDS_START.finditer(text):
        match = WORDS_IN_TEXT.match(text, start.start())
        if match is None or start.start() < end:
            raise invalid_field(name, WORDS_SYNTAX)
        if len(words) == MAX_WORDS:
            raise invalid_field(name, f"a text has [mock: …] at most {MAX_WORDS} times")
        words.append(match[1])
        end = match.end()
    return words


def parse_script(words: str) -> Script:
    """Return the script that `words` mean.

    Raises ApiError for an unknown word; its details name the most similar word.
    """
    try:
        return script_of(words)
    except WordError as error:
        nearest = {"did_you_mean": error.nearest}
        raise ApiError(INVALID_REQUEST, str(error), details=nearest) from None


ACCOUNT_SETTINGS = (
    "clock_mode",
    "balance",
    "quota",
    "rate_limit",
    "retention_seconds",
    "key_state",
    "catalogue",
    "delivery_tiers",
    "wire",
    "material_seconds",
    "material_end",
)
"""The fields of a script that apply to the whole account."""

MATERIAL_SETTINGS = ("material_seconds", "material_end")
"""The fields of a script that words in the name of a material can set for this material."""

KEY_SETTINGS = ("quota", "rate_limit", "key_state")
"""The fields of a script that apply to one key, not to the other keys of its workspace."""

TASK_PLACES = ("create", "poll", "cancel", "asset")
"""The places where the words of a prompt can inject faults."""


def parse_task_script(words: str) -> Script:
    """Return the script that the words of a prompt mean: they apply to one task only.

    Raises ApiError for an unknown word, and for words that apply to the whole account.
    """
    script = parse_script(words)
    has_settings = any(getattr(script, name) != getattr(PLAIN, name) for name in ACCOUNT_SETTINGS)
    if has_settings or any(fault.place not in TASK_PLACES for fault in script.faults):
        message = f"{words!r} concerns a whole account: put it into the key, not into a prompt"
        raise ApiError(INVALID_REQUEST, message)
    return script


def parse_key_script(words: str) -> Script:
    """Return the script that the words of an added key mean: they apply to this key only.

    Raises ApiError for an unknown word, and for words that apply to the whole workspace.
    """
    script = parse_script(words)
    of_workspace = script._replace(**{name: getattr(PLAIN, name) for name in KEY_SETTINGS})
    if not is_plain(of_workspace):
        message = (
            f"{words!r} concerns the whole workspace. An added key takes words with key-, quota- "
            "and limit- only; set the others with the name of the workspace"
        )
        raise ApiError(INVALID_REQUEST, message)
    return script


def parse_material_script(name: str, words: str) -> Script:
    """Return the script that words in a field of a new material mean: they apply to it only.

    Raises ApiError for an unknown word, and for words that do not concern materials.
    """
    script = parse_script(words)
    others = script._replace(**{field: getattr(PLAIN, field) for field in MATERIAL_SETTINGS})
    if not is_plain(others):
        raise invalid_field(name, "a name takes words with asset- only; put others into the key")
    return script


def durations(script: Script, default: Durations, *, by_polls: bool) -> Durations:
    """Return how long a task waits and runs: as its script says, else `default`.

    If polls are the clock, each poll counts as one second. A task then starts with its first
    poll and ends with the second, unless words say otherwise.
    """
    queue_seconds, run_seconds = (1.0, 1.0) if by_polls else default
    if script.end_at_poll is not None:
        # The first poll already shows the task as processing, unless that is also the last one.
        queue_seconds = min(1.0, script.end_at_poll - 1.0)
        run_seconds = script.end_at_poll - queue_seconds
    if script.queue_seconds is not None:
        queue_seconds = script.queue_seconds
    if script.run_seconds is not None:
        run_seconds = script.run_seconds
    return queue_seconds, math.inf if script.end == "never" else run_seconds


def with_scripted_end(task: Task) -> Task:
    """Return a new task with the end that the script of the task says."""
    match task.script.end:
        case "failed":
            return structs.replace(task, failure=SCRIPTED_FAILURE)
        case "cancelled":
            return structs.replace(task, cancelled_at=task.created + task.queue_seconds)
        case "expired":
            # The task expires at the moment when it would have started.
            return structs.replace(
                task, expires_after=task.queue_seconds, queue_seconds=task.queue_seconds + 1
            )
    return task


def seeded_hex(seed: int, owner: str, purpose: str, ordinal: int) -> str:
    """Return 32 hexadecimal digits that depend on the arguments only."""
    text = f"{seed}/{owner}/{purpose}/{ordinal}"
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def id_seed(script: Script) -> int | None:
    """Return the seed of ids, or None for random ids.

    The number of a storm is a seed too, so that a run with a storm repeats entirely.
    """
    return script.seed if script.seed is not None else script.storm


def seeded_task_id(seed: int, owner: str, ordinal: int) -> str:
    """Return the id of the task number `ordinal` of an owner under a seed."""
    return new_task_id(seeded_hex(seed, owner, "task", ordinal), owner)
