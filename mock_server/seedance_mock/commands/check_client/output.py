"""The outputs of `seedance-mock check-client`: lists, the report, the exit code."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click

from seedance_contract.case import Result, Verdict
from seedance_contract.client.causes import CAUSES
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.console_output import case_list, case_list_json, report_lines
from seedance_contract.profiles import profile_statuses
from seedance_contract.reports.report import Report, named_causes
from seedance_mock.commands.check_client.options import ClientRunOptions
from seedance_mock.commands.framework.exit_codes import ExitCode
from seedance_mock.commands.framework.output import write_output
from seedance_mock.commands.framework.report_files import (
    FORMATS,
    report_exit_code,
    uses_standard_output,
    write_report_files,
)

PROXY_VARIABLES = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
"""The environment variables that name a proxy for HTTP."""


def print_case_list(client_cases: Sequence[ClientCase], json_path: Path | None) -> None:
    """Print the cases, or write them as JSON."""
    if json_path is None:
        click.echo("\n".join(case_list(client_cases)))
    else:
        write_output(json_path, json.dumps(case_list_json(client_cases), indent=2) + "\n")


def client_report(
    options: ClientRunOptions,
    client_cases: Sequence[ClientCase],
    subject: str,
    results: Sequence[Result],
    *,
    seconds: float,
    interrupted: bool,
) -> Report:
    """Return the report of a run on the client `subject`."""
    selection = {name: getattr(options, name) for name in ("cases", "groups", "profile", "core")}
    return Report(
        suite="client",
        subject=options.name or subject,
        version=version("seedance-mock"),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=seconds,
        results=results,
        profiles=profile_statuses("client", client_cases, results),
        causes=named_causes(results, CAUSES),
        options={**selection, "command": options.command, "repeat": options.repeat},
        interrupted=interrupted,
    )


def report_files(options: ClientRunOptions) -> dict[str, Path]:
    """Return where to write the report, by the name of the format."""
    paths = {name: getattr(options, name) for name in FORMATS}
    return {name: path for name, path in paths.items() if path is not None}


def write_report(options: ClientRunOptions, report: Report) -> bool:
    """Write the report in every chosen format and print a summary. Return whether all was written.

    The summary goes to standard error if a report goes to standard output.
    """
    files = report_files(options)
    is_written = write_report_files(report, files)
    lines = report_lines(report)
    # A report on standard output must be readable by a program, so the summary gives way.
    click.echo("\n".join(lines), err=uses_standard_output(files))
    return is_written


def client_exit_code(options: ClientRunOptions, report: Report) -> ExitCode:
    """Return the exit code of a run. Prints a hint if the client sent no request."""
    results = report.results
    if results and not report.interrupted and not any(map(_client_reacted, results)):
        click.echo(no_request_hint(os.environ), err=True)
        return ExitCode.NO_RESULT
    return report_exit_code(
        report, strict=options.strict, require_exercised=options.require_exercised
    )


def no_request_hint(environment: Mapping[str, str]) -> str:
    """Return what may be the reason if a client sent no request."""
    hint = "The client sent no request. Does it read TOKENLAB_BASE_URL? See --env."
    proxy = next((name for name in PROXY_VARIABLES if environment.get(name)), None)
    if proxy is None:
        return hint
    return f"{hint} {proxy} is set: does the client respect NO_PROXY, which the kit sets?"


def _client_reacted(result: Result) -> bool:
    """Return whether the client sent a request, or reported that it does not support a job."""
    # UNSUPPORTED does not count for the ordinary job `generate`: 127 is also the exit code of a
    # shell that does not find the command of the client.
    job: Any = result.evidence.get("job", {})
    is_special = result.verdict is Verdict.UNSUPPORTED and job.get("action") != "generate"
    return is_special or bool(result.evidence.get("exchanges"))
