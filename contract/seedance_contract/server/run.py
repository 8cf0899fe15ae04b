"""Carries out checks, several at a time, and decides their results.

A run has stages, one after the other, because some checks look at what others have done and races
need a quiet machine. Within a stage everything may run side by side: each check has accounts and a
log of its own. What several checks share, such as the search for broken promises, is a `SharedRun`
in parts, so that it does not take longer than the rest.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from seedance_contract.case import Result
from seedance_contract.progress import NoProgress, Progress
from seedance_contract.server.check_context import CheckContext, ServerCheck, SharedRun, Stage
from seedance_contract.server.errors import TimeLimitError
from seedance_contract.server.outcome import check_result, unexercised_finding
from seedance_contract.server.process_setup import CONCURRENT_CHECKS

GRACE_SECONDS = 5.0
"""Seconds after the time limit in which checks come to their end. Then they are abandoned: a thread
may hang in a library, waiting for a response."""

POLL_SECONDS = 0.05
"""How often the main thread looks whether the run is to stop."""

Work = Callable[[], None]


def _never() -> bool:
    return False


@dataclass(slots=True)
class _PendingRun:
    """A shared run that is not complete, and the checks that look at it."""

    shared: SharedRun
    found: Any
    remaining_parts: int
    checks: list[ServerCheck]
    error: Exception | None = None


class SuiteRun:
    """A run of checks.

    Args:
        context: the server and what the checks need.
        checks: the checks to run.
        progress: observes the run, from several threads.
    """

    def __init__(
        self,
        context: CheckContext,
        checks: Iterable[ServerCheck],
        *,
        progress: Progress | None = None,
    ) -> None:
        self.concurrency = context.effective_concurrency
        self._context = context
        self._checks = list(checks)
        self._progress = progress or NoProgress()
        self._results: dict[str, Result] = {}
        self._is_limit_reached = False
        self._lock = threading.Lock()

    @property
    def results(self) -> list[Result]:
        """The results so far, in the order of the checks."""
        with self._lock:
            ids = [check.case.id for check in self._checks if check.case.id in self._results]
            return [self._results[id] for id in ids]

    @property
    def time_limit_details(self) -> dict[str, object]:
        """The time limit in seconds, and whether it ended the run; for the report."""
        deadline = self._context.target.transport.deadline
        if deadline is None:
            return {"seconds": None, "reached": False}
        return {"seconds": round(deadline.limit_seconds, 1), "reached": self._is_limit_reached}

    def run(self, is_interrupted: Callable[[], bool] = _never) -> None:
        """Carry out all checks.

        After KeyboardInterrupt, and once `is_interrupted` returns True, no more requests are sent,
        and the results of complete checks remain.
        """
        self._progress.planned(len(self._checks))
        with CONCURRENT_CHECKS.shared():
            for stage in Stage:
                checks = [check for check in self._checks if check.stage is stage]
                if checks and not self._run_stage(checks, is_interrupted):
                    return
        self._note_time_limit()

    def _note_time_limit(self) -> None:
        deadline = self._context.target.transport.deadline
        if deadline is None or deadline.remaining > 0:
            return
        reason = str(TimeLimitError(deadline.limit_seconds))
        findings = [finding for result in self.results for finding in result.findings]
        count = sum(finding.actual == reason for finding in findings)
        self._is_limit_reached = bool(count)
        if count:
            self._progress.note(f"{reason}: {count} checks have no result")

    def _run_stage(self, checks: Sequence[ServerCheck], is_interrupted: Callable[[], bool]) -> bool:
        """Carry out the checks of a stage. Return False if the run was interrupted."""
        workers = Workers(self._works(checks), self.concurrency)
        try:
            workers.start()
            while not workers.wait(POLL_SECONDS):
                if is_interrupted():
                    self._context.target.stop()
                    return False
                if self._is_overdue():
                    self._abandon(checks)
                    return True
        except BaseException:
            self._context.target.stop()
            raise
        finally:
            workers.stop()
        return True

    def _is_overdue(self) -> bool:
        deadline = self._context.target.transport.deadline
        return deadline is not None and deadline.remaining < -GRACE_SECONDS

    def _abandon(self, checks: Sequence[ServerCheck]) -> None:
        """Give each check without a result one that names the time limit."""
        deadline = self._context.target.transport.deadline
        assert deadline is not None
        reason = str(TimeLimitError(deadline.limit_seconds))
        for check in checks:
            finding = unexercised_finding(check.case, reason)
            self._finish(Result(case=check.case, findings=(finding,)))

    def _works(self, checks: Sequence[ServerCheck]) -> list[Work]:
        """Return what is to do in a stage, in its order."""
        pending: dict[str, _PendingRun] = {}
        works: list[Work] = []
        for check in checks:
            shared = check.shared
            if shared is None:
                works.append(partial(self._run_check, check))
            elif shared.id in pending:
                pending[shared.id].checks.append(check)
            else:
                found = shared.start(self._context)
                pending[shared.id] = _PendingRun(shared, found, shared.part_count, [check])
        shared_works = [
            partial(self._run_part, run, part)
            for run in pending.values()
            for part in range(run.shared.part_count)
        ]
        # Side by side, what takes longest comes first. One at a time it comes last: if the time
        # limit ends the run, the many short checks have their results.
        return [*works, *shared_works] if self.concurrency == 1 else [*shared_works, *works]

    def _run_check(self, check: ServerCheck) -> None:
        self._progress.started(check.case.id)
        self._finish(check_result(self._context, check))

    def _run_part(self, run: _PendingRun, part: int) -> None:
        """Carry out a part of a shared run. After the last one, decide its checks."""
        self._progress.started(run.checks[0].case.id)
        try:
            self._context.close_shared_accounts()
            run.shared.run_part(self._context.for_check(), run.found, part)
        except Exception as error:
            # Every check that looks at this run ends with the same exception.
            run.error = error
        with self._lock:
            run.remaining_parts -= 1
            is_complete = not run.remaining_parts
        if is_complete:
            self._context.shared_outcomes[run.shared.id] = run.error or run.found
            for check in run.checks:
                self._run_check(check)

    def _finish(self, result: Result) -> None:
        if self._context.target.is_stopped:
            # The check may have been interrupted in any place, so its result means nothing.
            return
        with self._lock:
            # An abandoned check may come to an end later.
            is_first = self._results.setdefault(result.case.id, result) is result
        if is_first:
            self._progress.finished(result)


class Workers:
    """Threads that take work from a queue until it is empty."""

    def __init__(self, works: Iterable[Work], count: int) -> None:
        self._works = deque(works)
        # Daemons: a thread that hangs in a library must not keep the process from its end.
        self._threads = [
            threading.Thread(target=self._work, daemon=True)
            for _ in range(min(count, len(self._works)))
        ]
        self._error: BaseException | None = None

    @property
    def are_done(self) -> bool:
        """Whether all work is done."""
        return not any(thread.is_alive() for thread in self._threads)

    def start(self) -> None:
        """Start the work."""
        for thread in self._threads:
            thread.start()

    def wait(self, seconds: float) -> bool:
        """Wait for the end of the work, at most some seconds. Return whether it has come.

        Raises the exception that a work raised.
        """
        ends_at = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, ends_at - time.monotonic()))
        if self._error is not None:
            raise self._error
        return self.are_done

    def stop(self) -> None:
        """Take no more work. What runs goes on."""
        self._works.clear()

    def _work(self) -> None:
        try:
            while True:
                self._works.popleft()()
        except IndexError:
            pass  # The queue is empty.
        except BaseException as error:
            self._error = error


def run_checks(
    context: CheckContext,
    checks: Iterable[ServerCheck],
    *,
    concurrency: int | None = None,
) -> list[Result]:
    """Carry out checks, and return their results in the same order.

    `concurrency` replaces that of the context if it is given.
    """
    run = SuiteRun(replace(context, concurrency=concurrency or context.concurrency), checks)
    run.run()
    return run.results
