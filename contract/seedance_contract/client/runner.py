"""Runs cases against a client.

Cases run side by side, because a client mostly sleeps between its polls. A failure that depends on
time is confirmed by running the case again, beside few other cases.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from threading import Event

from seedance_contract.case import Result
from seedance_contract.client.arena import Arena, Assignment, CaseServer, Driver
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.grading import (
    confirmed_result,
    grade,
    timing_failures,
    worst_result,
)
from seedance_contract.client.jobs import kit_job
from seedance_contract.client.record import Record
from seedance_contract.client.warp import effective_rate
from seedance_contract.progress import NoProgress, Progress

SILENT_CASES = 3
"""The number of cases after which a client that has sent no request counts as disconnected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How the runner runs the cases.

    Args:
        jobs: how many cases run side by side.
        repeat: how often each case runs; the worst result counts.
        rate: how many seconds pass for the client in each real second.
        timeout: the most real seconds for a case; None for the timeout of the case.
        reproduce: returns the command line that runs one case again, from the id of the case.
    """

    jobs: int = 32
    repeat: int = 1
    rate: float = 1.0
    timeout: float | None = None
    reproduce: Callable[[str], str] = str


class ConnectionWatch:
    """Knows whether the client has sent a request to any of the servers of a run."""

    def __init__(self) -> None:
        self._connected = False
        self._servers: list[CaseServer] = []

    @contextmanager
    def watch(self, case_server: CaseServer) -> Iterator[None]:
        """Watch a server as long as its case runs."""
        self._servers.append(case_server)
        try:
            yield
        finally:
            self._connected = self._connected or case_server.request_count() > 0
            self._servers.remove(case_server)

    @property
    def connected(self) -> bool:
        """Whether a request has arrived."""
        return self._connected or any(server.request_count() for server in list(self._servers))


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a run needs. Another thread sets `stop` to end the run early."""

    arena: Arena
    driver: Driver
    options: RunOptions
    stop: Event
    progress: Progress = field(default_factory=NoProgress)
    connections: ConnectionWatch = field(default_factory=ConnectionWatch)


class SilentClientError(Exception):
    """The client sent no request in the first cases, so the run has ended early.

    Args:
        results: the results of these cases.
    """

    def __init__(self, results: Sequence[Result]) -> None:
        super().__init__("the client sent no request")
        self.results = results


def max_seconds(client_cases: Iterable[ClientCase], options: RunOptions) -> float:
    """Return the most seconds that cases take, without those that run again to be confirmed.

    No worker is idle before the last case starts. So the longest case starts, at the latest, when
    every worker has done an equal share of the others.
    """
    parallel, exclusive = [0.0], [0.0]
    for client_case in client_cases:
        seconds = _timeout(client_case, options) * options.repeat
        (exclusive if client_case.exclusive else parallel).append(seconds)
    longest = max(parallel)
    return longest + sum(parallel, -longest) / options.jobs + sum(exclusive)


def run_cases(context: RunContext, client_cases: Sequence[ClientCase]) -> list[Result]:
    """Return a result for each case, in the order of the cases.

    Cases run side by side first. Then the cases with a timing failure run again, and at last the
    exclusive cases, one at a time. A case that has not ended when `context.stop` is set has no
    result, and neither has one whose timing failure is not confirmed yet.

    Raises SilentClientError if the client sends no request in the first cases.
    """
    run = _Run(context)
    context.progress.planned(len(client_cases))
    run.run_parallel([case for case in client_cases if not case.exclusive])
    run.confirm()
    for client_case in client_cases:
        if client_case.exclusive and not context.stop.is_set():
            run.run_exclusive(client_case)
    results = run.results
    return [results[client_case.id] for client_case in client_cases if client_case.id in results]


class _Run:
    """The results of a run so far."""

    def __init__(self, context: RunContext) -> None:
        self._context = context
        self._unconfirmed: dict[str, tuple[ClientCase, Result]] = {}
        self._silent_cases = 0
        self.results: dict[str, Result] = {}

    def run_parallel(self, client_cases: Sequence[ClientCase]) -> None:
        """Run cases side by side. Keep those with a timing failure for `confirm`."""
        # The cases with the longest timeout start first, so that none of them runs on at the end
        # when all others are done.
        by_timeout = sorted(client_cases, key=lambda client_case: -client_case.timeout)
        run = partial(_run_repeatedly, self._context)
        with closing(_side_by_side(self._context, by_timeout, self._context.options.jobs, run)) as (
            results
        ):
            for client_case, result in results:
                if needs_confirmation(client_case, result):
                    self._unconfirmed[client_case.id] = client_case, result
                    self._context.progress.unconfirmed(client_case.id)
                else:
                    self._finish(result)
                self._require_connection(client_case, result)

    def confirm(self) -> None:
        """Run the cases with a timing failure again."""
        if self._context.stop.is_set() or not self._unconfirmed:
            return
        # As many at a time as there are processors: a start uses one for itself, and afterwards a
        # client sleeps. Load could only lengthen a measured wait, not shorten it.
        workers = min(os.cpu_count() or 1, self._context.options.jobs)
        client_cases = [client_case for client_case, _ in self._unconfirmed.values()]
        limit = max_seconds(client_cases, replace(self._context.options, jobs=workers, repeat=1))
        self._context.progress.note(
            f"timing failures that run again, {workers} at a time: {len(client_cases)};"
            f" at most {limit:.0f} s more"
        )
        with closing(_side_by_side(self._context, client_cases, workers, self._confirmed)) as (
            results
        ):
            for _, result in results:
                self._finish(result)

    def _confirmed(self, client_case: ClientCase) -> Result:
        _, first = self._unconfirmed[client_case.id]
        self._context.progress.rerun(client_case.id)
        return confirmed_result(client_case, first, run_case(self._context, client_case))

    def run_exclusive(self, client_case: ClientCase) -> None:
        """Run a case alone, and again if it has a timing failure."""
        result = _run_repeatedly(self._context, client_case)
        if needs_confirmation(client_case, result) and not self._context.stop.is_set():
            self._unconfirmed[client_case.id] = client_case, result
            result = self._confirmed(client_case)
        self._finish(result)

    def _finish(self, result: Result) -> None:
        # A stop kills the running clients, so their results say nothing about them.
        if not self._context.stop.is_set():
            self.results[result.case.id] = result
            self._context.progress.finished(result)

    def _require_connection(self, client_case: ClientCase, result: Result) -> None:
        """Raise SilentClientError after some ordinary jobs without a request in any case."""
        # A client may end before its first request if it does not support a job.
        if is_ordinary(client_case) and not result.evidence.get("exchanges"):
            self._silent_cases += 1
        if self._silent_cases >= SILENT_CASES and not self._context.connections.connected:
            raise SilentClientError(tuple(self.results.values()))


def is_ordinary(client_case: ClientCase) -> bool:
    """Return whether every client has to send a request in a case."""
    action = client_case.job.get("action", "generate")
    return action == "generate" and not client_case.may_send_nothing


def needs_confirmation(client_case: ClientCase, result: Result) -> bool:
    """Return whether a case has to run again before its failure counts."""
    # A client that had to be stopped had more than enough time. To wait for it once more would
    # double the time of a run with a client that never ends.
    return bool(timing_failures(client_case, result)) and not result.evidence.get("killed")


def _side_by_side(
    context: RunContext,
    client_cases: Iterable[ClientCase],
    workers: int,
    run: Callable[[ClientCase], Result],
) -> Generator[tuple[ClientCase, Result]]:
    """Yield the result of each case as soon as it has run."""
    with ThreadPoolExecutor(workers, "case") as pool:
        pending = {pool.submit(run, client_case): client_case for client_case in client_cases}
        try:
            while pending:
                done, _ = wait(pending, return_when=FIRST_COMPLETED)
                for future in done:
                    yield pending.pop(future), future.result()
                if context.stop.is_set():
                    break
        except BaseException:
            # The pool waits for its threads. Without the event they would wait for their clients.
            context.stop.set()
            raise
        finally:
            pool.shutdown(cancel_futures=True)


def _run_repeatedly(context: RunContext, client_case: ClientCase) -> Result:
    context.progress.started(client_case.id)
    results = [run_case(context, client_case)]
    while len(results) < context.options.repeat:
        # A client that never ends is stopped once and not in every repetition.
        if context.stop.is_set() or results[-1].evidence.get("killed"):
            break
        results.append(run_case(context, client_case))
    return worst_result(results)


def _timeout(client_case: ClientCase, options: RunOptions) -> float:
    return min(client_case.timeout, options.timeout or client_case.timeout)


def run_case(context: RunContext, client_case: ClientCase) -> Result:
    """Run a case once and grade it."""
    reproduce = context.options.reproduce(client_case.id)
    return replace(grade(client_case, record_case(context, client_case)), reproduce=reproduce)


def record_case(context: RunContext, client_case: ClientCase) -> Record:
    """Run the client in a case once and return the record of the run."""
    # The nonce is new for each run. It identifies the create requests of this job in the traffic,
    # since a client may have prompts of its own.
    nonce = secrets.token_hex(4)
    rate = effective_rate(client_case.script, context.options.rate)
    with (
        closing(context.arena.open(client_case, nonce, rate)) as case_server,
        context.connections.watch(case_server),
    ):
        assignment = Assignment(
            client_case=client_case,
            base_url=case_server.base_url + client_case.base_path,
            secret=case_server.secret,
            job=kit_job(client_case, nonce),
            timeout=_timeout(client_case, context.options),
            rate=rate,
        )
        driven = context.driver.drive(assignment, case_server, context.stop)
        return Record(
            case=client_case.id,
            job=assignment.job,
            exchanges=case_server.exchanges(),
            exit=driven.exit,
            killed=driven.killed,
            seconds=case_server.elapsed_seconds(),
            rate=rate,
            outcome=driven.outcome,
            output=driven.output,
            leaks=driven.leaks,
            facts={**case_server.facts(), **driven.facts},
            passed_fields=driven.passed_fields,
        )
