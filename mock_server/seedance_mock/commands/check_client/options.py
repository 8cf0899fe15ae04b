"""The options of a client run, and what follows from them."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from seedance_contract.client.environment import TemplateError
from seedance_contract.declared.dialects import V1
from seedance_mock.commands.framework.suite_options import SuiteOptions


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientRunOptions:
    """The options of `check-client`: its own ones, and in `suite` those of both suites."""

    # click passes the options by name, so each field has the name that `command.py` gives it.
    command: tuple[str, ...]
    core: bool
    repeat: int
    variables: tuple[str, ...]
    arguments: tuple[str, ...]
    regrade: Path | None
    jobs: int
    timeout: float | None
    warp: float
    pull: bool
    idle_seconds: float
    port: int
    suite: SuiteOptions
    dialect: str = V1.name


def environment_variables(options: ClientRunOptions) -> tuple[tuple[str, str], ...]:
    """Return the names and values of --env. Raises TemplateError for a text without a value."""
    pairs = [text.partition("=") for text in options.variables]
    for name, equals_sign, _ in pairs:
        if not name or not equals_sign:
            raise TemplateError("--env needs NAME=VALUE")
    return tuple((name, value) for name, _, value in pairs)


def client_flags(options: ClientRunOptions) -> list[str]:
    """Return the options without which the client may not start."""
    return [
        *(f"--env={text}" for text in options.variables),
        *(f"--arg={text}" for text in options.arguments),
    ]


def reproduce_command(options: ClientRunOptions, case_id: str) -> str:
    """Return the command line that runs one case again, quoted for a shell."""
    flags = [
        *(["--dialect", options.dialect] if options.dialect != V1.name else []),
        # Without --env and --arg the client may not start.
        *(f"--env={text}" for text in options.variables),
        *(f"--arg={text}" for text in options.arguments),
        *(["--repeat", f"{options.repeat}"] if options.repeat > 1 else []),
        *(["--timeout", f"{options.timeout:g}"] if options.timeout is not None else []),
        *(["--warp", f"{options.warp:g}"] if options.warp > 1 else []),
    ]
    if options.pull:
        port = ["--port", f"{options.port}"] if options.port else []
        client = ["--pull", "--idle", f"{options.idle_seconds:g}", *port]
    else:
        client = ["--", *options.command]
    return shlex.join(["seedance-mock", "check-client", "--case", case_id, *flags, *client])
