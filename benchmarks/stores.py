"""Compares the stores: creates and polls of each one, with one and with two workers.

The ratio to the memory store comes from the same round. The store on Redis takes part if a
`redis-server` can be started. CPU time is that of the workers; a store outside of them has its own.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from figures import latency_cell, text_table
from redis_process import PROGRAM, RedisProcess
from servers import case_path, mock_command, running_server
from workload import ACCEPTED, PENDING, Case
from wrk import Load, median_load, run_load

CASES = (ACCEPTED, PENDING)


@dataclass(frozen=True, slots=True)
class Setup:
    """A store, its URL, and how many workers use it."""

    name: str
    url: str
    workers: int


def setups(folder: Path, redis: str | None) -> Iterator[Setup]:
    """Yield what is measured, the memory store first."""
    yield Setup("memory", "memory", 1)
    for workers in (1, 2):
        yield Setup("sqlite", f"sqlite:{folder}/{workers}.db", workers)
        if redis is not None:
            yield Setup("redis", f"{redis}/{workers}", workers)


def measure(setup: Setup, options: argparse.Namespace) -> dict[Case, Load]:
    """Start a server and measure every case."""
    store = ["--store", setup.url, "--workers", str(setup.workers)]
    with running_server(mock_command("manual", *store)) as server:
        return {
            case: run_load(
                server, case_path(server, case), case, options.connections, options.seconds
            )
            for case in CASES
        }


@contextmanager
def running_redis() -> Iterator[str | None]:
    """Run a Redis server without persistence and give its URL; None if it is not installed."""
    if PROGRAM is None:
        yield None
        return
    with tempfile.TemporaryDirectory() as folder:
        server = RedisProcess(Path(folder), "--appendonly", "no")
        try:
            yield server.url
        finally:
            server.stop()


def rows(rounds: Sequence[dict[Setup, dict[Case, Load]]]) -> Iterator[Sequence[str]]:
    """Yield the cells of each row of the table."""
    for setup in rounds[0]:
        cells = [setup.name, str(setup.workers)]
        for case in CASES:
            loads = [loads[setup][case] for loads in rounds]
            memory = [next(iter(loads.values()))[case] for loads in rounds]
            ratio = median(ours.rate / base.rate for ours, base in zip(loads, memory, strict=True))
            load = median_load(loads)
            cells += [f"{load.rate:,.0f}", f"{ratio:.2f}x", latency_cell(load)]
        yield cells


def compare_stores(options: argparse.Namespace) -> None:
    """Measure all stores and print the table."""
    rounds = []
    for _ in range(options.rounds):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            redis = stack.enter_context(running_redis())
            rounds.append({setup: measure(setup, options) for setup in setups(folder, redis)})
    columns = [name for case in CASES for name in (case.name, "to memory", "p50 / p99 ms")]
    print(text_table(["store", "workers", *columns], list(rows(rounds))))
