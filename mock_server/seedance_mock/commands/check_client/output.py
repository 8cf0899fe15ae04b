"""The outputs of `seedance-mock check-client`: lists, reports in every format, the exit code."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from types import MappingProxyType
from typing import Any

import click

from seedance_contract.case import Result, Verdict
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.console_output import case_list, case_list_json, report_lines
from seedance_contract.client.selection import Profile, profile_status
from seedance_contract.reports.html_report import html_report
from seedance_contract.reports.junit import junit_report
from seedance_contract.reports.markdown import markdown_report
from seedance_contract.reports.report import Report, exit_code
from seedance_contract.reports.report_json import report_json
from seedance_mock.commands.check_client.options import ClientRunOptions

EXIT_NO_RESULT = 3
"""The exit code if nothing can be said about the client."""

STANDARD_OUTPUT = Path("-")


def print_case_list(client_cases: Sequence[ClientCase], json_path: Path | None) -> None:
    """Print the cases, or write them as JSON."""
    if json_path is None:
        click.echo("\n".join(case_list(client_cases)))
    else:
        _write(json_path, json.dumps(case_list_json(client_cases), indent=2) + "\n")


def require_folders(options: ClientRunOptions) -> None:
    """Raise UsageError before the run, and not after it, if a report cannot be written."""
    for name, path in _report_files(options).items():
        if not path.parent.is_dir():
            raise click.UsageError(f"--{name} {path}: there is no folder {path.parent}")


def client_report(
    options: ClientRunOptions,
    client_cases: Sequence[ClientCase],
    subject: str,
    results: Sequence[Result],
    seconds: float,
) -> Report:
    """Return the report of a run on the client `subject`."""
    profiles = {str(profile): profile_status(profile, client_cases, results) for profile in Profile}
    selection = {name: getattr(options, name) for name in ("cases", "groups", "profile", "core")}
    return Report(
        suite="client",
        subject=options.name or subject,
        version=version("seedance-mock"),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=seconds,
        results=results,
        options={**selection, "command": options.command, "repeat": options.repeat},
        details={"profiles": profiles},
    )


def _html(report: Report) -> str:
    return html_report([report_json(report)])


FORMATS: Mapping[str, Callable[[Report], str]] = MappingProxyType(
    {
        "json": lambda report: json.dumps(report_json(report), indent=1) + "\n",
        "junit": junit_report,
        "markdown": markdown_report,
        "html": _html,
    }
)
"""The formats of a report, by the name of the option."""


def _report_files(options: ClientRunOptions) -> dict[str, Path]:
    paths = {name: getattr(options, name) for name in FORMATS}
    return {name: path for name, path in paths.items() if path is not None}


def write_report(options: ClientRunOptions, report: Report) -> None:
    """Write the report in every chosen format, and print a summary."""
    files = _report_files(options)
    for name, path in files.items():
        _write(path, FORMATS[name](report))
    profiles: Any = report.details["profiles"]
    lines = report_lines(report, [(profile, profiles[profile]) for profile in Profile])
    # A report on standard output must be readable by a program, so the summary gives way.
    click.echo("\n".join(lines), err=STANDARD_OUTPUT in files.values())


def _write(path: Path, text: str) -> None:
    if path == STANDARD_OUTPUT:
        click.echo(text, nl=False)
    else:
        path.write_text(text)


def report_exit_code(options: ClientRunOptions, report: Report) -> int:
    """Return the exit code of a run. Prints a hint if the client sent no request."""
    results = report.results
    if results and not any(map(_client_reacted, results)):
        click.echo(
            "The client sent no request. Does it read TOKENLAB_BASE_URL? See --env.", err=True
        )
        return EXIT_NO_RESULT
    return exit_code(results, strict=options.strict, require_exercised=options.require_exercised)


def _client_reacted(result: Result) -> bool:
    """Return whether the client sent a request, or reported that it does not support a job."""
    # UNSUPPORTED does not count for the ordinary job `generate`: 127 is also the exit code of a
    # shell that does not find the command of the client.
    job: Any = result.evidence.get("job", {})
    is_special = result.verdict is Verdict.UNSUPPORTED and job.get("action") != "generate"
    return is_special or bool(result.evidence.get("exchanges"))
