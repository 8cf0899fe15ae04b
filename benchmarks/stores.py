"""Compares the stores: creates and polls of each one, with one and with two workers.

The ratio to the memory store comes from the same round. The store on Redis takes part if a
`redis-server` can be started; it is also compared with bare calls of redis-py that make the same
round trips. CPU time is that of the workers; a store outside of them has its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from typing import NamedTuple

from figures import latency_cell, text_table
from redis_process import PROGRAM, RedisProcess
from servers import HERE, case_path, mock_command, running_server
from workload import ACCEPTED, PENDING, Case
from wrk import Load, median_load, run_load

MANY_KEYS = replace(ACCEPTED, name="create, 32 keys")
"""Creates of one key follow each other on Redis, those of several need not."""

CASES = (ACCEPTED, MANY_KEYS, PENDING)
KEYS = {MANY_KEYS: 32}

BARE_CALLS = {MANY_KEYS: "create", PENDING: "poll"}
"""What `bare_redis.py` calls the round trips of a case."""

GOALS = {("sqlite", ACCEPTED): 0.3, ("sqlite", PENDING): 0.3}
"""The least requests a second compared with those of the memory store, with one worker."""

BARE_GOAL = 0.6
"""The least requests a second of a worker compared with bare calls of redis-py."""

HEADER = ("store", "workers", "case", "req/s", "to memory", "by CPU", "CPU us", "p50 / p99 ms")


@dataclass(frozen=True, slots=True)
class Setup:
    """A store, its URL, and how many workers use it."""

    name: str
    url: str
    workers: int


class BareCall(NamedTuple):
    """Bare calls of Redis: how many a second, and the CPU time of one in µs."""

    rate: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Round:
    """The loads of every setup, the memory store first, and the bare calls of Redis."""

    loads: Mapping[tuple[str, int], Mapping[Case, Load]]
    bare: Mapping[Case, BareCall]


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
                server,
                case_path(server, case),
                case,
                options.connections,
                options.seconds,
                keys=KEYS.get(case, 0),
            )
            for case in CASES
        }


def measure_bare(url: str, options: argparse.Namespace) -> dict[Case, BareCall]:
    """Measure the bare calls that make the round trips of each case."""
    command = [sys.executable, str(HERE / "bare_redis.py"), f"{url}/9"]
    size = ["--seconds", str(options.seconds), "--connections", str(options.connections)]
    ended = subprocess.run([*command, *size], stdout=subprocess.PIPE, check=True, text=True)
    figures = json.loads(ended.stdout)
    return {case: BareCall(**figures[call]) for case, call in BARE_CALLS.items()}


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


def measure_round(options: argparse.Namespace) -> Round:
    """Measure every setup, on empty stores."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis = stack.enter_context(running_redis())
        loads = {
            (setup.name, setup.workers): measure(setup, options) for setup in setups(folder, redis)
        }
        return Round(loads, {} if redis is None else measure_bare(redis, options))


def rows(rounds: Sequence[Round]) -> Iterator[Sequence[str]]:
    """Yield the cells of each row of the table."""
    for name, workers in rounds[0].loads:
        for case in CASES:
            loads = [item.loads[name, workers][case] for item in rounds]
            memory = [item.loads["memory", 1][case] for item in rounds]
            pairs = list(zip(loads, memory, strict=True))
            load = median_load(loads)
            yield (
                name,
                str(workers),
                case.name,
                f"{load.rate:,.0f}",
                f"{median(ours.rate / base.rate for ours, base in pairs):.2f}x",
                f"{median(base.cpu / ours.cpu for ours, base in pairs):.2f}x",
                f"{load.cpu:.0f}",
                latency_cell(load),
            )


def goal_lines(rounds: Sequence[Round]) -> Iterator[str]:
    """Yield a line for each goal: what it is, and whether it is met."""
    for (name, case), goal in GOALS.items():
        ratios = [
            item.loads[name, 1][case].rate / item.loads["memory", 1][case].rate for item in rounds
        ]
        yield _goal_line(f"{name} to memory, {case.name}", median(ratios), goal)
    for case in rounds[0].bare:
        pairs = [(item.loads["redis", 1][case], item.bare[case]) for item in rounds]
        rate = median(load.rate / bare.rate for load, bare in pairs)
        by_cpu = median(bare.cpu / load.cpu for load, bare in pairs)
        line = _goal_line(f"redis to bare redis-py, {case.name}", rate, BARE_GOAL)
        yield f"{line}; by CPU time {by_cpu:.2f}x"


def _goal_line(name: str, value: float, goal: float) -> str:
    return f"{name}: {value:.2f}x, goal >= {goal:g}, {'met' if value >= goal else 'not met'}"


def compare_stores(options: argparse.Namespace) -> None:
    """Measure all stores and print the table."""
    rounds = [measure_round(options) for _ in range(options.rounds)]
    print(text_table(HEADER, list(rows(rounds))), end="\n\n")
    print("\n".join(goal_lines(rounds)))
