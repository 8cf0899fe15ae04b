"""The progress of a suite on a terminal: a bar, and the failures above it."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.table import Column
from rich.text import Text

from seedance_contract.case import UNMET_VERDICTS, Result
from seedance_mock.commands.framework.progress import duration_text, failure_lines


class _Times(ProgressColumn):
    """Shows a text that changes with time."""

    def __init__(self, text: Callable[[], str]) -> None:
        super().__init__()
        self._text = text

    def render(self, task: Task) -> Text:
        """Return the text as of now."""
        return Text(self._text())


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
        self._running: dict[str, str] = {}
        self._done, self._total, self._failed, self._seconds = 0, 0, 0, 0.0
        running = Column(overflow="ellipsis", no_wrap=True, ratio=1)
        self._progress = Progress(
            TextColumn("{task.completed}/{task.total}"),
            BarColumn(bar_width=20),
            TextColumn("{task.fields[failed]}", style="red"),
            _Times(self._times),
            TextColumn("{task.fields[running]}", style="dim", table_column=running, markup=False),
            console=self._console,
            refresh_per_second=4,
            transient=True,
            expand=True,
        )
        self._bar = self._progress.add_task("", total=None, failed="", running="")

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

    def rerun(self, case_id: str) -> None:
        """Show that a case runs again."""
        self._show(case_id, f"confirming {case_id}")

    def finished(self, result: Result) -> None:
        """Move the bar on, and print the failures of the case above it."""
        with self._lock:
            self._running.pop(result.case.id, None)
            self._done += 1
            self._seconds += result.seconds
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
            self._running[case_id] = text
        self._draw()

    def _draw(self) -> None:
        with self._lock:
            running = list(self._running.values())
        self._progress.update(
            self._bar,
            completed=self._done,
            total=self._total,
            failed=f"{self._failed} failed" if self._failed else "",
            running=", ".join(running),
        )

    def _times(self) -> str:
        elapsed = duration_text(self._clock() - self._start)
        left = self.seconds_left()
        return elapsed if left is None else f"{elapsed}, about {duration_text(left)} left"

    def seconds_left(self) -> float | None:
        """Return an estimate of the seconds until the end; None as long as no case has ended."""
        # Cases run side by side and take very different times, so the mean and the number of cases
        # that run at present say more than the share of cases that have ended.
        if not self._done:
            return None
        mean = self._seconds / self._done
        return mean * (self._total - self._done) / max(1, len(self._running))
