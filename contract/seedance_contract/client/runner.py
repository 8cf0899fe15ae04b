"""Runs cases against a client, and grades recorded runs again.

Cases run side by side, because a client mostly sleeps between its polls. A failure that depends on
time is confirmed by running the case again without other cases.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import closing
from dataclasses import dataclass, replace
from threading import Event
from typing import Any

from seedance_contract.case import Result
from seedance_contract.client.arena import Arena, Assignment, Driver
from seedance_contract.client.client_case import ClientCase
from seedance_contract.client.grading import (
    confirmed_result,
    grade,
    timing_failures,
    worst_result,
)
from seedance_contract.client.jobs import kit_job
from seedance_contract.client.record import Record, record_from_json
from seedance_contract.client.warp import effective_rate
from seedance_contract.reports.report_json import SCHEMA_VERSION

ResultCallback = Callable[[Result], None]
"""Receives each result as soon as it is final."""


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


@dataclass(frozen=True, slots=True)
class RunContext:
    """What a run needs. Another thread sets `stop` to end the run early."""

    arena: Arena
    driver: Driver
    options: RunOptions
    stop: Event


def run_cases(
    context: RunContext,
    client_cases: Sequence[ClientCase],
    on_result: ResultCallback = lambda result: None,
) -> list[Result]:
    """Return a result for each case, in the order of the cases.

    Cases run side by side first. Then the exclusive cases and the cases with a timing failure run
    one at a time. A case that has not ended when `context.stop` is set has no result, and neither
    has one whose timing failure is not confirmed yet.
    """
    results: dict[str, Result] = {}
    unconfirmed: dict[str, Result] = {}

    def finish(client_case: ClientCase, result: Result) -> None:
        # A stop kills the running clients, so their results say nothing about them.
        if not context.stop.is_set():
            results[client_case.id] = result
            on_result(result)

    parallel = [client_case for client_case in client_cases if not client_case.exclusive]
    for client_case, result in _run_side_by_side(context, parallel):
        if timing_failures(client_case, result):
            unconfirmed[client_case.id] = result
        else:
            finish(client_case, result)
    for client_case in client_cases:
        if context.stop.is_set():
            break
        if client_case.exclusive or client_case.id in unconfirmed:
            finish(client_case, _run_alone(context, client_case, unconfirmed.get(client_case.id)))
    return [results[client_case.id] for client_case in client_cases if client_case.id in results]


def _run_side_by_side(
    context: RunContext, client_cases: Sequence[ClientCase]
) -> Iterator[tuple[ClientCase, Result]]:
    """Yield the result of each case as soon as all its repetitions have run."""
    # The cases with the longest timeout start first, so that none of them runs on at the end when
    # all others are done.
    by_timeout = sorted(client_cases, key=lambda client_case: -client_case.timeout)
    with ThreadPoolExecutor(context.options.jobs, "case") as pool:
        pending: dict[Future[Result], ClientCase] = {
            pool.submit(_run_repeatedly, context, client_case): client_case
            for client_case in by_timeout
        }
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


def _run_alone(context: RunContext, client_case: ClientCase, unconfirmed: Result | None) -> Result:
    """Run a case, and again to confirm a timing failure. `unconfirmed` is an earlier result."""
    result = unconfirmed or _run_repeatedly(context, client_case)
    if context.stop.is_set() or not timing_failures(client_case, result):
        return result
    return confirmed_result(client_case, result, run_case(context, client_case))


def _run_repeatedly(context: RunContext, client_case: ClientCase) -> Result:
    return worst_result(run_case(context, client_case) for _ in _repetitions(context))


def _repetitions(context: RunContext) -> Iterator[int]:
    """Yield once, and again for each repetition until the run is stopped."""
    for repetition in range(context.options.repeat):
        if repetition == 0 or not context.stop.is_set():
            yield repetition


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
    with closing(context.arena.open(client_case, nonce, rate)) as case_server:
        assignment = Assignment(
            client_case=client_case,
            base_url=case_server.base_url + client_case.base_path,
            secret=case_server.secret,
            job=kit_job(client_case, nonce),
            timeout=min(client_case.timeout, context.options.timeout or client_case.timeout),
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


class UnreadableReport(ValueError):
    """A report cannot be graded again. The message says why."""


def regrade(report: Mapping[str, Any], client_cases: Iterable[ClientCase]) -> list[Result]:
    """Return the results of a JSON report, graded by the current checks.

    Raises UnreadableReport.
    """
    if report.get("suite") != "client" or report.get("schema") != SCHEMA_VERSION:
        raise UnreadableReport(f"the file is not a client report with schema {SCHEMA_VERSION}")
    cases_by_id = {client_case.id: client_case for client_case in client_cases}
    return [_regrade_row(row, cases_by_id) for row in report["results"]]


def _regrade_row(row: Mapping[str, Any], cases_by_id: Mapping[str, ClientCase]) -> Result:
    client_case = cases_by_id.get(row["id"])
    if client_case is None:
        raise UnreadableReport(f"the report contains {row['id']}, which is not a case of this kit")
    try:
        record = record_from_json(row["evidence"])
    except (KeyError, TypeError, ValueError):
        message = f"the evidence of {row['id']} is not a record of this kit"
        raise UnreadableReport(message) from None
    return replace(grade(client_case, record), reproduce=row["reproduce"])
