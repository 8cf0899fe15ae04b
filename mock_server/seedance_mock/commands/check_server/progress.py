"""The lines that `seedance-mock check-server` prints during a run."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator

import click

from seedance_contract.case import Result
from seedance_contract.reports.report import OK_VERDICTS, explanation_lines, verdict_counts


def print_results(
    results: Iterable[Result], total: int, verbose: bool, *, err: bool = False
) -> Iterator[Result]:
    """Yield the results. Print each failed one at once, and a line for each complete group.

    Args:
        results: the results of the run.
        total: how many there will be.
        verbose: whether to print those that passed, too.
        err: whether to print on standard error.
    """
    group: list[Result] = []
    for number, result in enumerate(results, start=1):
        if group and group[-1].case.group != result.case.group:
            _print_group(group, err)
            group = []
        group.append(result)
        if verbose or result.verdict not in OK_VERDICTS:
            _print_result(result, err)
        # The line ends with a carriage return, so that the next line overwrites it.
        if _is_terminal():
            click.echo(f"\r{number} of {total}\r", err=True, nl=False)
        yield result
    _print_group(group, err)


def _is_terminal() -> bool:
    return sys.stderr.isatty()


def _print_result(result: Result, err: bool) -> None:
    click.echo(f"{result.verdict:<11} {result.case.id}", err=err)
    if result.verdict not in OK_VERDICTS:
        for line in explanation_lines(result):
            click.echo(f"            {line}", err=err)


def _print_group(results: list[Result], err: bool) -> None:
    counts = ", ".join(f"{count} {verdict}" for verdict, count in verdict_counts(results).items())
    seconds = sum(result.seconds for result in results)
    click.echo(f"{results[0].case.group}: {counts} in {seconds:.1f} s", err=err)
