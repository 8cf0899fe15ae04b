"""What `seedance-mock check-client` does with what was chosen."""

from __future__ import annotations

import json
import shlex
import shutil
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from itertools import count
from pathlib import Path
from threading import Event
from typing import Any

import click

from seedance_contract.case import Result, Verdict
from seedance_contract.client import console_output
from seedance_contract.client.catalogue import SCENES as CATALOGUE
from seedance_contract.client.driver import Spawning
from seedance_contract.client.environment import Mappings, TemplateError
from seedance_contract.client.runner import Kit, Plan, Unreadable, regraded, run
from seedance_contract.client.scene import Scene
from seedance_contract.client.selection import Profile, Unknown, choose, standing
from seedance_contract.client.warp import works
from seedance_contract.reports import baseline as baselines
from seedance_contract.reports import report as reports
from seedance_contract.reports.baseline import Baseline, BaselineError
from seedance_contract.reports.report import Report
from seedance_mock.arena.mock import MockArena
from seedance_mock.arena.pull_driver import Pulled
from seedance_mock.server.run import listen, url_for

SCENES = tuple(CATALOGUE.values())

INFRASTRUCTURE = 3
"""Exit code where nothing could be found out."""

STOPPED = 130
"""Exit code after Ctrl-C."""

LOOK = 0.1
"""Seconds until a Ctrl-C is noticed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What was chosen on the command line, as the options say."""

    command: tuple[str, ...]
    cases: tuple[str, ...]
    groups: tuple[str, ...]
    profile: str | None
    core: bool
    listing: bool
    strict: bool
    require_exercised: bool
    repeat: int
    variables: tuple[str, ...]
    arguments: tuple[str, ...]
    baseline: Path | None
    json: Path | None
    junit: Path | None
    markdown: Path | None
    html: Path | None
    regrade: Path | None
    jobs: int
    timeout: float | None
    warp: float
    pull: bool
    quiet: float
    port: int
    name: str | None


def checked(choices: Choices) -> int:
    """Do what was chosen, and return the exit code."""
    try:
        scenes = _scenes(choices)
        if choices.listing:
            return _list(choices, scenes)
        baseline = _baseline(choices.baseline)
        _places(choices)
        began = time.monotonic()
        results, subject = _results(choices, scenes)
    except (Unknown, BaselineError, TemplateError, Unreadable) as error:
        raise click.UsageError(str(error)) from None
    except OSError as error:
        click.echo(f"The kit cannot work: {error}.", err=True)
        return INFRASTRUCTURE
    except KeyboardInterrupt:
        click.echo("Stopped; every client has ended.", err=True)
        return STOPPED
    today = datetime.now(UTC).date()
    known = [baselines.applied(baseline, result, today) for result in results]
    report = _report(choices, subject, known, time.monotonic() - began)
    _write(choices, report)
    return _exit_code(choices, report)


def _scenes(choices: Choices) -> tuple[Scene, ...]:
    profile = None if choices.profile is None else Profile(choices.profile)
    return choose(
        SCENES, cases=choices.cases, groups=choices.groups, profile=profile, core=choices.core
    )


def _list(choices: Choices, scenes: Sequence[Scene]) -> int:
    if choices.json is None:
        click.echo("\n".join(console_output.listed(scenes)))
    else:
        _put(choices.json, json.dumps(console_output.listed_as_json(scenes), indent=2) + "\n")
    return 0


def _baseline(path: Path | None) -> Baseline:
    if path is None:
        return Baseline()
    baseline = baselines.parse(path.read_text())
    checks = {scene.case.id: [check.id for check in scene.checks] for scene in SCENES}
    for what in baselines.unknown(baseline, checks):
        raise BaselineError(f"{path} names what there is not: {what}")
    return baseline


def _places(choices: Choices) -> None:
    """Refuse a report that has no place before the run, not after it."""
    for name in FORMS:
        path: Path | None = getattr(choices, name)
        if path is not None and not path.parent.is_dir():
            raise click.UsageError(f"--{name} {path}: there is no folder {path.parent}")


def _results(choices: Choices, scenes: Sequence[Scene]) -> tuple[list[Result], str]:
    """Return the results of a run, or of a report that is graded anew, and of whom they are."""
    if choices.regrade is not None:
        return _regraded(choices.regrade, scenes)
    if choices.pull:
        return _pulled(choices, scenes), "a client"
    return _spawned(choices, scenes), shlex.join(choices.command)


def _regraded(path: Path, scenes: Sequence[Scene]) -> tuple[list[Result], str]:
    try:
        told = json.loads(path.read_text())
    except ValueError:
        raise Unreadable(f"{path} is not JSON") from None
    chosen = {scene.case.id for scene in scenes}
    results = [result for result in regraded(told, SCENES) if result.case.id in chosen]
    if not results:
        raise Unreadable(f"{path} has none of these cases")
    return results, str(told["subject"])


def _spawned(choices: Choices, scenes: Sequence[Scene]) -> list[Result]:
    if not choices.command:
        raise click.UsageError("the command of a client is needed after --, such as: -- node c.js")
    if shutil.which(choices.command[0]) is None:
        raise click.UsageError(f"there is no program {choices.command[0]} to start the client")
    mappings = Mappings(variables=_variables(choices), arguments=choices.arguments)
    driver = Spawning(command=choices.command, mappings=mappings)

    def graded(stop: Event) -> list[Result]:
        with MockArena() as arena:
            return run(
                Kit(arena, driver, _plan(choices), stop), scenes, _progress(len(scenes), stop)
            )

    return _stoppable(graded)


def _pulled(choices: Choices, scenes: Sequence[Scene]) -> list[Result]:
    if choices.command:
        raise click.UsageError("with --pull the client is not started from here")
    driver = Pulled(choices.quiet)
    listener = listen("127.0.0.1", choices.port)

    def graded(stop: Event) -> list[Result]:
        with MockArena() as arena, arena.serving(driver.app(), listener):
            click.echo(json.dumps({"ready": True, "url": url_for(listener)}))
            kit = Kit(arena, driver, _plan(choices), stop)
            results = run(kit, scenes, _progress(len(scenes), stop))
            driver.finish()
            return results

    return _stoppable(graded)


def _variables(choices: Choices) -> tuple[tuple[str, str], ...]:
    pairs = [text.partition("=") for text in choices.variables]
    for name, equals, _ in pairs:
        if not name or not equals:
            raise TemplateError("--env needs NAME=VALUE")
    return tuple((name, value) for name, _, value in pairs)


def _plan(choices: Choices) -> Plan:
    return Plan(
        jobs=1 if choices.pull else choices.jobs,
        repeat=choices.repeat,
        rate=_rate(choices.warp),
        patience=choices.timeout,
        reproduce=lambda case: _command_line(choices, case),
    )


def _rate(wanted: float) -> float:
    if wanted == 1 or works(wanted):
        return wanted
    click.echo("libfaketime is not installed or does not work: time passes as usual.", err=True)
    return 1.0


def _command_line(choices: Choices, case: str) -> str:
    """Return the command line that runs one case again."""
    options = [
        *(f"--env={text}" for text in choices.variables),
        *(f"--arg={text}" for text in choices.arguments),
    ]
    tail = ["--pull"] if choices.pull else ["--", *choices.command]
    return shlex.join(["seedance-mock", "check-client", "--case", case, *options, *tail])


def _progress(total: int, stop: Event) -> Callable[[Result], None]:
    done = count(1)

    def tell(result: Result) -> None:
        # What was broken off is no news.
        if not stop.is_set():
            click.echo(console_output.progress(next(done), total, result), err=True)

    return tell


def _stoppable(work: Callable[[Event], list[Result]]) -> list[Result]:
    """Return what work returns, which has to end early once the event is set.

    SIGTERM counts as Ctrl-C: clients must not outlive the kit. Neither interrupts anything, as a
    thread might just be starting or a lock held; the work is told instead, and awaited.

    Raises KeyboardInterrupt where it was stopped so.
    """
    asked: list[int] = []
    stop = Event()
    signals = (signal.SIGINT, signal.SIGTERM)
    previous = [signal.signal(one, lambda number, frame: asked.append(number)) for one in signals]
    try:
        with ThreadPoolExecutor(1, "kit") as pool:
            working = pool.submit(work, stop)
            while wait([working], LOOK).not_done:
                if asked:
                    stop.set()
    finally:
        for one, handler in zip(signals, previous, strict=True):
            signal.signal(one, handler)
    if asked:
        raise KeyboardInterrupt
    return working.result()


def _report(choices: Choices, subject: str, results: Sequence[Result], seconds: float) -> Report:
    profiles = {str(one): standing(one, SCENES, results) for one in Profile}
    told = {name: getattr(choices, name) for name in ("cases", "groups", "profile", "core")}
    return Report(
        suite="client",
        subject=choices.name or subject,
        version=version("seedance-mock"),
        started=datetime.now(UTC).isoformat(timespec="seconds"),
        seconds=seconds,
        results=results,
        options={**told, "command": choices.command, "repeat": choices.repeat},
        details={"profiles": profiles},
    )


def _html(report: Report) -> str:
    from seedance_contract.reports.html_report import html

    return html([reports.as_json(report)])


FORMS: Mapping[str, Callable[[Report], str]] = {
    "json": lambda report: json.dumps(reports.as_json(report), indent=1) + "\n",
    "junit": reports.junit,
    "markdown": reports.markdown,
    "html": _html,
}


def _write(choices: Choices, report: Report) -> None:
    for name, form in FORMS.items():
        path: Path | None = getattr(choices, name)
        if path is not None:
            _put(path, form(report))
    profiles: Any = report.details["profiles"]
    lines = console_output.told(report, [(one, profiles[one]) for one in Profile])
    click.echo("\n".join(lines), err=Path("-") in (choices.json, choices.junit, choices.markdown))


def _put(path: Path, text: str) -> None:
    if path == Path("-"):
        click.echo(text, nl=False)
    else:
        path.write_text(text)


def _exit_code(choices: Choices, report: Report) -> int:
    results = report.results
    if results and not any(map(_tried, results)):
        click.echo("The client never came. Does it read TOKENLAB_BASE_URL? See --env.", err=True)
        return INFRASTRUCTURE
    return reports.exit_code(results, strict=choices.strict, exercised=choices.require_exercised)


def _tried(result: Result) -> bool:
    """Tell whether the client came, or said that it cannot do more than an ordinary job."""
    job: Any = result.evidence.get("job", {})
    special = result.verdict is Verdict.UNSUPPORTED and job.get("action") != "generate"
    return special or bool(result.evidence.get("exchanges"))
