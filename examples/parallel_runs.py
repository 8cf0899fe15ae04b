"""Run many pairs of a client and a case at the same time.

`seedance-mock check-client` runs one client. The scripts and tests here compare many. Clients
mostly sleep, so hundreds can run beside each other.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from types import MappingProxyType
from typing import TypeVar

from seedance_contract.case import Result
from seedance_contract.client.arena import Driver
from seedance_contract.client.catalogue import CASES
from seedance_contract.client.grading import (
    FAILED_CHECK_VERDICTS,
    confirmed_result,
    timing_failures,
)
from seedance_contract.client.runner import RunContext, RunOptions, run_case
from seedance_contract.client.warp import effective_rate
from seedance_mock.arena.mock import MockArena

JOBS = 250
"""Pairs that run at the same time. The drivers limit how many clients start at the same time."""

QUIET_JOBS = 12
"""Pairs that run at the same time when a failure that depends on time is confirmed."""

Name = TypeVar("Name", bound=str)
Pair = tuple[Name, str]
"""The name of a client and the id of a case."""


def run_pairs(
    drivers: Mapping[Name, Driver],
    pairs: Sequence[Pair[Name]],
    *,
    jobs: int = JOBS,
    rates: Mapping[Name, float] = MappingProxyType({}),
    confirm: bool = True,
    on_result: Callable[[Name, Result], None] = lambda name, result: None,
) -> dict[Pair[Name], Result]:
    """Return the result of each pair.

    Args:
        drivers: a driver for each client.
        pairs: what to run.
        jobs: how many pairs run at the same time.
        rates: how many seconds pass for a client in each real second; 1 for the others.
        confirm: whether a failure that depends on time is run again, at most `QUIET_JOBS` at a
            time.
        on_result: is called with each final result, in the thread that ran it.
    """
    # Those with the longest timeout start first, so that they do not run alone at the end.
    ordered = sorted(pairs, key=lambda pair: -CASES[pair[1]].timeout)

    def run_once(pair: Pair[Name]) -> Result:
        name, case = pair[0], CASES[pair[1]]
        rate = effective_rate(case.script, rates.get(name, 1.0))
        # On a fast clock a client that never ends needs less time to show it. Twice the time of
        # the case, as the client measures it, leaves room for a busy machine.
        timeout = None if rate == 1 else 2 * case.timeout / rate
        options = RunOptions(rate=rate, timeout=timeout)
        return run_case(RunContext(arena, drivers[name], options, Event()), case)

    def run_confirmed(pair: Pair[Name]) -> Result:
        case, result = CASES[pair[1]], run_once(pair)
        if confirm and timing_failures(case, result):
            second = quiet_pool.submit(run_once, pair).result()
            result = confirmed_result(case, result, second)
        on_result(pair[0], result)
        return result

    with (
        MockArena() as arena,
        ThreadPoolExecutor(QUIET_JOBS) as quiet_pool,
        ThreadPoolExecutor(jobs) as pool,
    ):
        return dict(zip(ordered, pool.map(run_confirmed, ordered), strict=True))


def failed_checks(result: Result) -> list[str]:
    """Return the checks with the verdict FAIL or NON-STRICT."""
    return [
        finding.check for finding in result.findings if finding.verdict in FAILED_CHECK_VERDICTS
    ]
