"""`seedance-mock check-client --explore`: try situations that Hypothesis composes."""

from __future__ import annotations

import json
import os
import shlex
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import click

from seedance_contract.case import Result
from seedance_contract.client.environment import TemplateError
from seedance_contract.client.explore.exploration import Exploration, ExploreOptions, explore
from seedance_contract.client.explore.memory import (
    open_database,
    parse_regressions,
    regressions_text,
    remember,
    remembered_situations,
)
from seedance_contract.client.explore.results import (
    exploration_json,
    invariant_results,
    summary_lines,
)
from seedance_contract.client.explore.situations import (
    Situation,
    SituationError,
    situation_from_json,
    situation_to_json,
)
from seedance_contract.client.invariants.catalogue import INVARIANTS
from seedance_contract.client.runner import RunContext
from seedance_contract.progress import Progress
from seedance_contract.reports.baseline import Baseline
from seedance_contract.reports.report import Report
from seedance_mock.arena.mock import MockArena
from seedance_mock.commands.check_client.explore_options import (
    DEFAULT_SECONDS,
    ExplorationOptions,
)
from seedance_mock.commands.check_client.options import ClientRunOptions, client_flags
from seedance_mock.commands.check_client.output import client_report, no_request_hint
from seedance_mock.commands.check_client.run import process_driver, run_options
from seedance_mock.commands.framework.exit_codes import ExitCode
from seedance_mock.commands.framework.interruption import run_interruptible
from seedance_mock.commands.framework.output import require_writable, write_output
from seedance_mock.commands.framework.progress import shown_progress
from seedance_mock.commands.framework.suite_report import (
    excused_results,
    print_list,
    publish,
    read_baseline,
    require_writable_reports,
)


def run_exploration(options: ClientRunOptions, choices: ExplorationOptions) -> ExitCode:
    """Explore the client, write the reports, and return the exit code."""
    _require_no_selection(options)
    if options.suite.list_only:
        _print_invariants(options.suite.json)
        return ExitCode.POSITIVE
    checks = {invariant.case.id: [name] for name, invariant in INVARIANTS.items()}
    baseline = read_baseline(options.suite.baseline, checks)
    require_writable_reports(options.suite)
    start = time.monotonic()
    try:
        _require_regression_file(choices.write_regressions)
        with shown_progress(quiet=options.suite.quiet) as progress:
            exploration, interrupted = _explore(options, choices, progress)
    except (SituationError, TemplateError) as error:
        raise click.UsageError(str(error)) from None
    _remember(choices, exploration)
    observations = exploration.observations
    if observations and not interrupted and not any(item.findings for item in observations):
        click.echo(no_request_hint(os.environ), err=True)
        return ExitCode.NO_RESULT
    report = client_report(
        options,
        (),
        shlex.join(options.command),
        excused_results(baseline, _results(options, exploration)),
        seconds=time.monotonic() - start,
        interrupted=interrupted,
    )
    return _publish(
        options,
        choices,
        exploration,
        # The profiles are promises about the cases, which were not run.
        replace(report, profiles=(), details={"explore": exploration_json(exploration)}),
        baseline,
    )


def _results(options: ClientRunOptions, exploration: Exploration) -> list[Result]:
    return invariant_results(exploration, lambda situation: _reproduce(options, situation))


def _publish(
    options: ClientRunOptions,
    choices: ExplorationOptions,
    exploration: Exploration,
    report: Report,
    baseline: Baseline,
) -> ExitCode:
    """Write and print everything, and return the exit code."""
    exit_code = publish(report, options.suite, baseline)
    to_standard_error = bool(options.suite.outputs_to_standard_output)
    click.echo("\n".join(summary_lines(exploration)), err=to_standard_error)
    return exit_code if _write_regressions(choices, exploration) else ExitCode.NO_RESULT


def _require_no_selection(options: ClientRunOptions) -> None:
    suite = options.suite
    selecting = {
        "--case": suite.cases,
        "--group": suite.groups,
        "--level": suite.level,
        "--profile": suite.profile,
        "--core": options.core,
    }
    for name, value in selecting.items():
        if value:
            raise click.UsageError(f"{name} selects cases, and --explore runs none")
    if options.regrade is not None:
        raise click.UsageError("--regrade runs no client, and --explore does: choose one of them")
    if options.pull:
        # Each situation needs a client of its own, which starts and ends with it.
        raise click.UsageError(
            "--explore starts the client anew in each situation: give its command after --"
            " instead of --pull"
        )


def _require_regression_file(path: Path | None) -> None:
    """Raise an error before the run if its failures cannot be added to the file after it."""
    if path is not None and path.exists():
        _read_regressions(path)
    if path is not None:
        require_writable("--write-regressions", path)


def _print_invariants(json_path: Path | None) -> None:
    """Print the invariants, or write them as JSON."""
    rows = [
        {
            "id": invariant.case.id,
            "level": invariant.check.level,
            "requirement": invariant.check.requirement,
            "source": str(invariant.source),
        }
        for invariant in INVARIANTS.values()
    ]
    lines = [f"{row['id']}: {row['requirement']} ({row['level']})" for row in rows]
    print_list(lines, rows, json_path)


def _explore(
    options: ClientRunOptions, choices: ExplorationOptions, progress: Progress
) -> tuple[Exploration, bool]:
    """Explore. Return also whether a signal has ended the exploration."""
    driver, limits = process_driver(options), _limits(choices)

    def run(stop: Event) -> Exploration:
        with MockArena() as arena:
            context = RunContext(arena, driver, run_options(options), stop, progress)
            return explore(context, limits)

    return run_interruptible(run)


def _limits(choices: ExplorationOptions) -> ExploreOptions:
    seconds, examples = choices.seconds, choices.examples
    if seconds is None and examples is None:
        # A situation that is given is all there is to do.
        seconds, examples = (None, 0) if choices.situations else (DEFAULT_SECONDS, None)
    return ExploreOptions(
        seed=choices.seed,
        examples=examples,
        seconds=seconds,
        first=tuple(dict.fromkeys(_first_situations(choices))),
    )


def _first_situations(choices: ExplorationOptions) -> Iterator[Situation]:
    yield from map(_situation, choices.situations)
    if choices.regressions is not None:
        yield from _read_regressions(choices.regressions)
    if choices.state_dir is not None:
        yield from remembered_situations(open_database(choices.state_dir))


def _read_regressions(path: Path) -> tuple[Situation, ...]:
    try:
        return parse_regressions(path.read_text(encoding="utf-8"))
    except (SituationError, UnicodeDecodeError) as error:
        raise SituationError(f"{path}: {error}") from None


def _situation(text: str) -> Situation:
    if not text.startswith("{"):
        return Situation(words=tuple(text.split()))
    try:
        return situation_from_json(json.loads(text))
    except ValueError as error:
        raise SituationError(f"--situation: {error}") from None


def _remember(choices: ExplorationOptions, exploration: Exploration) -> None:
    if choices.state_dir is not None:
        remember(
            open_database(choices.state_dir),
            passed=(item.situation for item in exploration.observations),
            failed=(failure.situation for failure in exploration.failures),
        )


def _write_regressions(choices: ExplorationOptions, exploration: Exploration) -> bool:
    """Add the failures to the file of regressions. Return whether that worked."""
    path = choices.write_regressions
    if path is None:
        return True
    known = _read_regressions(path) if path.exists() else ()
    failed = (failure.situation for failure in exploration.failures)
    try:
        write_output(path, regressions_text((*known, *failed)))
    except OSError as error:
        click.echo(f"Error: cannot write --write-regressions {path}: {error.strerror}", err=True)
        return False
    return True


def _reproduce(options: ClientRunOptions, situation: Situation) -> str:
    """Return a script that runs the client in a situation, and a curl command beside it."""
    value = json.dumps(situation_to_json(situation))
    command = ["seedance-mock", "check-client", "--explore", f"--situation={value}"]
    return "\n".join(
        [
            shlex.join([*command, *client_flags(options), "--", *options.command]),
            "# By hand, beside `seedance-mock serve`:",
            f"# {situation.curl()}",
        ]
    )
