"""The options of a client run, and what follows from them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from seedance_contract.client.environment import TemplateError


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRunOptions:
    """The options of `check-client`, in the order of its help. The help explains each."""

    # click passes the options by name, so each field has the name that `command.py` gives it.
    command: tuple[str, ...]
    cases: tuple[str, ...]
    groups: tuple[str, ...]
    profile: str | None
    core: bool
    list_only: bool
    strict: bool
    require_exercised: bool
    repeat: int
    variables: tuple[str, ...]
    arguments: tuple[str, ...]
    baseline: Path | None
    json: Path | None
    junit: Path | None
    markdown: Path | None
    html: Path | None
    regrade: Path | None
    jobs: int
    timeout: float | None
    warp: float
    pull: bool
    idle_seconds: float
    port: int
    name: str | None


def environment_variables(options: ClientRunOptions) -> tuple[tuple[str, str], ...]:
    """Return the names and values of --env. Raises TemplateError for a text without a value."""
    pairs = [text.partition("=") for text in options.variables]
    for name, equals_sign, _ in pairs:
        if not name or not equals_sign:
            raise TemplateError("--env needs NAME=VALUE")
    return tuple((name, value) for name, _, value in pairs)


def reproduce_command(options: ClientRunOptions, case_id: str) -> str:
    """Return the command line that runs one case again."""
    # Without --env and --arg the client may not start. The other options concern the whole run.
    flags = [
        *(f"--env={text}" for text in options.variables),
        *(f"--arg={text}" for text in options.arguments),
    ]
    client = ["--pull"] if options.pull else ["--", *options.command]
    return shlex.join(["seedance-mock", "check-client", "--case", case_id, *flags, *client])
