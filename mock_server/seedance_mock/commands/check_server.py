"""`seedance-mock check-server`: hold any server against the contract."""

from __future__ import annotations

import ipaddress
import json
import secrets
import sys
import time
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import click

from seedance_contract.reports.report import (
    GOOD,
    Report,
    as_json,
    counts,
    exit_code,
    explanation,
    junit,
    markdown,
    summary,
)

if TYPE_CHECKING:
    from seedance_contract.case import Result
    from seedance_contract.server.check_context import CheckContext
    from seedance_contract.server.target import Target

UNREACHABLE = 3
"""Exit code where nothing can be said about the server."""

QUICK, FULL = 6, 20
"""Examples of each property."""

output = click.Path(dir_okay=False, writable=True, path_type=Path)


@click.command("check-server", context_settings={"max_content_width": 100})
@click.argument("url", required=False)
@click.option("--key", envvar="TOKENLAB_API_KEY", help="The API key to use; made up by default.")
@click.option("--other-key", help="A second key, to see that tasks are kept apart.")
@click.option("--check", "ids", multiple=True, help="Run these checks only: an id, or a*pattern.")
@click.option("--group", "groups", multiple=True, help="Run the checks of this group only.")
@click.option("--list", "listed", is_flag=True, help="List the checks and stop.")
@click.option("--quick", is_flag=True, help="Fewer examples: within 15 s instead of 60.")
@click.option("--seed", default=0, show_default=True, help="Make other examples.")
@click.option(
    "--spend-at-most",
    "spend",
    type=click.FloatRange(0),
    metavar="USD",
    help="Allow requests that a server on another machine would bill, up to this estimate.",
)
@click.option("--patience", default=60.0, show_default=True, help="Seconds for a task to end.")
@click.option("--control-token", help="The mock's --control-token, where it needs one.")
@click.option("--strict", is_flag=True, help="Fail also where something SHOULD hold and does not.")
@click.option("--require-exercised", is_flag=True, help="Fail where a check could not be made.")
@click.option("--json", "json_file", type=output, help="Write the report to this file as JSON.")
@click.option("--junit", "junit_file", type=output, help="Write it as JUnit XML.")
@click.option("--markdown", "markdown_file", type=output, help="Write it as Markdown.")
@click.option("--verbose", is_flag=True, help="Show every check, not only what is wrong.")
def check_server(
    url: str | None,
    ids: tuple[str, ...],
    groups: tuple[str, ...],
    listed: bool,
    verbose: bool,
    strict: bool,
    require_exercised: bool,
    json_file: Path | None,
    junit_file: Path | None,
    markdown_file: Path | None,
    **choices: object,
) -> None:
    """Hold the server at URL against the contract, and tell where it departs from it.

    Every failure comes with what was expected, what was answered, and command lines of curl
    that show it again. Exits with 0 where the server conforms, 1 where it does not, 2 for wrong
    usage, 3 where it cannot be reached.

    A server on another machine may cost money: to it nothing is sent that would be billed,
    unless --spend-at-most allows it.
    """
    _needs_kit()
    from seedance_contract.server import suite
    from seedance_contract.server.openapi_setup import temporary_hypothesis_storage

    try:
        checks = suite.select_checks(ids, groups)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if listed:
        for check in checks:
            case = check.case
            click.echo(f"{case.id} ({case.group}, {case.weight}): {case.requirement}")
        return
    if url is None:
        raise click.UsageError("Missing argument 'URL'.")
    began, started = time.monotonic(), datetime.now(UTC)
    subject = _subject(url, **choices)  # type: ignore[arg-type] # click has checked each type
    with temporary_hypothesis_storage():
        results = list(_shown(suite.run_checks(subject, checks), len(checks), verbose))
    report = Report(
        suite="server",
        subject=url,
        version=version("seedance-mock"),
        started=started.isoformat(timespec="seconds"),
        seconds=time.monotonic() - began,
        results=results,
        options={"quick": choices["quick"], "seed": choices["seed"]},
        details={"rules": suite.rule_coverage(subject), "answers": subject.monitor.response_count},
    )
    _write(report, json_file, junit_file, markdown_file)
    click.echo(summary(report))
    sys.exit(exit_code(results, strict=strict, exercised=require_exercised))


def _needs_kit() -> None:
    try:
        import seedance_contract.server.suite  # noqa: F401
    except ImportError as error:
        needed = "check-server needs: pip install 'seedance-mock[kit]'"
        raise click.ClickException(f"{needed} ({error.name} is missing)") from None


def _subject(
    url: str,
    *,
    key: str | None,
    other_key: str | None,
    quick: bool,
    seed: int,
    spend: float | None,
    patience: float,
    control_token: str | None,
) -> CheckContext:
    """Return the server as the checks see it. Exits where it cannot be reached or used."""
    from seedance_contract.server.budget import Budget
    from seedance_contract.server.check_context import CheckContext, KeyPool
    from seedance_contract.server.checks.answers import ResponseMonitor
    from seedance_contract.server.target import Target
    from seedance_mock.commands.control_adapter import find_control_adapter

    limit = None if is_local(url) else Decimal(str(spend or 0))
    watch = ResponseMonitor()
    try:
        target = Target(url, Budget(limit), watch)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="URL") from None
    _reach(target, key)
    return CheckContext(
        target=target,
        keys=KeyPool(key, other_key, run_id=secrets.token_hex(4)),
        monitor=watch,
        control=find_control_adapter(url, control_token),
        max_examples=QUICK if quick else FULL,
        seed=seed,
        task_timeout=patience,
    )


def is_local(url: str) -> bool:
    """Tell whether a URL leads to this machine, by its host's name or address alone."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _reach(target: Target, key: str | None) -> None:
    """Exit where the server does not answer, or takes no key that we can show."""
    from seedance_contract.declared.examples import TASK_ID
    from seedance_contract.declared.routes import READ
    from seedance_contract.server.target import UnreachableError

    shown = key or "sk-check-" + secrets.token_hex(4)
    try:
        answer = target.send("GET", READ.path.format(id=TASK_ID), key=shown)
    except UnreachableError as reason:
        click.echo(f"{target.url} cannot be reached: {reason}", err=True)
        sys.exit(UNREACHABLE)
    if answer.status == 401:
        told = "does not take this key" if key else "takes known keys only: give one with --key"
        raise click.UsageError(f"the server {told}")


def _shown(results: Iterable[Result], total: int, verbose: bool) -> Iterator[Result]:
    """Show each result as it comes, at once where something is wrong, else by groups."""
    shown: list[Result] = []
    for number, result in enumerate(results, start=1):
        if shown and shown[-1].case.group != result.case.group:
            _show_group(shown)
            shown = []
        shown.append(result)
        if verbose or result.verdict not in GOOD:
            _show(result)
        if _terminal():
            click.echo(f"\r{number} of {total}\r", err=True, nl=False)
        yield result
    _show_group(shown)


def _terminal() -> bool:
    return sys.stderr.isatty()


def _show(result: Result) -> None:
    click.echo(f"{result.verdict:<11} {result.case.id}")
    if result.verdict not in GOOD:
        for line in explanation(result):
            click.echo(f"            {line}")


def _show_group(results: list[Result]) -> None:
    sums = ", ".join(f"{count} {verdict}" for verdict, count in counts(results).items())
    seconds = sum(result.seconds for result in results)
    click.echo(f"{results[0].case.group}: {sums} in {seconds:.1f} s")


def _write(report: Report, json_file: Path | None, *files: Path | None) -> None:
    if json_file is not None:
        json_file.write_text(json.dumps(as_json(report), indent=2) + "\n", encoding="utf-8")
    for path, writer in zip(files, (junit, markdown), strict=True):
        if path is not None:
            path.write_text(writer(report), encoding="utf-8")
