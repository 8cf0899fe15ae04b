"""Shows the progress of a suite: a bar on a terminal, otherwise a line for what has ended."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from threading import Lock

import click

from seedance_contract.case import UNMET_VERDICTS, Result, Verdict
from seedance_contract.progress import NoProgress, Progress
from seedance_contract.reports.report import verdict_counts
from seedance_contract.reports.text import one_line


@contextmanager
def shown_progress(
    *, quiet: bool = False, group_sizes: Mapping[str, int] | None = None
) -> Iterator[Progress]:
    """Show the progress of a run on standard error.

    Args:
        quiet: whether to show nothing.
        group_sizes: the number of cases of each group, to print a line for each group instead of
            one for each case. It changes nothing on a terminal.
    """
    if quiet:
        yield NoProgress()
    elif sys.stderr.isatty() and find_spec("rich") is not None:
        # rich is an extra, and takes a tenth of a second to import.
        from seedance_mock.commands.framework.terminal_progress import TerminalProgress

        with TerminalProgress() as display:
            yield display
    elif group_sizes is None:
        yield CaseLines()
    else:
        yield GroupLines(group_sizes)


def duration_text(seconds: float) -> str:
    """Return a duration for people, such as "4 min 43 s"."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


SHOWN_VERDICTS = (*UNMET_VERDICTS, Verdict.BROKEN)
"""The verdicts of findings that are printed as soon as they are known."""


MAX_LINE = 300
"""The most characters of a printed failure. A server may have sent a page instead of an error."""


def failure_lines(result: Result) -> Iterator[str]:
    """Yield a line for each requirement that the subject did not meet, and for each broken run."""
    case_id = result.case.id
    for finding in result.findings:
        if finding.verdict in SHOWN_VERDICTS:
            # The check of a server has the name of its case.
            name = case_id if finding.check == case_id else f"{case_id} {finding.check}"
            sides = (("expected", finding.expected), ("got", finding.actual))
            text = ", ".join(f"{label} {side}" for label, side in sides if side)
            yield one_line(f"{finding.verdict} {name}: {text}", MAX_LINE)


class CaseLines(NoProgress):
    """Prints a line for each case that has ended."""

    def __init__(self) -> None:
        self._total = self._done = 0
        self._lock = Lock()

    def planned(self, total: int) -> None:
        """Remember how many cases there are."""
        self._total = total

    def rerun(self, case_id: str) -> None:
        """Print that a case runs again."""
        click.echo(f"{self._indent()}confirming  {case_id}", err=True)

    def finished(self, result: Result) -> None:
        """Print the verdict of a case."""
        with self._lock:
            self._done += 1
            count = f"[{self._done:{len(str(self._total))}}/{self._total}]"
            line = f"{count} {result.verdict:<11} {result.case.id} {result.seconds:.1f} s"
            click.echo(line, err=True)

    def note(self, text: str) -> None:
        """Print a note."""
        click.echo(text, err=True)

    def _indent(self) -> str:
        return " " * (2 * len(str(self._total)) + 4)


class GroupLines(NoProgress):
    """Prints failures as they happen, and a line for each group that is complete.

    Args:
        sizes: the number of cases of each group.
    """

    def __init__(self, sizes: Mapping[str, int]) -> None:
        self._missing = Counter(sizes)
        self._results: dict[str, list[Result]] = {name: [] for name in sizes}
        self._lock = Lock()

    def finished(self, result: Result) -> None:
        """Print the failures of a case, and its group if it was the last case of it."""
        with self._lock:
            for line in failure_lines(result):
                click.echo(line, err=True)
            group = result.case.group
            self._results[group].append(result)
            self._missing[group] -= 1
            if not self._missing[group]:
                click.echo(_group_line(group, self._results[group]), err=True)

    def note(self, text: str) -> None:
        """Print a note."""
        click.echo(text, err=True)


def _group_line(group: str, results: list[Result]) -> str:
    counts = verdict_counts(results).items()
    # Without a duration: checks overlap, so that the sum of theirs is longer than the run.
    return f"{group}: {', '.join(f'{count} {name}' for name, count in counts)}"
