"""What both suites do with a report: write it in every chosen format, and derive the exit code."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

import click

from seedance_contract.case import Verdict
from seedance_contract.reports.html_report import html_report
from seedance_contract.reports.junit import junit_report
from seedance_contract.reports.markdown import markdown_report
from seedance_contract.reports.report import FAILED_VERDICTS, Report
from seedance_contract.reports.report_json import report_json
from seedance_mock.commands.framework.exit_codes import ExitCode
from seedance_mock.commands.framework.output import require_writable, write_output

FORMATS: Mapping[str, Callable[[Report], str]] = MappingProxyType(
    {
        "json": lambda report: json.dumps(report_json(report), indent=1) + "\n",
        "junit": junit_report,
        "markdown": markdown_report,
        "html": lambda report: html_report([report_json(report)]),
    }
)
"""The formats of a report, by the name of the option."""

ReportFiles = Mapping[str, Path]
"""Where to write a report, by the name of the format."""


def require_writable_files(files: ReportFiles) -> None:
    """Raise UsageError before the run if a report cannot be written after it."""
    for name, path in files.items():
        require_writable(f"--{name}", path)


def write_report_files(report: Report, files: ReportFiles) -> bool:
    """Write a report in every format, and return whether all could be written."""
    return all([_write(report, name, path) for name, path in files.items()])


def _write(report: Report, name: str, path: Path) -> bool:
    # The run took a minute, and the other formats may well be writable.
    try:
        write_output(path, FORMATS[name](report))
    except OSError as error:
        click.echo(f"Error: cannot write --{name} {path}: {error.strerror}", err=True)
        return False
    return True


def report_exit_code(
    report: Report, *, strict: bool = False, require_exercised: bool = False
) -> ExitCode:
    """Return the exit code for the results of a run.

    Args:
        report: the report of the run.
        strict: whether a requirement with SHOULD must be met.
        require_exercised: whether a case that was not exercised fails the run.
    """
    # What was not run might have failed, and what failed might be due to the interruption.
    if report.interrupted:
        return ExitCode.INTERRUPTED
    verdicts = {result.verdict for result in report.results}
    failing = {*FAILED_VERDICTS}
    failing |= {Verdict.NON_STRICT} if strict else set()
    failing |= {Verdict.UNEXERCISED} if require_exercised else set()
    # A failure is certain even if other cases could not be run, so it takes precedence.
    if verdicts & failing:
        return ExitCode.NEGATIVE
    return ExitCode.NO_RESULT if Verdict.BROKEN in verdicts else ExitCode.POSITIVE
