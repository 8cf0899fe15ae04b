"""How many workers, shards and how much memory a load needs, from the measured costs of a request.

    python benchmarks/capacity.py                  the table of docs/scaling.md
    python benchmarks/capacity.py --simulate       the same, with the waiting times of a simulation
    python benchmarks/capacity.py --check          compares arithmetic and simulation with a server
    python benchmarks/capacity.py --measure        measures the costs again, on this machine

The simulation has a queue for each worker. Requests arrive at random and go to any worker, as
connections do that the system divides among them.
"""

from __future__ import annotations

import argparse
import math
import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from figures import text_table
from servers import case_path, cpu_seconds, mock_command, resident_memory, running_server
from stores import running_redis
from workload import ACCEPTED, PENDING
from wrk import run_load

TARGET = 0.5
"""How busy a worker or a shard may be on average. The rest is for peaks, and keeps queues short."""

REQUEST_BYTES, RESPONSE_BYTES = 250, 900
"""The bytes of a poll on the network, with the headers."""


TURN = 18
"""CPU time of a turn of the event loop, in µs. Under full load requests share it; otherwise each
has one of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What requests cost with a store.

    Args:
        poll: CPU time of a worker for a poll under full load, in µs.
        create: the same for a create.
        turns: how many turns of the event loop a request takes that comes alone.
        shard_poll: CPU time of a server of Redis for a poll and its entry in the journal, in µs.
        shard_create: the same for a create.
        task_bytes: memory or disk of a task.
        max_workers: how many workers can share the store; None for any number.
        max_creates: how many creates a second all workers can commit; None if nothing but the
            workers limits them.
    """

    poll: float
    create: float
    turns: int = 1
    shard_poll: float = 0.0
    shard_create: float = 0.0
    task_bytes: int
    max_workers: int | None = None
    max_creates: float | None = None


COSTS: Mapping[str, Costs] = {
    "memory": Costs(poll=21, create=48, task_bytes=710, max_workers=1),
    # One commit at a time: all workers of a machine share the lock of the file.
    "sqlite": Costs(poll=42, create=157, task_bytes=890, max_workers=8, max_creates=4_000),
    "redis": Costs(poll=56, create=248, turns=2, shard_poll=8, shard_create=56, task_bytes=1_110),
}
"""Measured on 2 cores of a virtual machine, with Python 3.11 and Redis 7.0.

CPU times by `--measure`, bytes of a task by `bench.py` and `store_growth.py`; those of SQLite are
of settled tasks.
"""

WORKER_BYTES = 80e6
"""The memory of a worker under load."""

JOURNAL_BYTES = 900
"""The memory of an entry of the journal. It is bounded by `--journal` and `--journal-bytes`."""

JOURNAL_ENTRIES = 10_000


@dataclass(frozen=True, slots=True)
class Demand:
    """A load: requests a second, and how many tasks are kept."""

    name: str
    polls: float
    creates: float
    tasks: int


DEMANDS = (
    Demand("a team: 10 developers", polls=20, creates=2, tasks=10_000),
    Demand("a company: 1,000 developers and their CI", polls=2_000, creates=100, tasks=1_000_000),
    Demand("a public test endpoint", polls=100_000, creates=1_000, tasks=5_000_000),
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a load needs with a store.

    Args:
        workers: processes of the mock.
        shards: servers of Redis; 0 without Redis.
        busy: how busy a worker is.
        memory: of all tasks, the journal and the workers, in bytes.
        traffic: between clients and workers, in bytes a second.
    """

    workers: int
    shards: int
    busy: float
    memory: float
    traffic: float


def planned(demand: Demand, costs: Costs) -> Plan | None:
    """Return what a load needs; None if the store cannot bear it."""
    seconds = worker_seconds(demand, costs)
    workers = max(1, math.ceil(seconds / TARGET))
    if costs.max_workers is not None and workers > costs.max_workers:
        return None
    if costs.max_creates is not None and demand.creates > costs.max_creates * TARGET:
        return None
    shard_seconds = demand.polls * costs.shard_poll + demand.creates * costs.shard_create
    memory = demand.tasks * costs.task_bytes + JOURNAL_ENTRIES * JOURNAL_BYTES
    return Plan(
        workers,
        math.ceil(shard_seconds / 1e6 / TARGET),
        seconds / workers,
        memory + workers * WORKER_BYTES,
        (demand.polls + demand.creates) * (REQUEST_BYTES + RESPONSE_BYTES),
    )


def worker_seconds(demand: Demand, costs: Costs) -> float:
    """Return the seconds of CPU time that all workers need in a second."""
    turns = (demand.polls + demand.creates) * costs.turns * TURN
    return (demand.polls * costs.poll + demand.creates * costs.create + turns) / 1e6


def simulated_waits(
    demand: Demand, costs: Costs, workers: int, *, requests: int = 200_000, seed: int = 1
) -> tuple[float, float]:
    """Return how busy the workers are, and the p99 of the time in a worker, in ms."""
    choice = random.Random(seed)
    rate = demand.polls + demand.creates
    free_at, now, busy = [0.0] * workers, 0.0, 0.0
    times = []
    for _ in range(requests):
        now += choice.expovariate(rate)
        is_poll = choice.random() * rate < demand.polls
        seconds = (costs.turns * TURN + (costs.poll if is_poll else costs.create)) / 1e6
        worker = choice.randrange(workers)
        # A worker serves requests one after the other.
        free_at[worker] = max(free_at[worker], now) + seconds
        times.append(free_at[worker] - now)
        busy += seconds
    return busy / now / workers, sorted(times)[int(requests * 0.99)] * 1e3


def plan_rows(*, simulate: bool = False) -> list[list[str]]:
    """Return the cells of the table: a row for each load and each store that can bear it."""
    rows = []
    for demand in DEMANDS:
        for name, costs in COSTS.items():
            plan = planned(demand, costs)
            load = f"{demand.polls:,.0f} + {demand.creates:,.0f}"
            if plan is None:
                missing = ["–"] * (len(HEADER) - 4 + simulate)
                rows.append([demand.name, load, name, "not enough", *missing])
                continue
            rows.append(
                [
                    demand.name,
                    load,
                    name,
                    f"{plan.workers} at {plan.busy:.0%}",
                    str(plan.shards or "–"),
                    size_text(plan.memory),
                    f"{size_text(plan.traffic)}/s",
                ]
            )
            if simulate:
                _, p99 = simulated_waits(demand, costs, plan.workers)
                rows[-1].append(f"{p99:.2f}")
    return rows


def size_text(size: float) -> str:
    """Return a number of bytes with two digits and a unit."""
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{float(f'{size / factor:.2g}'):g} {unit}"
    return f"{size:.0f} B"


HEADER = ("load", "polls + creates /s", "store", "workers", "shards", "memory", "traffic")


def markdown_table() -> str:
    """Return the table of docs/scaling.md."""
    lines = [HEADER, ["---"] * len(HEADER), *plan_rows()]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


# Measured points

CONNECTIONS, PAUSE_MS = 32, 10
"""A load of some 3,000 requests a second."""


def check_point(store: str, costs: Costs, seconds: int) -> Sequence[str]:
    """Return the cells of a comparison of a server under polls with arithmetic and simulation."""
    with running_server(mock_command("manual", "--store", store)) as server:
        path = case_path(server, PENDING)
        before, started_at = cpu_seconds(server), time.monotonic()
        load = run_load(server, path, PENDING, CONNECTIONS, seconds, pause_ms=PAUSE_MS)
        busy = (cpu_seconds(server) - before) / (time.monotonic() - started_at)
    demand = Demand("a measured point", polls=load.rate, creates=0, tasks=0)
    simulated, p99 = simulated_waits(demand, costs, 1)
    return [
        store.partition(":")[0],
        f"{load.rate:,.0f}",
        f"{worker_seconds(demand, costs):.1%}",
        f"{simulated:.1%}",
        f"{busy:.1%}",
        f"{p99:.2f}",
        f"{load.p99:.2f}",
    ]


class RedisUse(NamedTuple):
    """What a server of Redis has used: CPU time in s, bytes that it has received and sent."""

    seconds: float = 0.0
    traffic: int = 0


def redis_use(store: str) -> RedisUse:
    """Return what the server of a store has used since it was started."""
    if not store.startswith("redis:"):
        return RedisUse()
    # Only here: the library is an extra, and the table needs none.
    import redis

    client = redis.Redis.from_url(store)
    info = client.info()
    client.close()
    return RedisUse(
        info["used_cpu_user"] + info["used_cpu_sys"],
        info["total_net_input_bytes"] + info["total_net_output_bytes"],
    )


def measured_costs(store: str, seconds: int) -> Sequence[str]:
    """Return the cells with what a poll and a create cost, and the memory of the worker."""
    workers, shards, traffic = [], [], []
    with running_server(mock_command("manual", "--store", store)) as server:
        for case in (PENDING, ACCEPTED):
            path, before = case_path(server, case), redis_use(store)
            load = run_load(server, path, case, CONNECTIONS, seconds)
            after = redis_use(store)
            workers.append(f"{load.cpu:.0f}")
            shards.append(f"{(after.seconds - before.seconds) / load.requests * 1e6:.0f}")
            traffic.append(f"{(after.traffic - before.traffic) / load.requests / 1e3:.1f}")
        memory = f"{resident_memory(server):.0f}"
    return [store.partition(":")[0], *workers, *shards, *traffic, memory]


MEASURED_HEADER = (
    *("store", "poll us", "create us", "Redis: poll us", "create us"),
    *("traffic: poll kB", "create kB", "worker MB"),
)


def measure(options: argparse.Namespace) -> None:
    """Print the costs on this machine, or compare them with a measured point."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        redis = stack.enter_context(running_redis())
        urls = {"memory": "memory", "sqlite": f"sqlite:{folder}/mock.db", "redis": redis}
        stores = {name: url for name, url in urls.items() if url is not None}
        if options.measure:
            rows = [measured_costs(url, options.seconds) for url in stores.values()]
            print(text_table(MEASURED_HEADER, rows))
            return
        header = ["store", "polls/s", "busy: arithmetic", "simulated", "measured"]
        points = [check_point(url, COSTS[name], options.seconds) for name, url in stores.items()]
        print(text_table([*header, "p99 ms: simulated", "measured"], points))


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--simulate", action="store_true", help="add simulated waiting times")
    parser.add_argument("--check", action="store_true", help="compare with a running server")
    parser.add_argument("--measure", action="store_true", help="measure the costs")
    parser.add_argument("--seconds", type=int, default=5, help="a load; default: 5")
    options = parser.parse_args()
    if options.check or options.measure:
        measure(options)
    elif options.simulate:
        print(text_table([*HEADER, "p99 ms"], plan_rows(simulate=True)))
    else:
        print(markdown_table())


if __name__ == "__main__":
    main()
