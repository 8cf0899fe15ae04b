"""Run the selected server checks, and report their results."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from seedance_contract.case import Result
from seedance_contract.cause import Cause
from seedance_contract.profiles import profile_statuses
from seedance_contract.reports.report import Report, named_causes
from seedance_contract.selection import UnknownName, list_lines, list_row, select
from seedance_mock.commands.framework.exit_codes import ExitCode
from seedance_mock.commands.framework.extras import MissingExtra
from seedance_mock.commands.framework.interruption import run_interruptible
from seedance_mock.commands.framework.progress import shown_progress
from seedance_mock.commands.framework.suite_options import SuiteOptions
from seedance_mock.commands.framework.suite_report import (
    excused_results,
    print_list,
    publish,
    read_baseline,
    require_writable_reports,
    selected_options,
)

# The checks need Hypothesis and Schemathesis, which are an extra. Functions import them, so that
# the error for a missing one can say how to install it.
if TYPE_CHECKING:
    from seedance_contract.server.check_context import ServerCheck

REPORTED_OPTIONS = ("quick", "seed", "spend", "task_timeout", "concurrency", "time_limit")
"""The options of `check-server` that a report contains."""


def run_check_server(
    url: str | None, options: SuiteOptions, choices: Mapping[str, Any]
) -> ExitCode:
    """Do what the options say, and return the exit code.

    Args:
        url: the server; None is an error unless the checks are only listed.
        options: the options of both suites.
        choices: the values of the other options, by the names of the parameters of `make_context`.
    """
    checks = _select(options)
    if options.list_only:
        print_list(list(list_lines(checks)), list(map(list_row, checks)), options.json)
        return ExitCode.POSITIVE
    if url is None:
        raise click.UsageError("Missing argument 'URL'.")
    baseline = read_baseline(options.baseline, {check.id: [check.id] for check in _all_checks()})
    require_writable_reports(options)
    # The wall clock may be set during the run, so the duration is measured with the other one.
    start, started = time.monotonic(), datetime.now(UTC)
    run = _run(url, checks, options, choices)
    results = excused_results(baseline, run.results)
    report = Report(
        suite="server",
        subject=options.name or url,
        version=version("seedance-mock"),
        started=started.isoformat(timespec="seconds"),
        seconds=time.monotonic() - start,
        results=results,
        profiles=profile_statuses("server", _all_checks(), results),
        causes=named_causes(results, _causes()),
        options={**selected_options(options), **{name: choices[name] for name in REPORTED_OPTIONS}},
        details=run.details,
        interrupted=len(results) < len(checks),
    )
    return publish(report, options, baseline)


def _all_checks() -> Sequence[ServerCheck]:
    try:
        from seedance_contract.server.suite import CHECKS
    except ImportError as error:
        raise MissingExtra(f"check-server needs {error.name}", "kit") from None
    return CHECKS


def _select(options: SuiteOptions) -> Sequence[ServerCheck]:
    _all_checks()
    from seedance_contract.server.suite import GROUPS

    try:
        return select(GROUPS, options.selection)
    except UnknownName as error:
        raise click.UsageError(str(error)) from None


def _causes() -> Mapping[str, Cause]:
    from seedance_contract.server.causes import CAUSES

    return CAUSES


class _Run(NamedTuple):
    """The results of a run, and facts about it for the report."""

    results: Sequence[Result]
    details: Mapping[str, object]


def _run(
    url: str, checks: Sequence[ServerCheck], options: SuiteOptions, choices: Mapping[str, Any]
) -> _Run:
    """Run the checks. After Ctrl-C the results are those of the checks that had ended."""
    from seedance_contract.server.openapi.setup import temporary_hypothesis_storage
    from seedance_contract.server.rule_coverage import rule_coverage
    from seedance_contract.server.run import SuiteRun
    from seedance_mock.commands.check_server.setup import make_context, release_accounts

    context = make_context(url, **choices)
    sizes = Counter(check.case.group for check in checks)
    with (
        closing(context.target.transport),
        shown_progress(quiet=options.quiet, group_sizes=sizes) as progress,
        temporary_hypothesis_storage(),
    ):
        run = SuiteRun(context, checks, progress=progress)
        try:
            run_interruptible(lambda stop: run.run(stop.is_set))
        finally:
            release_accounts(context, choices["control_token"])
    details = {
        "rules": rule_coverage(context.rule_counts),
        "answers": context.monitor.response_count,
        "time_limit": run.time_limit_details,
        "concurrency": run.concurrency,
    }
    return _Run(run.results, details)
