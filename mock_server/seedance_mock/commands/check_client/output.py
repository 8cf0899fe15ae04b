"""The outputs of `seedance-mock check-client`: the list of cases, and the report."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any

import click

from seedance_contract.case import Result, Verdict
from seedance_contract.client.causes import CAUSES
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.jobs import full_script
from seedance_contract.profiles import profile_statuses
from seedance_contract.reports.report import Report, named_causes
from seedance_contract.reports.text import printable_text
from seedance_contract.selection import list_lines, list_row
from seedance_mock.commands.check_client.options import ClientRunOptions
from seedance_mock.commands.framework.suite_report import print_list, selected_options

PROXY_VARIABLES = ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy")
"""The environment variables that name a proxy for HTTP."""

SHOWN_OUTPUT_LINES = 10
"""The number of lines of its output that are shown of a client that sent no request."""


def print_case_list(options: ClientRunOptions, client_cases: Sequence[ClientCase]) -> None:
    """Print the cases, or write them as JSON."""
    marks = {case.id: ("core",) for case in client_cases if case.core}
    lines = list(list_lines(client_cases, marks))
    print_list(lines, list(map(_case_row, client_cases)), options.suite.json)


def _case_row(client_case: ClientCase) -> dict[str, object]:
    checks = [
        {"id": check.id, "level": check.level.value, "requirement": check.requirement}
        for check in client_case.checks
    ]
    return {
        **list_row(client_case),
        "core": client_case.core,
        "words": full_script(client_case),
        "needs": sorted(client_case.needs),
        "checks": checks,
    }


def client_report(
    options: ClientRunOptions,
    client_cases: Sequence[ClientCase],
    subject: str,
    results: Sequence[Result],
    *,
    seconds: float,
    interrupted: bool,
) -> Report:
    """Return the report of a run on the client `subject`.

    `client_cases` are all cases of the suite, also those that were not selected.
    """
    return Report(
        suite="client",
        subject=options.suite.name or subject,
        version=version("seedance-mock"),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=seconds,
        results=results,
        profiles=profile_statuses("client", client_cases, results),
        causes=named_causes(results, CAUSES),
        options=_chosen_options(options),
        interrupted=interrupted,
    )


def _chosen_options(options: ClientRunOptions) -> dict[str, object]:
    own_options = (
        "dialect",
        "core",
        "command",
        "variables",
        "arguments",
        "repeat",
        "jobs",
        "timeout",
        "warp",
    )
    own = {name: getattr(options, name) for name in own_options}
    lists = {name: list(value) for name, value in own.items() if isinstance(value, tuple)}
    return {**selected_options(options.suite), **own, **lists, "pull": options.pull}


def client_connected(results: Sequence[Result]) -> bool:
    """Return whether the client sent a request, or reported that it does not support a job."""
    return any(map(_client_reacted, results))


def _client_reacted(result: Result) -> bool:
    # UNSUPPORTED does not count for the ordinary job `generate`: 127 is also the exit code of a
    # shell that does not find the command of the client.
    job: Any = result.evidence.get("job", {})
    is_special = result.verdict is Verdict.UNSUPPORTED and job.get("action") != "generate"
    return is_special or bool(result.evidence.get("exchanges"))


def print_no_request(results: Sequence[Result]) -> None:
    """Print why a client that sent no request cannot be graded, and what may be the reason."""
    click.echo(no_request_hint(os.environ), err=True)
    evidence = results[0].evidence
    status = "It was still running" if evidence.get("killed") else f"Exit status {evidence['exit']}"
    chunks: Any = evidence.get("output", ())
    text = printable_text("".join(chunk[2] for chunk in chunks))
    output = text.splitlines()[-SHOWN_OUTPUT_LINES:]
    if not output:
        click.echo(f"{status}, and it printed nothing.", err=True)
        return
    click.echo(f"{status}. The end of its output in {results[0].case.id}:", err=True)
    for line in output:
        click.echo(f"  {line}", err=True)


def no_request_hint(environment: Mapping[str, str]) -> str:
    """Return what may be the reason if a client sent no request."""
    hint = (
        "The client sent no request. Does it read TOKENLAB_BASE_URL, TOKENLAB_API_KEY and KIT_JOB?"
        " Give it other variables with --env, and arguments with --arg: --arg=--prompt={prompt}"
    )
    proxy = next((name for name in PROXY_VARIABLES if environment.get(name)), None)
    if proxy is None:
        return hint
    return f"{hint}. {proxy} is set: does the client respect NO_PROXY, which the kit sets?"
