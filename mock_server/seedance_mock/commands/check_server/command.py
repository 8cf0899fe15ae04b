"""The options of `seedance-mock check-server`, and its run."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from seedance_contract.reports.junit import junit_report
from seedance_contract.reports.markdown import markdown_report
from seedance_contract.reports.report import Report, exit_code, summary_line
from seedance_contract.reports.report_json import report_json
from seedance_mock.commands.check_server.progress import print_results

# The checks need Hypothesis and Schemathesis, which are an extra. This module imports neither, so
# that --help works without them.
if TYPE_CHECKING:
    from seedance_contract.server.check_context import ServerCheck

OUTPUT_FILE = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command("check-server", context_settings={"max_content_width": 100})
@click.argument("url", required=False)
@click.option(
    "--key", envvar="TOKENLAB_API_KEY", help="The API key to use; default: a made-up one."
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
@click.option(
    "--json", "json_file", type=OUTPUT_FILE, help="Write the report to this file as JSON."
)
@click.option("--junit", "junit_file", type=OUTPUT_FILE, help="Write it as JUnit XML.")
@click.option("--markdown", "markdown_file", type=OUTPUT_FILE, help="Write it as Markdown.")
@click.option("--verbose", is_flag=True, help="Print every check, not only failed ones.")
def check_server_command(
    url: str | None,
    ids: tuple[str, ...],
    groups: tuple[str, ...],
    list_only: bool,
    verbose: bool,
    strict: bool,
    require_exercised: bool,
    json_file: Path | None,
    junit_file: Path | None,
    markdown_file: Path | None,
    **choices: object,
) -> None:
    """Check the server at URL against the contract, and report every difference.

    A failure shows what is expected, the response, and curl commands that reproduce it.

    The exit code is 0 if the server conforms, 1 if it does not, 2 for wrong usage, and 3 if the
    server cannot be reached.

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
    report = _run(url, checks, verbose, choices)
    _write(report, json_file, junit_file, markdown_file)
    click.echo(summary_line(report))
    sys.exit(exit_code(report.results, strict=strict, require_exercised=require_exercised))


def _select_checks(ids: tuple[str, ...], groups: tuple[str, ...]) -> Sequence[ServerCheck]:
    try:
        from seedance_contract.server import suite
    except ImportError as error:
        command = "pip install 'seedance-mock[kit]'"
        raise click.ClickException(f"check-server needs {error.name}: {command}") from None
    try:
        return suite.select_checks(ids, groups)
    except ValueError as error:
        raise click.UsageError(str(error)) from None


def _run(
    url: str, checks: Sequence[ServerCheck], verbose: bool, choices: dict[str, object]
) -> Report:
    """Run the checks, print the results, and return the report."""
    from seedance_contract.server.openapi_setup import temporary_hypothesis_storage
    from seedance_contract.server.rule_coverage import rule_coverage
    from seedance_contract.server.suite import run_checks
    from seedance_mock.commands.check_server.setup import make_context

    # The wall clock may be set during the run, so the duration is measured with the other one.
    start, started = time.monotonic(), datetime.now(UTC)
    context = make_context(url, **choices)  # type: ignore[arg-type] # click has checked each type
    with temporary_hypothesis_storage():
        results = list(print_results(run_checks(context, checks), len(checks), verbose))
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
    )


def _write(report: Report, json_file: Path | None, *files: Path | None) -> None:
    if json_file is not None:
        json_file.write_text(json.dumps(report_json(report), indent=2) + "\n", encoding="utf-8")
    for path, report_text in zip(files, (junit_report, markdown_report), strict=True):
        if path is not None:
            path.write_text(report_text(report), encoding="utf-8")
