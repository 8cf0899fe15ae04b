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
from seedance_contract.client.selection import Profile, UnknownName, select_cases
from seedance_contract.client.warp import warp_works
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
    EXIT_NO_RESULT,
    client_report,
    print_case_list,
    report_exit_code,
    require_folders,
    write_report,
)
from seedance_mock.server.run import listen, url_for

CASES = tuple(catalogue.CASES.values())

EXIT_INTERRUPTED = 130
"""The exit code after Ctrl-C: 128 and the number of SIGINT, as shells have it."""


def run_check_client(options: ClientRunOptions) -> int:
    """Do what the options say, and return the exit code."""
    try:
        client_cases = _select(options)
        if options.list_only:
            print_case_list(client_cases, options.json)
            return 0
        baseline = _read_baseline(options.baseline)
        require_folders(options)
        start = time.monotonic()
        results, subject = _results(options, client_cases)
    except (UnknownName, BaselineError, TemplateError, UnreadableReport) as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        click.echo(f"The kit cannot run: {error}.", err=True)
        return EXIT_NO_RESULT
    except KeyboardInterrupt:
        click.echo("Interrupted; every client has ended.", err=True)
        return EXIT_INTERRUPTED
    # UTC, so that an entry of a baseline expires on the same day on every machine.
    today = datetime.now(UTC).date()
    results = [apply_baseline(baseline, result, today) for result in results]
    report = client_report(options, CASES, subject, results, time.monotonic() - start)
    write_report(options, report)
    return report_exit_code(options, report)


def _select(options: ClientRunOptions) -> tuple[ClientCase, ...]:
    profile = None if options.profile is None else Profile(options.profile)
    return select_cases(
        CASES, cases=options.cases, groups=options.groups, profile=profile, core=options.core
    )


def _read_baseline(path: Path | None) -> Baseline:
    if path is None:
        return Baseline()
    baseline = parse_baseline(path.read_text())
    checks = {
        client_case.case.id: [check.id for check in client_case.checks] for client_case in CASES
    }
    # A renamed case would otherwise stay in the baseline, and its failure would not be excused.
    for entry in unknown_entries(baseline, checks):
        raise BaselineError(f"{path}: there is no {entry}")
    return baseline


def _results(
    options: ClientRunOptions, client_cases: Sequence[ClientCase]
) -> tuple[list[Result], str]:
    """Return the results, and the name of the client."""
    if options.regrade is not None:
        return _regrade(options.regrade, client_cases)
    if options.pull:
        return _run_pulling_client(options, client_cases), "a client"
    return _run_processes(options, client_cases), shlex.join(options.command)


def _regrade(path: Path, client_cases: Sequence[ClientCase]) -> tuple[list[Result], str]:
    try:
        report = json.loads(path.read_text())
    except ValueError:
        raise UnreadableReport(f"{path} is not JSON") from None
    selected = {client_case.case.id for client_case in client_cases}
    results = [result for result in regrade(report, CASES) if result.case.id in selected]
    if not results:
        raise UnreadableReport(f"{path} has no result of the selected cases")
    return results, str(report["subject"])


def _run_processes(options: ClientRunOptions, client_cases: Sequence[ClientCase]) -> list[Result]:
    """Run the cases with a client process for each."""
    if not options.command:
        raise click.UsageError("give the command of the client after --, such as: -- node c.js")
    if shutil.which(options.command[0]) is None:
        raise click.UsageError(f"cannot start the client: there is no program {options.command[0]}")
    mappings = Mappings(variables=environment_variables(options), arguments=options.arguments)
    driver = ProcessDriver(command=options.command, mappings=mappings)

    def run(stop: Event) -> list[Result]:
        with MockArena() as arena:
            context = RunContext(arena, driver, _run_options(options), stop)
            return run_cases(context, client_cases, _print_progress(len(client_cases), stop))

    return run_interruptible(run)


def _run_pulling_client(
    options: ClientRunOptions, client_cases: Sequence[ClientCase]
) -> list[Result]:
    """Run the cases with a client that runs already and fetches each case."""
    if options.command:
        raise click.UsageError("--pull takes no command: it starts no client")
    driver = PullDriver(options.idle_seconds)
    # The port is bound before the run, so that a port in use is an error at once.
    listener = listen("127.0.0.1", options.port)

    def run(stop: Event) -> list[Result]:
        with MockArena() as arena, arena.serve_unrecorded_app(driver.app(), listener):
            click.echo(json.dumps({"ready": True, "url": url_for(listener)}))
            context = RunContext(arena, driver, _run_options(options), stop)
            results = run_cases(context, client_cases, _print_progress(len(client_cases), stop))
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


def _print_progress(total: int, stop: Event) -> Callable[[Result], None]:
    """Return a function that prints a line for each result."""
    numbers = count(1)

    def print_line(result: Result) -> None:
        # After Ctrl-C the running cases end with results that say nothing about the client.
        if not stop.is_set():
            click.echo(progress_line(next(numbers), total, result), err=True)

    return print_line
