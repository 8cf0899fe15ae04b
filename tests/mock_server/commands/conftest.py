"""The fixture of all tests of commands."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from seedance_mock.commands.main import main

Run = Callable[..., Result]


@pytest.fixture
def run() -> Run:
    """Give a function that runs the program in this process, with a text on standard input."""

    def run_program(*arguments: str | Path, stdin: str | None = None) -> Result:
        return CliRunner().invoke(main, [str(argument) for argument in arguments], input=stdin)

    return run_program
