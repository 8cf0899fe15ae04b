"""The options that `check-client` and `check-server` share, declared once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Self, TypeVar

import click

from seedance_contract.case import Level
from seedance_contract.profiles import PROFILE_PROMISES, Profile
from seedance_contract.selection import Selection
from seedance_mock.commands.framework.output import STANDARD_OUTPUT

FunctionT = TypeVar("FunctionT", bound=Callable[..., Any])

OUTPUT_FILE = click.Path(dir_okay=False, allow_dash=True, path_type=Path)
INPUT_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteOptions:
    """The values of the shared options. The help of each option explains it."""

    # click passes the options by name, so each field has the name that an option declares.
    cases: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    level: Level | None = None
    profile: Profile | None = None
    list_only: bool = False
    strict: bool = False
    require_exercised: bool = False
    baseline: Path | None = None
    write_baseline: Path | None = None
    json: Path | None = None
    junit: Path | None = None
    markdown: Path | None = None
    html: Path | None = None
    name: str | None = None
    quiet: bool = False
    verbose: bool = False

    @classmethod
    def take(cls, choices: dict[str, Any]) -> Self:
        """Return the options of a command, and remove them from `choices`. Raises UsageError."""
        options = cls(**{field.name: choices.pop(field.name) for field in fields(cls)})
        if options.quiet and options.verbose:
            raise click.UsageError("--quiet and --verbose exclude each other")
        if len(options.outputs_to_standard_output) > 1:
            names = " and ".join(options.outputs_to_standard_output)
            raise click.UsageError(f"{names} cannot both go to standard output")
        return options

    @property
    def outputs_to_standard_output(self) -> list[str]:
        """The names of the options whose file is standard output."""
        files = {
            "--json": self.json,
            "--junit": self.junit,
            "--markdown": self.markdown,
            "--html": self.html,
            "--write-baseline": self.write_baseline,
        }
        return [name for name, path in files.items() if path == STANDARD_OUTPUT]

    @property
    def selection(self) -> Selection:
        """The conditions that the cases of the run meet."""
        return Selection(
            cases=self.cases, groups=self.groups, level=self.level, profile=self.profile
        )


def suite_options(suite: str) -> Callable[[FunctionT], FunctionT]:
    """Return a decorator that adds the shared options to a command.

    Args:
        suite: "client" or "server".
    """

    def decorate(function: FunctionT) -> FunctionT:
        # The decorator nearest to the function adds the last option.
        for option in reversed(_options(suite)):
            function = option(function)
        return function

    return decorate


def _options(suite: str) -> list[Callable[[FunctionT], FunctionT]]:
    return [*_selection_options(suite), *_verdict_options(), *_output_options(suite)]


def _selection_options(suite: str) -> list[Callable[[FunctionT], FunctionT]]:
    examples = {"client": ("POLL-17 or 'DUP-*'", "POLL"), "server": ("'races.*'", "races")}
    case, group = examples[suite]
    promises = "; ".join(f"{name}: {text}" for name, text in PROFILE_PROMISES[suite].items())
    return [
        click.option("--case", "cases", multiple=True, help=f"Only these cases, such as {case}."),
        click.option("--group", "groups", multiple=True, help=f"Only this group, such as {group}."),
        click.option(
            "--level",
            type=click.Choice(Level, case_sensitive=False),
            help="Only cases of this level or a stricter one.",
        ),
        click.option(
            "--profile",
            type=click.Choice(Profile, case_sensitive=False),
            help=f"Only the cases of a profile. {promises}.",
        ),
        click.option("--list", "list_only", is_flag=True, help="List the cases and run none."),
    ]


def _verdict_options() -> list[Callable[[FunctionT], FunctionT]]:
    return [
        click.option(
            "--strict", is_flag=True, help="Also fail if a SHOULD requirement is not met."
        ),
        click.option(
            "--require-exercised", is_flag=True, help="Also fail if a case was not exercised."
        ),
        click.option(
            "--baseline", type=INPUT_FILE, help="Read the known failures from a TOML file."
        ),
        click.option(
            "--write-baseline",
            type=OUTPUT_FILE,
            help="Write the failures of this run to a TOML file for --baseline.",
        ),
    ]


def _output_options(suite: str) -> list[Callable[[FunctionT], FunctionT]]:
    return [
        click.option("--json", type=OUTPUT_FILE, help="Write the report, or --list, as JSON."),
        click.option("--junit", type=OUTPUT_FILE, help="Write the report as JUnit XML."),
        click.option(
            "--markdown", type=OUTPUT_FILE, help="Write a summary for the page of a CI job."
        ),
        click.option(
            "--html", type=OUTPUT_FILE, help="Write one HTML page with the recorded traffic."
        ),
        click.option("--name", help=f"The name of the {suite} in reports."),
        click.option("--quiet", is_flag=True, help="Print only the verdicts, and no progress."),
        click.option("--verbose", is_flag=True, help="Print every case, also those that passed."),
    ]
