"""The progress of a suite on a terminal: a bar, and the failures above it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Column
from rich.text import Text

from seedance_contract.case import UNMET_VERDICTS, Result
from seedance_mock.commands.framework.progress import failure_lines

MIN_SHARE, MIN_CASES = 0.1, 10
"""The time left is estimated when this share of the cases, or this number, has ended."""


def _clock_text(seconds: float) -> str:
    """Return a duration as minutes and seconds, such as "4:07"."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes}:{rest:02}"


class _Times(ProgressColumn):
    """Shows a text that changes with time."""

    def __init__(self, text: Callable[[], str]) -> None:
        super().__init__(Column(no_wrap=True))
        self._text = text

    def render(self, task: Task) -> Text:
        """Return the text as of now."""
        return Text(self._text())


@dataclass(frozen=True, slots=True)
class _RunningCase:
    """A case that runs: how it is shown, and when it has started."""

    text: str
    start: float


class TerminalProgress:
    """Draws the bar of a run. Use it in a `with` statement.

    Args:
        console: where to draw; None for standard error.
        clock: returns seconds.
    """

    def __init__(
        self, console: Console | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._console = console or Console(stderr=True, highlight=False)
        self._clock = clock
        self._start = clock()
        self._lock = Lock()
        self._running: dict[str, _RunningCase] = {}
        self._done, self._total, self._failed, self._case_seconds = 0, 0, 0, 0.0
        running = Column(overflow="ellipsis", no_wrap=True, ratio=1)
        self._progress = Progress(
            TextColumn("{task.fields[done]}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[failed]}", style="red"),
            _Times(self._times),
            TextColumn("{task.fields[running]}", style="dim", table_column=running, markup=False),
            console=self._console,
            refresh_per_second=4,
            transient=True,
            expand=True,
        )
        self._bar = self._progress.add_task("", total=None, done="", failed="", running="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def planned(self, total: int) -> None:
        """Set the length of the bar."""
        self._total = total
        self._draw()

    def started(self, case_id: str) -> None:
        """Show that a case runs."""
        self._show(case_id, case_id)

    def unconfirmed(self, case_id: str) -> None:
        """Show that a case does not run at present."""
        with self._lock:
            self._end(case_id)
        self._draw()

    def rerun(self, case_id: str) -> None:
        """Show that a case runs again."""
        self._show(case_id, f"confirming {case_id}")

    def finished(self, result: Result) -> None:
        """Move the bar on, and print the failures of the case above it."""
        with self._lock:
            self._end(result.case.id)
            self._done += 1
            self._failed += result.verdict in UNMET_VERDICTS
        for line in failure_lines(result):
            self.note(line)
        self._draw()

    def note(self, text: str) -> None:
        """Print a line above the bar."""
        # As a Text: the subject must not be able to write markup.
        self._progress.console.print(Text(text))

    def _show(self, case_id: str, text: str) -> None:
        with self._lock:
            self._running[case_id] = _RunningCase(text, self._clock())
        self._draw()

    def _end(self, case_id: str) -> None:
        # A suite need not report the start of a case that another case decides.
        running = self._running.pop(case_id, None)
        self._case_seconds += 0.0 if running is None else self._clock() - running.start

    def _draw(self) -> None:
        with self._lock:
            running = [case.text for case in self._running.values()]
        self._progress.update(
            self._bar,
            completed=self._done,
            total=self._total,
            done=f"{self._done}/{self._total}",
            failed=f"{self._failed} failed" if self._failed else "",
            running=", ".join(running),
        )

    def _times(self) -> str:
        elapsed = _clock_text(self._clock() - self._start)
        left = self.seconds_left()
        return elapsed if left is None else f"{elapsed}, about {_clock_text(left)} left"

    def seconds_left(self) -> float | None:
        """Return an estimate of the seconds until the end; None as long as too few have ended."""
        # The cases that end first are short. So the seconds of those that still run count too: all
        # seconds so far, divided by the cases that have ended, are the expected length of a case.
        with self._lock:
            starts = [case.start for case in self._running.values()]
        if self._done < max(1, min(MIN_CASES, MIN_SHARE * self._total)):
            return None
        now = self._clock()
        mean = (self._case_seconds + sum(now - start for start in starts)) / self._done
        return mean * (self._total - self._done) / max(1, len(starts))
