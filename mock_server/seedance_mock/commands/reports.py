"""`seedance-mock diff` and `seedance-mock report`: the commands that read stored reports."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TextIO

import click

from seedance_contract.reports.console import console_lines
from seedance_contract.reports.diff import ChangeKind, changes_json, compare_reports
from seedance_contract.reports.html_report import html_report
from seedance_contract.reports.junit import junit_report, xml_text
from seedance_contract.reports.markdown import markdown_report
from seedance_contract.reports.report import INTERRUPTED, Report
from seedance_contract.reports.report_json import report_json
from seedance_contract.reports.report_parser import ReportFormatError, parse_report
from seedance_mock.commands.framework.exit_codes import ExitCode
from seedance_mock.commands.framework.output import print_json

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
        # The texts of a report come from the client under test. Control characters in them could
        # change the terminal.
        lines = [xml_text(str(change)) for change in changes] or ["nothing changed"]
        click.echo("\n".join(lines))
    is_worse = any(change.change is ChangeKind.WORSE for change in changes)
    sys.exit(ExitCode.NEGATIVE if is_worse else ExitCode.POSITIVE)


@click.command("report")
@click.argument(
    "reports", metavar="FILE...", nargs=-1, required=True, type=REPORT_FILE, callback=_read_all
)
@click.option("--html", type=OUTPUT_FILE, help="Write an HTML page; several reports add a matrix.")
@click.option("--junit", type=OUTPUT_FILE, help="Write JUnit XML.")
@click.option("--markdown", type=OUTPUT_FILE, help="Write a summary for the page of a CI job.")
def report_command(
    reports: tuple[Report, ...],
    html: TextIO | None,
    junit: TextIO | None,
    markdown: TextIO | None,
) -> None:
    """Render stored reports again: as text, or in the chosen formats; - is standard output."""
    if html:
        html.write(html_report([report_json(report) for report in reports]))
    if junit:
        junit.write(junit_report(_merge(reports)))
    if markdown:
        markdown.write("\n".join(map(markdown_report, reports)))
    if not (html or junit or markdown):
        for report in reports:
            click.echo("\n".join(map(xml_text, console_lines(report))))


def _merge(reports: tuple[Report, ...]) -> Report:
    """Return one report with all results. Of several, each group is named with its subject."""
    if len(reports) == 1:
        return reports[0]
    results = [
        replace(result, case=replace(result.case, group=f"{report.subject}: {result.case.group}"))
        for report in reports
        for result in report.results
    ]
    interrupted = any(report.interrupted for report in reports)
    return replace(reports[0], results=results, interrupted=interrupted)
