"""`seedance-mock diff` and `seedance-mock report`: the commands that read stored reports."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TextIO

import click

from seedance_contract.reports.console import console_lines
from seedance_contract.reports.diff import ChangeKind, changes_json, changes_line, compare_reports
from seedance_contract.reports.html_report import html_report
from seedance_contract.reports.junit import junit_report
from seedance_contract.reports.markdown import markdown_report
from seedance_contract.reports.report import INTERRUPTED, Report
from seedance_contract.reports.report_json import report_json
from seedance_contract.reports.report_parser import ReportFormatError, parse_report
from seedance_contract.reports.scripts import script_files
from seedance_contract.reports.text import printable_text
from seedance_mock.commands.framework.exit_codes import ExitCode
from seedance_mock.commands.framework.output import print_data, print_json

REPORT_FILE = click.Path(exists=True, dir_okay=False, allow_dash=True)

# A report can contain lone surrogates, which UTF-8 cannot encode.
OUTPUT_FILE = click.File("w", encoding="utf-8", errors="backslashreplace")


def _read(context: click.Context, parameter: click.Parameter, path: str) -> Report:
    with click.open_file(path, "rb") as file:
        content = file.read()
    try:
        return parse_report(json.loads(content))
    except ReportFormatError as error:
        raise click.BadParameter(f"{path}: {error}") from None
    # `json` raises RecursionError for a document that is nested too deeply.
    except (ValueError, RecursionError):
        raise click.BadParameter(f"{path} is not JSON") from None


def _read_all(
    context: click.Context, parameter: click.Parameter, paths: tuple[str, ...]
) -> tuple[Report, ...]:
    return tuple(_read(context, parameter, path) for path in paths)


@click.command("diff")
@click.argument("old", type=REPORT_FILE, callback=_read)
@click.argument("new", type=REPORT_FILE, callback=_read)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def diff_command(old: Report, new: Report, as_json: bool) -> None:
    """Compare two stored reports: which cases are better, worse, added or removed.

    The exit code is 1 if a case is worse, and 2 if a file is not a report.
    """
    try:
        changes = compare_reports(old, new)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    for report, name in ((old, "OLD"), (new, "NEW")):
        if report.interrupted:
            click.echo(f"Note: {name} is a partial report: {INTERRUPTED}.", err=True)
    if as_json:
        print_json(changes_json(changes))
    else:
        click.echo("\n".join([*map(printable_text, map(str, changes)), changes_line(changes)]))
    is_worse = any(change.change is ChangeKind.WORSE for change in changes)
    sys.exit(ExitCode.NEGATIVE if is_worse else ExitCode.POSITIVE)


@click.command("report")
@click.argument(
    "reports", metavar="FILE...", nargs=-1, required=True, type=REPORT_FILE, callback=_read_all
)
@click.option("--html", type=OUTPUT_FILE, help="Write an HTML page; several reports add a matrix.")
@click.option("--junit", type=OUTPUT_FILE, help="Write JUnit XML.")
@click.option("--markdown", type=OUTPUT_FILE, help="Write a summary for the page of a CI job.")
@click.option("--reproduce", "case_id", metavar="CASE", help="Print the script of one case only.")
@click.option(
    "--scripts",
    metavar="DIR",
    type=click.Path(file_okay=False, path_type=Path),
    help="Write a shell script for each failure into a folder; needs a single report.",
)
@click.option("--verbose", is_flag=True, help="Print every case, failure and script.")
def report_command(
    reports: tuple[Report, ...],
    html: TextIO | None,
    junit: TextIO | None,
    markdown: TextIO | None,
    case_id: str | None,
    scripts: Path | None,
    verbose: bool,
) -> None:
    """Render stored reports again: as text, or in the chosen formats; - is standard output.

    The text begins with the profiles, then says what to fix, the worst first. Several cases can
    have one cause. A case is BROKEN if it has no result: it could not be run, or its check failed.

    \b
        seedance-mock report r.json --reproduce races.cancel | sh
    """
    if html:
        html.write(html_report([report_json(report) for report in reports]))
    if junit:
        junit.write(junit_report(*reports))
    if markdown:
        markdown.write("\n".join(map(markdown_report, reports)))
    if scripts is not None:
        _write_scripts(reports, scripts)
    if case_id is not None:
        print_data(_script(reports, case_id))
    elif not (html or junit or markdown or scripts):
        for report in reports:
            click.echo("\n".join(console_lines(report, verbose)))


def _script(reports: tuple[Report, ...], case_id: str) -> str:
    """Return the script that reproduces a case. Raises UsageError if no report has one."""
    results = [result for report in reports for result in report.results]
    scripts = {result.case.id: result.reproduce for result in results if result.reproduce}
    if case_id not in scripts:
        names = ", ".join(scripts) or "none"
        raise click.UsageError(f"no script reproduces {case_id}; the cases with one: {names}")
    return scripts[case_id].rstrip("\n") + "\n"


def _write_scripts(reports: tuple[Report, ...], folder: Path) -> None:
    """Write the scripts of all failures. Raises UsageError if the same case may occur twice."""
    if len(reports) > 1:
        raise click.UsageError("--scripts needs a single report")
    files = script_files(reports[0])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, script in files.items():
            # A report can contain lone surrogates, which UTF-8 cannot encode.
            (folder / name).write_text(script, "utf-8", errors="backslashreplace", newline="\n")
            (folder / name).chmod(0o755)
    except OSError as error:
        click.echo(f"{folder} cannot be written: {error}", err=True)
        sys.exit(ExitCode.NO_RESULT)
    click.echo(f"{folder}: {len(files)} scripts", err=True)
