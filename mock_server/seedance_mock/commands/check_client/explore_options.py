"""The options of `check-client --explore`."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self, TypeVar

import click

from seedance_mock.commands.framework.suite_options import INPUT_FILE

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

DEFAULT_SECONDS = 60.0
"""The seconds of an exploration without --for, --examples and --situation."""

_UNITS = {"s": 1, "m": 60, "h": 3600, "": 1}


def duration(text: str) -> float:
    """Return the seconds of a text such as 90s, 2m or 1h; a number alone is in seconds.

    Raises ValueError.
    """
    match = re.fullmatch(r"(\d{1,6}(?:\.\d+)?)([smh]?)", text)
    if match is None or not float(match[1]):
        raise ValueError(f"{text!r} is no duration, such as 90s, 2m or 1h")
    return float(match[1]) * _UNITS[match[2]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplorationOptions:
    """The values of the options. The help of each option explains it."""

    # click passes the options by name, so each field has the name that an option declares.
    explore: bool = False
    seconds: float | None = None
    examples: int | None = None
    seed: int = 0
    state_dir: Path | None = None
    situations: tuple[str, ...] = ()
    regressions: Path | None = None
    write_regressions: Path | None = None

    @classmethod
    def take(cls, choices: dict[str, Any]) -> Self:
        """Return the options of a command, and remove them from `choices`."""
        return cls(**{field.name: choices.pop(field.name) for field in fields(cls)})

    @property
    def given_option(self) -> str:
        """The name of the first option that does not have its default; "" if all have it."""
        for name, option in _OPTION_NAMES.items():
            if getattr(self, name) != getattr(ExplorationOptions(), name):
                return option
        return ""


_OPTION_NAMES = {
    "seconds": "--for",
    "examples": "--examples",
    "seed": "--seed",
    "state_dir": "--state-dir",
    "situations": "--situation",
    "regressions": "--regressions",
    "write_regressions": "--write-regressions",
}


def explore_options(function: FunctionT) -> FunctionT:
    """Add the options to a command."""
    options = [
        click.option(
            "--explore",
            is_flag=True,
            help="Instead of the cases, try situations that Hypothesis composes.",
        ),
        click.option(
            "--for",
            "seconds",
            type=duration,
            metavar="DURATION",
            help="With --explore: end after a time such as 90s, 2m or 1h.",
        ),
        click.option(
            "--examples",
            type=click.IntRange(0),
            help="With --explore: end after this many situations.",
        ),
        click.option(
            "--seed",
            default=0,
            show_default=True,
            type=click.IntRange(0),
            help="With --explore: the sequence of situations.",
        ),
        click.option(
            "--state-dir",
            type=click.Path(file_okay=False, path_type=Path),
            help="With --explore: remember failures here, and try them first in the next run.",
        ),
        click.option(
            "--situation",
            "situations",
            multiple=True,
            metavar="SITUATION",
            help="With --explore: try these words, or this JSON, first: 'create-reset+'.",
        ),
        click.option(
            "--regressions",
            type=INPUT_FILE,
            help="With --explore: try the situations of this file first.",
        ),
        click.option(
            "--write-regressions",
            type=click.Path(dir_okay=False, path_type=Path),
            help="With --explore: add the failures to this file for --regressions.",
        ),
    ]
    # The decorator nearest to the function adds the last option.
    for option in reversed(options):
        function = option(function)
    return function
