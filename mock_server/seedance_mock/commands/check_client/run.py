"""Run the selected client cases, or grade a stored report again."""

from __future__ import annotations

import json
import shlex
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import NamedTuple

import click

from seedance_contract.case import Group, Result
from seedance_contract.client import catalogue
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.driver import ProcessDriver
from seedance_contract.client.environment import Mappings, TemplateError
from seedance_contract.client.regrade import UnreadableReport, regrade
from seedance_contract.client.runner import (
    RunContext,
    RunOptions,
    SilentClientError,
    max_seconds,
    run_cases,
)
from seedance_contract.client.warp import warp_works
from seedance_contract.declared.dialects import DIALECTS, V1
from seedance_contract.progress import Progress
from seedance_contract.selection import UnknownName, select
from seedance_mock.arena.mock import MockArena
from seedance_mock.arena.pull_driver import PullDriver
from seedance_mock.commands.check_client.options import (
    ClientRunOptions,
    environment_variables,
    reproduce_command,
)
from seedance_mock.commands.check_client.output import (
    client_connected,
    client_report,
    print_case_list,
    print_no_request,
)
from seedance_mock.commands.framework.exit_codes import ExitCode
from seedance_mock.commands.framework.interruption import run_interruptible
from seedance_mock.commands.framework.progress import duration_text, shown_progress
from seedance_mock.commands.framework.suite_report import (
    excused_results,
    publish,
    read_baseline,
    require_writable_reports,
)
from seedance_mock.server.run import listen, url_for

CASES = tuple(catalogue.CASES.values())


def run_check_client(options: ClientRunOptions) -> ExitCode:
    """Do what the options say, and return the exit code."""
    try:
        dialect_cases = _cases_of(options.dialect)
        client_cases = _select(options)
        if options.suite.list_only:
            print_case_list(options, client_cases)
            return ExitCode.POSITIVE
        checks = {case.id: [check.id for check in case.checks] for case in CASES}
        baseline = read_baseline(options.suite.baseline, checks)
        require_writable_reports(options.suite)
        start = time.monotonic()
        run = _run(options, client_cases)
    except (UnknownName, TemplateError, UnreadableReport) as error:
        raise click.UsageError(str(error)) from None
    if run.interrupted:
        click.echo("Interrupted; every client has ended.", err=True)
    report = client_report(
        options,
        dialect_cases,
        run.subject,
        excused_results(baseline, run.results),
        seconds=time.monotonic() - start,
        interrupted=run.is_partial,
    )
    if run.interrupted or not run.results or client_connected(run.results):
        return publish(report, options.suite, baseline)
    print_no_request(run.results)
    publish(report, replace(options.suite, quiet=True), baseline)
    return ExitCode.NO_RESULT


def _cases_of(dialect: str) -> tuple[ClientCase, ...]:
    return tuple(client_case for client_case in CASES if client_case.dialect.name == dialect)


def _select(options: ClientRunOptions) -> tuple[ClientCase, ...]:
    try:
        selected = _select_from(options, options.dialect)
    except UnknownName:
        for dialect in DIALECTS:
            with suppress(UnknownName):
                _select_from(options, dialect.name)
                raise click.UsageError(f"these are cases of --dialect {dialect.name}") from None
        raise
    core = tuple(client_case for client_case in selected if client_case.core or not options.core)
    if not core:
        raise UnknownName("no core case meets all these conditions; --list --core shows them")
    return core


def _select_from(options: ClientRunOptions, dialect: str) -> tuple[ClientCase, ...]:
    groups: dict[Group, list[ClientCase]] = {}
    for client_case in _cases_of(dialect):
        groups.setdefault(client_case.group, []).append(client_case)
    return select(groups, options.suite.selection)


class _Run(NamedTuple):
    """A run.

    Args:
        results: the results so far.
        subject: the name of the client.
        interrupted: whether a signal ended the run.
        is_partial: whether a selected case has no result.
    """

    results: Sequence[Result]
    subject: str
    interrupted: bool
    is_partial: bool


def _run(options: ClientRunOptions, client_cases: Sequence[ClientCase]) -> _Run:
    if options.regrade is not None:
        if options.command:
            raise click.UsageError("--regrade takes no command: it runs no client")
        return _regrade(options, options.regrade, client_cases)
    with shown_progress(quiet=options.suite.quiet) as progress:
        if options.pull:
            results, interrupted = _run_pulling_client(options, client_cases, progress)
            subject = "a client"
        else:
            results, interrupted = _run_processes(options, client_cases, progress)
            subject = shlex.join(options.command)
    # A signal after the last case has interrupted nothing.
    is_partial = len(results) < len(client_cases)
    return _Run(results, subject, interrupted and is_partial, is_partial)


def _regrade(options: ClientRunOptions, path: Path, client_cases: Sequence[ClientCase]) -> _Run:
    try:
        # As bytes: `json` finds out the encoding itself.
        report = json.loads(path.read_bytes())
    except ValueError:
        raise UnreadableReport(f"{path} is not JSON") from None
    selected = {client_case.case.id for client_case in client_cases}
    results = [result for result in regrade(report, CASES) if result.case.id in selected]
    if not results:
        dialect = report.get("options", {}).get("dialect", V1.name)
        if dialect != options.dialect:
            raise UnreadableReport(f"{path} is about another dialect: add --dialect {dialect}")
        raise UnreadableReport(f"{path} has no result of the selected cases")
    return _Run(results, str(report["subject"]), False, report.get("interrupted") is True)


def _run_processes(
    options: ClientRunOptions, client_cases: Sequence[ClientCase], progress: Progress
) -> tuple[Sequence[Result], bool]:
    """Run the cases with a client process for each. Return also whether it was interrupted."""
    driver, limits = process_driver(options), run_options(options)
    progress.note(_announcement(client_cases, limits))

    def run(stop: Event) -> Sequence[Result]:
        with MockArena() as arena:
            return _results(RunContext(arena, driver, limits, stop, progress), client_cases)

    return run_interruptible(run)


def process_driver(options: ClientRunOptions) -> ProcessDriver:
    """Return the driver that starts the client. Raises UsageError, TemplateError."""
    if not options.command:
        raise click.UsageError("give the command of the client after --, such as: -- node c.js")
    if shutil.which(options.command[0]) is None:
        raise click.UsageError(f"cannot start the client: there is no program {options.command[0]}")
    mappings = Mappings(variables=environment_variables(options), arguments=options.arguments)
    return ProcessDriver(command=options.command, mappings=mappings)


def _announcement(client_cases: Sequence[ClientCase], options: RunOptions) -> str:
    """Return how long a run takes at most, however long the client would run."""
    # Only a few clients start at a time, and a case does not begin before its client may start.
    count = len(client_cases)
    cases = "1 case" if count == 1 else f"{count} cases, {min(count, options.jobs)} at a time"
    limit = duration_text(max_seconds(client_cases, options))
    return f"{cases}: at most {limit}, apart from the starts of the client"


def _run_pulling_client(
    options: ClientRunOptions, client_cases: Sequence[ClientCase], progress: Progress
) -> tuple[Sequence[Result], bool]:
    """Run the cases with a client that runs already. Return also whether it was interrupted."""
    if options.command:
        raise click.UsageError("--pull takes no command: it starts no client")
    if options.variables or options.arguments:
        raise click.UsageError("--env and --arg need a command: --pull starts no client")
    driver = PullDriver(options.idle_seconds)
    # The port is bound before the run, so that a port in use is an error at once.
    listener = listen("127.0.0.1", options.port)

    def run(stop: Event) -> Sequence[Result]:
        with MockArena() as arena, arena.serve_unrecorded_app(driver.app(), listener):
            click.echo(json.dumps({"ready": True, "url": url_for(listener)}))
            context = RunContext(arena, driver, run_options(options), stop, progress)
            results = _results(context, client_cases)
            # The client asks for the next case after the last one. It must hear that there is none.
            driver.finish()
            return results

    return run_interruptible(run)


def _results(context: RunContext, client_cases: Sequence[ClientCase]) -> Sequence[Result]:
    try:
        return run_cases(context, client_cases)
    except SilentClientError as error:
        return error.results


def run_options(options: ClientRunOptions) -> RunOptions:
    """Return how to run the cases."""
    return RunOptions(
        # A client that pulls is one process and does one case after the other.
        jobs=1 if options.pull else options.jobs,
        repeat=options.repeat,
        rate=_available_rate(options.warp),
        timeout=options.timeout,
        reproduce=lambda case_id: reproduce_command(options, case_id),
    )


def _available_rate(requested: float) -> float:
    if requested == 1 or warp_works(requested):
        return requested
    click.echo("libfaketime is not installed or does not work: no time is warped.", err=True)
    return 1.0
