"""Observations: what the invariants say about a client in a situation. Each runs once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from threading import Event, Lock

from seedance_contract.case import Finding, Result, Verdict
from seedance_contract.client.explore.situations import Situation
from seedance_contract.client.grading import FAILED_CHECK_VERDICTS, grade
from seedance_contract.client.invariants.catalogue import INVARIANTS
from seedance_contract.client.record import Record
from seedance_contract.client.runner import RunContext, record_case
from seedance_contract.client.traffic import task_status

EXERCISED_VERDICTS = (*FAILED_CHECK_VERDICTS, Verdict.PASS)

STOP_INTERVAL = 0.1
"""Seconds between two looks at the conditions that end a search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A run of the client in a situation.

    Args:
        situation: the situation.
        findings: the findings of the invariants, by their ids; empty if the client sent nothing or
            does not support the action.
        states: what the client met: the kinds of requests with the responses that they received.
        record: the record of the run; None if nothing failed, to save memory.
        seconds: the length of the run.
    """

    situation: Situation
    findings: Mapping[str, Finding]
    states: frozenset[str]
    record: Record | None
    seconds: float

    @property
    def failures(self) -> list[Finding]:
        """The findings that failed, in the order of the invariants."""
        return [item for item in self.findings.values() if item.verdict in FAILED_CHECK_VERDICTS]

    @property
    def result(self) -> Result:
        """The observation as the result of a case, to show the progress of a run."""
        case = replace(self.situation.client_case().case, id=self.situation.label)
        passed = [item for item in self.findings.values() if item.verdict is Verdict.PASS]
        findings = tuple(self.failures or passed)
        return Result(case=case, findings=findings, seconds=self.seconds)

    def failure(self, invariant: str, cause: str) -> Finding | None:
        """Return the failure of an invariant for a cause, if there is one."""
        finding = self.findings.get(invariant)
        is_same = finding in self.failures and finding is not None and finding.cause == cause
        return finding if is_same else None


def observe(context: RunContext, situation: Situation) -> Observation:
    """Run the client in a situation, and judge its traffic."""
    client_case = situation.client_case()
    record = record_case(context, client_case)
    findings = {
        finding.check: finding
        for finding in grade(client_case, record).findings
        if record.exchanges and finding.check in INVARIANTS
    }
    has_failed = any(finding.verdict in FAILED_CHECK_VERDICTS for finding in findings.values())
    return Observation(
        situation=situation,
        findings=findings,
        states=frozenset(_states(record)),
        record=record if has_failed else None,
        seconds=record.seconds,
    )


def _states(record: Record) -> Iterator[str]:
    for exchange in record.exchanges:
        response = exchange.fault or task_status(exchange) or exchange.status or "no response"
        yield f"{exchange.place or 'other'} {response}"


class Observer:
    """Observes situations, several at the same time, and remembers what it has seen."""

    def __init__(self, context: RunContext, planned: int = 0) -> None:
        self._context = context
        self._planned = planned
        self._started = 0
        self._lock = Lock()
        self._futures: dict[Situation, Future[Observation | None]] = {}

    def known(self, situation: Situation) -> Observation | None:
        """Return the observation of a situation; None if there is none yet."""
        future = self._futures.get(situation)
        return future.result() if future is not None and future.done() else None

    def observe(self, situation: Situation, stop: Event) -> Observation | None:
        """Return the observation of a situation, and run the client if there is none yet.

        None if `stop` was set before the end of the run: that says nothing about the client.
        """
        with self._lock:
            future = self._futures.get(situation)
            is_first = future is None
            if future is None:
                future = self._futures[situation] = Future()
        if is_first:
            self._run(situation, stop, future)
        return future.result()

    def _run(self, situation: Situation, stop: Event, future: Future[Observation | None]) -> None:
        observation = None
        self._report_start(situation)
        try:
            if not stop.is_set():
                observation = observe(replace(self._context, stop=stop), situation)
        finally:
            if stop.is_set():
                observation = None
            if observation is None:
                # Another search may have time for it.
                with self._lock:
                    del self._futures[situation]
            future.set_result(observation)
        if observation is not None:
            self._context.progress.finished(observation.result)

    def _report_start(self, situation: Situation) -> None:
        progress = self._context.progress
        with self._lock:
            self._started += 1
            # How many runs shrinking takes is not known before.
            self._planned = max(self._planned, self._started)
            progress.planned(self._planned)
        progress.started(situation.label)

    def observe_all(
        self, situations: Iterable[Situation], must_end: Callable[[], bool]
    ) -> Iterator[Observation]:
        """Yield the observations of situations, side by side, in the order in which they end.

        The iterable is read only as far as there are free places. If `must_end` returns true, the
        clients that still run are stopped.
        """
        jobs, stop, remaining = self._context.options.jobs, Event(), iter(situations)
        with ThreadPoolExecutor(jobs, "situation") as pool:
            pending: set[Future[Observation | None]] = set()
            try:
                while True:
                    # Asked before each situation: to draw one may take seconds.
                    while len(pending) < jobs and not must_end():
                        situation = next(remaining, None)
                        if situation is None:
                            break
                        pending.add(pool.submit(self.observe, situation, stop))
                    if not pending or must_end():
                        return
                    done, pending = wait(pending, STOP_INTERVAL, FIRST_COMPLETED)
                    yield from filter(None, (future.result() for future in done))
            finally:
                stop.set()
                pool.shutdown(cancel_futures=True)

    def observe_again(self, situation: Situation) -> Observation:
        """Run the client again in a situation. The first observation stays."""
        self._context.progress.rerun(situation.label)
        return observe(self._context, situation)
