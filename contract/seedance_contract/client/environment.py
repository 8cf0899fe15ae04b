"""The driver contract: what a client is told, and what it may tell in return."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedance_contract.client.arena import Assignment

FIELDS = ("base_url", "api_key", "prompt", "model", "job")
"""What can stand in braces in the values of further variables and arguments."""


class TemplateError(ValueError):
    """A mapping names something that there is not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mappings:
    """How a client that reads other names is told.

    Args:
        variables: names and values of environment variables, such as
            ("OPENAI_BASE_URL", "{base_url}/v1").
        arguments: what is appended to the command, such as "--prompt={prompt}".
    """

    variables: tuple[tuple[str, str], ...] = ()
    arguments: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse braces that mean nothing. Raises TemplateError."""
        for text in (*(value for _, value in self.variables), *self.arguments):
            filled(text, dict.fromkeys(FIELDS, ""))

    @property
    def shows_key(self) -> bool:
        """Whether the kit itself puts the key into the arguments."""
        return any("{api_key}" in text for text in self.arguments)


def filled(text: str, values: Mapping[str, str]) -> str:
    """Return a text with its fields filled in. Raises TemplateError."""
    try:
        return text.format_map(values)
    except (KeyError, ValueError, IndexError, AttributeError):
        known = " ".join(f"{{{name}}}" for name in FIELDS)
        raise TemplateError(f"{text!r} may have these fields: {known}") from None


def values(assignment: Assignment) -> dict[str, str]:
    """Return the values of the fields."""
    request = assignment.job["request"]
    return {
        "base_url": assignment.base_url,
        "api_key": assignment.secret.key,
        "prompt": request["prompt"],
        "model": request["model"],
        "job": json.dumps(assignment.job),
    }


def variables(assignment: Assignment, state: Path, mappings: Mappings) -> dict[str, str]:
    """Return the environment variables that tell a client of its case."""
    known = values(assignment)
    return {
        "TOKENLAB_BASE_URL": known["base_url"],
        "TOKENLAB_API_KEY": known["api_key"],
        "KIT_CASE": assignment.scene.case.id,
        "KIT_JOB": known["job"],
        "KIT_STATE_DIR": str(state),
        **{name: filled(value, known) for name, value in mappings.variables},
    }


def command(base: Sequence[str], assignment: Assignment, mappings: Mappings) -> list[str]:
    """Return the command line of a client in a case."""
    known = values(assignment)
    return [*base, *(filled(text, known) for text in mappings.arguments)]


def outcome(stdout: str) -> dict[str, Any] | None:
    """Return the outcome line: the last that is a JSON object with "kit": 1."""
    return next(_outcomes(reversed(stdout.splitlines())), None)


def _outcomes(lines: Iterator[str]) -> Iterator[dict[str, Any]]:
    for line in lines:
        try:
            told = json.loads(line)
        except ValueError:
            continue
        if isinstance(told, dict) and told.get("kit") == 1:
            yield told
