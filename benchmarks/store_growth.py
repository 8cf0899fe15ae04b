"""What a million tasks change: polls of SQLite and Redis with few and with many tasks.

Both stores have an account with a thousand tasks that wrk polls at random. The large one has a
thousand accounts more with as many tasks each. The goal is a p99 with many tasks of at most 1.3
times that with few. The tasks are written to the store directly, which takes a minute or two.

    python benchmarks/store_growth.py --tasks 1000000
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path

from msgspec import structs

from bare_redis import new_task
from figures import latency_cell, text_table
from redis_process import PROGRAM, RedisProcess
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.task import Task
from seedance_mock.service.keys import key_digest
from seedance_mock.settings import Settings
from seedance_mock.stores import TaskChange
from seedance_mock.stores.urls import open_store
from servers import Server, mock_command, running_server
from workload import HEADERS, PENDING
from wrk import Load, median_load, run_load

GOAL = 1.3
TASKS_OF_ACCOUNT = 1_000
COMMIT_TASKS = 250
MAX_TASKS = 10_000_000
OWNER = key_digest(HEADERS["Authorization"].removeprefix("Bearer "))
"""The owner of the tasks that are polled."""


@dataclass(frozen=True, slots=True)
class FilledStore:
    """A store with tasks, and the paths of those that are polled."""

    url: str
    tasks: int
    paths: list[str]
    bytes_of_task: float


async def fill(url: str, count: int) -> list[Task]:
    """Write tasks to a store. Return those of the first account."""
    store = open_store(Settings(store=url, max_tasks=MAX_TASKS))
    first: list[Task] = []
    for number in range(count // TASKS_OF_ACCOUNT):
        owner = key_digest(f"sk-{number}") if number else OWNER
        await store.open_account(Account(owner=owner))
        tasks = [structs.replace(new_task(owner), number=n) for n in range(TASKS_OF_ACCOUNT)]
        # Single commits would take most of the time. Redis runs a commit as one script, which
        # should stay short.
        for start in range(0, TASKS_OF_ACCOUNT, COMMIT_TASKS):
            batch = tasks[start : start + COMMIT_TASKS]
            assert await store.commit(*(TaskChange(None, task) for task in batch))
        first = first or tasks
        if sys.stderr.isatty():
            print(f"\r{url}: {(number + 1) * TASKS_OF_ACCOUNT:,} tasks", end="", file=sys.stderr)
    await store.close()
    return first


def size_of(url: str) -> int:
    """Return how many bytes a store takes on the disk, or in the memory of Redis."""
    if url.startswith("sqlite:"):
        return Path(url.removeprefix("sqlite:")).stat().st_size
    # Only here: the library is an extra, and the measurement of SQLite works without it.
    import redis

    client = redis.Redis.from_url(url)
    size = int(client.info("memory")["used_memory"])
    client.close()
    return size


def filled_store(url: str, count: int) -> FilledStore:
    """Fill a store and return it."""
    # What a store takes without tasks, such as the schema of SQLite and the scripts of Redis, is
    # measured on a store that is in use, and left out.
    asyncio.run(fill(url, TASKS_OF_ACCOUNT))
    empty = size_of(url)
    # The first thousand once more has other ids: nothing of it is in the way.
    tasks = asyncio.run(fill(url, count))
    bytes_of_task = (size_of(url) - empty) / count
    return FilledStore(url, count, [f"/v1/tasks/{task.id}" for task in tasks], bytes_of_task)


def filled_stores(stack: ExitStack, many: int) -> Iterator[tuple[str, list[FilledStore]]]:
    """Yield for each kind of store one with few and one with many tasks."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    counts = (TASKS_OF_ACCOUNT, many)
    yield "sqlite", [filled_store(f"sqlite:{folder}/{count}.db", count) for count in counts]
    if PROGRAM is None:
        return
    stores = []
    for count in counts:
        data = folder / str(count)
        data.mkdir()
        # Writing to the disk would slow down the filling, and polls are reads.
        server = RedisProcess(data, "--appendonly", "no")
        stack.callback(server.stop)
        stores.append(filled_store(server.url, count))
    yield "redis", stores


def measure(stores: list[FilledStore], options: argparse.Namespace) -> list[Load]:
    """Poll both stores alternately, and return the median load of each."""
    with ExitStack() as stack:
        servers = [stack.enter_context(running_server(command_of(store))) for store in stores]
        pairs = list(zip(servers, stores, strict=True))
        rounds = []
        for number in range(options.rounds):
            # The second server of a round finds a hotter CPU.
            order = pairs if number % 2 == 0 else pairs[::-1]
            loads = {store.url: poll(server, store, options) for server, store in order}
            rounds.append([loads[store.url] for store in stores])
    return [median_load(loads) for loads in zip(*rounds, strict=True)]


def command_of(store: FilledStore) -> list[str]:
    """Return the command of a server on a store."""
    return mock_command("manual", "--store", store.url, "--max-tasks", str(MAX_TASKS))


def poll(server: Server, store: FilledStore, options: argparse.Namespace) -> Load:
    """Poll tasks at random."""
    case = replace(PENDING, path=store.paths[0])
    return run_load(
        server, case.path, case, options.connections, options.seconds, paths=store.paths
    )


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--tasks", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=32)
    options = parser.parse_args()
    rows = []
    with ExitStack() as stack:
        for name, stores in filled_stores(stack, options.tasks):
            few, *_ = loads = measure(stores, options)
            for store, load in zip(stores, loads, strict=True):
                figures = (f"{load.rate:,.0f}", f"{load.cpu:.0f}", latency_cell(load))
                ratio = f"{load.p99 / few.p99:.2f}x"
                rows.append(
                    (name, f"{store.tasks:,}", f"{store.bytes_of_task:,.0f}", *figures, ratio)
                )
    header = ("store", "tasks", "bytes a task", "polls/s", "CPU us", "p50 / p99 ms")
    print(text_table([*header, f"p99 to few (goal <= {GOAL:g})"], rows))


if __name__ == "__main__":
    main()
