"""The options of `seedance-mock check-server`, and its run."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seedance_contract.case import Result
from seedance_contract.reports.report import Report, summary_line
from seedance_mock.commands.check_server.interruption import interruptible
from seedance_mock.commands.check_server.progress import print_results
from seedance_mock.commands.framework.environment import EnvironmentOption
from seedance_mock.commands.framework.exit_codes import ExitCode
from seedance_mock.commands.framework.extras import MissingExtra
from seedance_mock.commands.framework.report_files import (
    ReportFiles,
    report_exit_code,
    require_writable_files,
    uses_standard_output,
    write_report_files,
)

# The checks need Hypothesis and Schemathesis, which are an extra. This module imports neither, so
# that --help works without them.
if TYPE_CHECKING:
    from seedance_contract.server.check_context import ServerCheck

OUTPUT_FILE = click.Path(dir_okay=False, writable=True, allow_dash=True, path_type=Path)


@click.command("check-server", context_settings={"max_content_width": 100})
@click.argument("url", required=False)
@click.option(
    "--key",
    cls=EnvironmentOption,
    envvar="TOKENLAB_API_KEY",
    show_envvar=True,
    help="The API key to use; default: a made-up one.",
)
@click.option(
    "--other-key",
    help="A key of another workspace, for the checks that tasks of workspaces are separate.",
)
@click.option("--check", "ids", multiple=True, help="Run only these checks: an id or a*pattern.")
@click.option("--group", "groups", multiple=True, help="Run only the checks of this group.")
@click.option("--list", "list_only", is_flag=True, help="List the checks and run none.")
@click.option("--quick", is_flag=True, help="Use fewer examples: within 15 s instead of 60.")
@click.option("--seed", default=0, show_default=True, help="Generate other examples.")
@click.option(
    "--spend-at-most",
    "spend",
    type=click.FloatRange(0),
    metavar="USD",
    help="Allow billed requests to a server on another machine, up to this estimated cost.",
)
@click.option(
    "--patience",
    "task_timeout",
    default=60.0,
    show_default=True,
    help="Seconds to wait until a task ends.",
)
@click.option("--control-token", help="The --control-token of the mock, if it has one.")
@click.option("--strict", is_flag=True, help="Also fail if a SHOULD requirement is not met.")
@click.option("--require-exercised", is_flag=True, help="Also fail if a check was not exercised.")
@click.option("--json", type=OUTPUT_FILE, help="Write the report to this file as JSON.")
@click.option("--junit", type=OUTPUT_FILE, help="Write it as JUnit XML.")
@click.option("--markdown", type=OUTPUT_FILE, help="Write it as Markdown.")
@click.option("--verbose", is_flag=True, help="Print every check, not only failed ones.")
def check_server_command(
    url: str | None,
    ids: tuple[str, ...],
    groups: tuple[str, ...],
    list_only: bool,
    verbose: bool,
    strict: bool,
    require_exercised: bool,
    json: Path | None,
    junit: Path | None,
    markdown: Path | None,
    **choices: object,
) -> None:
    """Check the server at URL against the contract, and report every difference.

    A failure shows what is expected, the response, and curl commands that reproduce it.

    The exit code is 0 if the server conforms, 1 if it does not, 2 for wrong usage, 3 if the server
    cannot be reached, and 130 after Ctrl-C. The reports are then partial, and marked as such.

    A server on another machine may cost money. It receives no request that would be billed, unless
    --spend-at-most allows it.
    """
    checks = _select_checks(ids, groups)
    if list_only:
        for check in checks:
            case = check.case
            click.echo(f"{case.id} ({case.group}, {case.effective_level}): {case.requirement}")
        return
    if url is None:
        raise click.UsageError("Missing argument 'URL'.")
    paths = {"json": json, "junit": junit, "markdown": markdown}
    files = {name: path for name, path in paths.items() if path is not None}
    require_writable_files(files)
    report = _run(url, checks, verbose, files, choices)
    is_written = write_report_files(report, files)
    click.echo(summary_line(report), err=uses_standard_output(files))
    exit_code = report_exit_code(report, strict=strict, require_exercised=require_exercised)
    sys.exit(exit_code if is_written else ExitCode.NO_RESULT)


def _select_checks(ids: tuple[str, ...], groups: tuple[str, ...]) -> Sequence[ServerCheck]:
    try:
        from seedance_contract.server import suite
    except ImportError as error:
        raise MissingExtra(f"check-server needs {error.name}", "kit") from None
    try:
        return suite.select_checks(ids, groups)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _run(
    url: str,
    checks: Sequence[ServerCheck],
    verbose: bool,
    files: ReportFiles,
    choices: dict[str, object],
) -> Report:
    """Run the checks, print the results, and return the report, which is partial after Ctrl-C."""
    from seedance_contract.server.openapi_setup import temporary_hypothesis_storage
    from seedance_contract.server.rule_coverage import rule_coverage
    from seedance_contract.server.suite import run_checks
    from seedance_mock.commands.check_server.setup import make_context

    # The wall clock may be set during the run, so the duration is measured with the other one.
    start, started = time.monotonic(), datetime.now(UTC)
    context = make_context(url, **choices)  # type: ignore[arg-type] # click has checked each type
    results: list[Result] = []
    # A report on standard output must be readable by a program, so the progress gives way.
    printed = print_results(
        run_checks(context, checks), len(checks), verbose, err=uses_standard_output(files)
    )
    with (
        suppress(KeyboardInterrupt),
        temporary_hypothesis_storage(),
        interruptible() as interruption,
    ):
        # One by one, so that an interruption leaves the results so far.
        for result in printed:
            results.append(result)
            if interruption.received:
                break
    return Report(
        suite="server",
        subject=url,
        version=version("seedance-mock"),
        started=started.isoformat(timespec="seconds"),
        seconds=time.monotonic() - start,
        results=results,
        options={"quick": choices["quick"], "seed": choices["seed"]},
        details={
            "rules": rule_coverage(context.rule_counts),
            "answers": context.monitor.response_count,
        },
        interrupted=len(results) < len(checks),
    )
