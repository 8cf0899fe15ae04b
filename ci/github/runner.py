"""The interface to the runner of GitHub Actions: inputs, outputs, annotations, the summary.

Source: docs.github.com, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

import os
import secrets
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

PREFIX = "SEEDANCE_ACTION_"
"""What the names of the variables with the inputs of the action begin with."""

MAX_SUMMARY_BYTES = 1024 * 1024
"""The largest summary of a step. The runner drops a larger one altogether."""

WRONG_USAGE = 2
"""The exit code of seedance-mock for wrong usage."""


def read_input(name: str) -> str:
    """Return an input of the action; empty if it is not given."""
    return os.environ.get(PREFIX + name.upper(), "").strip()


def read_words(name: str) -> list[str]:
    """Return the words of an input that is quoted as in a shell."""
    try:
        return shlex.split(read_input(name))
    except ValueError as error:
        fail(f"The input `{name}` is not quoted as in a shell: {error}.")


def environment_without_inputs() -> dict[str, str]:
    """Return the environment for the programs that the action runs."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}


def fail(message: str) -> NoReturn:
    """Annotate the job with an error of its author, and exit."""
    print_annotation("error", "seedance-mock", message)
    sys.exit(WRONG_USAGE)


def work_folder() -> Path:
    """Return the folder for what the action needs. The runner empties it after the job."""
    return Path(os.environ["RUNNER_TEMP"]) / "seedance-mock"


def set_output(name: str, value: object) -> None:
    """Set an output of the step."""
    text = str(value)
    # The value may have several lines, and nothing in it can end it but the random delimiter.
    delimiter = secrets.token_hex(16)
    _append("GITHUB_OUTPUT", f"{name}<<{delimiter}\n{text}\n{delimiter}\n")


def add_to_path(folder: Path) -> None:
    """Let all later steps of the job find the programs in a folder."""
    _append("GITHUB_PATH", f"{folder}\n")


def add_to_summary(markdown: str) -> None:
    """Add Markdown to the summary of the job. What is too long is cut at the end of a line."""
    data = (markdown.rstrip() + "\n\n").encode()
    if len(data) > MAX_SUMMARY_BYTES:
        note = b"\n\nThe report has the rest.\n"
        data = data[: MAX_SUMMARY_BYTES - len(note)].rpartition(b"\n")[0] + note
    _append("GITHUB_STEP_SUMMARY", data.decode())


def print_annotation(level: str, title: str, message: str) -> None:
    """Annotate the job. `level` is error, warning or notice."""
    title = _escape(title).replace(":", "%3A").replace(",", "%2C")
    print(f"::{level} title={title}::{_escape(message)}", flush=True)


@contextmanager
def without_commands() -> Iterator[None]:
    """Let the runner take nothing that is printed inside for a command.

    The output of a client or a server that is checked might contain one.
    """
    token = secrets.token_hex(16)
    print(f"::stop-commands::{token}", flush=True)
    try:
        yield
    finally:
        # What the other programs have printed last may lack its line end.
        print(f"\n::{token}::", flush=True)


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _append(variable: str, text: str) -> None:
    with open(os.environ[variable], "a", encoding="utf-8", newline="\n") as file:
        file.write(text)
