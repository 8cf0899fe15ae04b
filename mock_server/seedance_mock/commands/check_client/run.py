"""Run the selected client cases, or grade a stored report again."""

from __future__ import annotations

import json
import shlex
import shutil
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from threading import Event
from typing import NamedTuple

import click

from seedance_contract.case import Result
from seedance_contract.client import catalogue
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.console_output import progress_line
from seedance_contract.client.driver import ProcessDriver
from seedance_contract.client.environment import Mappings, TemplateError
from seedance_contract.client.runner import (
    RunContext,
    RunOptions,
    UnreadableReport,
    regrade,
    run_cases,
)
from seedance_contract.client.selection import UnknownName, select_cases
from seedance_contract.client.warp import warp_works
from seedance_contract.profiles import Profile
from seedance_contract.reports.baseline import (
    Baseline,
    BaselineError,
    apply_baseline,
    parse_baseline,
    unknown_entries,
)
from seedance_mock.arena.mock import MockArena
from seedance_mock.arena.pull_driver import PullDriver
from seedance_mock.commands.check_client.interruption import run_interruptible
from seedance_mock.commands.check_client.options import (
    ClientRunOptions,
    environment_variables,
    reproduce_command,
)
from seedance_mock.commands.check_client.output import (
    client_exit_code,
    client_report,
    print_case_list,
    report_files,
    write_report,
)
from seedance_mock.commands.framework.exit_codes import ExitCode
from seedance_mock.commands.framework.report_files import require_writable_files
from seedance_mock.server.run import listen, url_for

CASES = tuple(catalogue.CASES.values())


def run_check_client(options: ClientRunOptions) -> ExitCode:
    """Do what the options say, and return the exit code."""
    try:
        client_cases = _select(options)
        if options.list_only:
            print_case_list(client_cases, options.json)
            return ExitCode.POSITIVE
        baseline = _read_baseline(options.baseline)
        require_writable_files(report_files(options))
        start = time.monotonic()
        run = _run(options, client_cases)
    except (UnknownName, BaselineError, TemplateError, UnreadableReport) as error:
        raise click.UsageError(str(error)) from None
    if run.interrupted:
        click.echo("Interrupted; every client has ended.", err=True)
    # UTC, so that an entry of a baseline expires on the same day on every machine.
    today = datetime.now(UTC).date()
    results = [apply_baseline(baseline, result, today) for result in run.results]
    report = client_report(
        options,
        CASES,
        run.subject,
        results,
        seconds=time.monotonic() - start,
        interrupted=run.interrupted,
    )
    is_written = write_report(options, report)
    exit_code = client_exit_code(options, report)
    return exit_code if is_written else ExitCode.NO_RESULT


def _select(options: ClientRunOptions) -> tuple[ClientCase, ...]:
    profile = None if options.profile is None else Profile(options.profile)
    return select_cases(
        CASES, cases=options.cases, groups=options.groups, profile=profile, core=options.core
    )


def _read_baseline(path: Path | None) -> Baseline:
    if path is None:
        return Baseline()
    try:
        # TOML is UTF-8, whatever the encoding of this machine.
        baseline = parse_baseline(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise BaselineError(f"{path} is not UTF-8") from None
    checks = {
        client_case.case.id: [check.id for check in client_case.checks] for client_case in CASES
    }
    # A renamed case would otherwise stay in the baseline, and its failure would not be excused.
    for entry in unknown_entries(baseline, checks):
        raise BaselineError(f"{path}: there is no {entry}")
    return baseline


class _Run(NamedTuple):
    """The results of a run, the name of the client, and whether the run was interrupted."""

    results: list[Result]
    subject: str
    interrupted: bool


def _run(options: ClientRunOptions, client_cases: Sequence[ClientCase]) -> _Run:
    if options.regrade is not None:
        return _regrade(options.regrade, client_cases)
    if options.pull:
        results, interrupted = _run_pulling_client(options, client_cases)
        subject = "a client"
    else:
        results, interrupted = _run_processes(options, client_cases)
        subject = shlex.join(options.command)
    # A signal after the last case has interrupted nothing.
    return _Run(results, subject, interrupted and len(results) < len(client_cases))


def _regrade(path: Path, client_cases: Sequence[ClientCase]) -> _Run:
    try:
        # As bytes: `json` finds out the encoding itself.
        report = json.loads(path.read_bytes())
    except ValueError:
        raise UnreadableReport(f"{path} is not JSON") from None
    selected = {client_case.case.id for client_case in client_cases}
    results = [result for result in regrade(report, CASES) if result.case.id in selected]
    if not results:
        raise UnreadableReport(f"{path} has no result of the selected cases")
    return _Run(results, str(report["subject"]), report.get("interrupted") is True)


def _run_processes(
    options: ClientRunOptions, client_cases: Sequence[ClientCase]
) -> tuple[list[Result], bool]:
    """Run the cases with a client process for each. Return also whether it was interrupted."""
    if not options.command:
        raise click.UsageError("give the command of the client after --, such as: -- node c.js")
    if shutil.which(options.command[0]) is None:
        raise click.UsageError(f"cannot start the client: there is no program {options.command[0]}")
    mappings = Mappings(variables=environment_variables(options), arguments=options.arguments)
    driver = ProcessDriver(command=options.command, mappings=mappings)

    def run(stop: Event) -> list[Result]:
        with MockArena() as arena:
            context = RunContext(arena, driver, _run_options(options), stop)
            return run_cases(context, client_cases, _print_progress(len(client_cases)))

    return run_interruptible(run)


def _run_pulling_client(
    options: ClientRunOptions, client_cases: Sequence[ClientCase]
) -> tuple[list[Result], bool]:
    """Run the cases with a client that runs already. Return also whether it was interrupted."""
    if options.command:
        raise click.UsageError("--pull takes no command: it starts no client")
    driver = PullDriver(options.idle_seconds)
    # The port is bound before the run, so that a port in use is an error at once.
    listener = listen("127.0.0.1", options.port)

    def run(stop: Event) -> list[Result]:
        with MockArena() as arena, arena.serve_unrecorded_app(driver.app(), listener):
            click.echo(json.dumps({"ready": True, "url": url_for(listener)}))
            context = RunContext(arena, driver, _run_options(options), stop)
            results = run_cases(context, client_cases, _print_progress(len(client_cases)))
            # The client asks for the next case after the last one. It must hear that there is none.
            driver.finish()
            return results

    return run_interruptible(run)


def _run_options(options: ClientRunOptions) -> RunOptions:
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


def _print_progress(total: int) -> Callable[[Result], None]:
    """Return a function that prints a line for each result."""
    numbers = count(1)

    def print_line(result: Result) -> None:
        click.echo(progress_line(next(numbers), total, result), err=True)

    return print_line
