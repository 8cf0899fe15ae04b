"""Kills a server, a worker or its Redis in the middle of a load, and checks what is left.

In each round clients create, poll, cancel and top up for a moment, and something gets SIGKILL. Then
the state is compared with what the clients know: no acknowledged create, cancellation or top-up is
lost, no task goes back, none is charged twice, and no key sees the tasks of another one. The state
of a round is the start of the next.

    python benchmarks/crashes.py --store sqlite:mock.db --rounds 100 --kill worker
    python benchmarks/crashes.py --all --rounds 100         # each store, everything that is killed

`--store redis` is a server that this program starts with an append-only file (`--appendfsync`,
everysec by default). Only that one can be killed. With everysec Redis answers before it writes
while its disk is busy for longer than a second: what it has answered then is lost. So its file is
in memory where the system has a folder for that, and other programs cannot keep its disk busy.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

from crash_clients import Client, LostStateError, open_account, run_load, verify
from redis_process import PROGRAM, RedisProcess

LOAD_SECONDS = (0.2, 0.8)
"""How long the load of a round lasts before the kill, and after it, at random between these."""

DOWN_SECONDS = 0.3
"""How long Redis is down."""

CLIENTS = 6

MEMORY_FOLDER = Path("/dev/shm")
"""A file system in memory, on Linux."""


class Experiment(NamedTuple):
    """What is killed, and under which store.

    Args:
        store: the URL of the store.
        kill: `worker`, `server` (with all of its workers) or `redis`.
        workers: how many workers the server has.
        redis: the server of the store, if this program has started it.
    """

    store: str
    kill: str
    workers: int = 2
    redis: RedisProcess | None = None


@contextmanager
def running_server(
    store: str, workers: int, *options: str, **environment: str
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a server on a store. Give its process and its URL."""
    command = [sys.executable, "-m", "seedance_mock", "serve", "--port", "0", "--store", store]
    quiet = ["--workers", str(workers), "--log-format", "none", "--lifecycle", "quick"]
    # A session of its own, so that one signal reaches all of its processes.
    with subprocess.Popen(
        [*command, *quiet, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
        env={**os.environ, **environment},
    ) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())["url"]
        finally:
            kill_all(process)


def kill_all(process: subprocess.Popen[str]) -> None:
    """Kill a server and its workers."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kill_worker(
    process: subprocess.Popen[str], choice: random.Random, min_age: float = 0.0
) -> None:
    """Kill one of the workers of a server that were started `min_age` seconds ago or earlier."""
    while not (workers := [pid for pid in worker_ids(process) if age(pid) >= min_age]):
        time.sleep(0.05)
    os.kill(choice.choice(workers), signal.SIGKILL)


def worker_ids(process: subprocess.Popen[str]) -> list[int]:
    """Return the process ids of the workers of a server."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [
        int(pid) for pid in children if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()
    ]


def age(process_id: int) -> float:
    """Return how many seconds ago a process was started."""
    # proc(5): starttime is field 22. The second field may contain spaces.
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    uptime = float(Path("/proc/uptime").read_text().split()[0])
    return uptime - int(fields[19]) / os.sysconf("SC_CLK_TCK")


@contextmanager
def running_load(
    clients: Sequence[Client], url: str, choice: random.Random
) -> Iterator[Callable[[], None]]:
    """Put a server under the load of all clients. Give a function that ends it.

    That function raises LostStateError if a client has missed something meanwhile.
    """
    stop = threading.Event()
    failures: list[LostStateError] = []

    def load(client: Client, seed: int) -> None:
        try:
            run_load(client, url, stop, random.Random(seed))
        except LostStateError as error:
            failures.append(error)

    threads = [
        threading.Thread(target=load, args=(client, choice.getrandbits(32))) for client in clients
    ]

    def end() -> None:
        stop.set()
        for thread in threads:
            thread.join()
        if failures:
            raise failures[0]

    for thread in threads:
        thread.start()
    try:
        yield end
    finally:
        stop.set()


def run_round(experiment: Experiment, clients: Sequence[Client], choice: random.Random) -> None:
    """Load a server, kill what the experiment kills, and verify the state afterwards."""
    store, kill, workers, redis = experiment
    with running_server(store, workers) as (process, url):
        with running_load(clients, url, choice) as end_load:
            time.sleep(choice.uniform(*LOAD_SECONDS))
            if kill == "server":
                kill_all(process)
            elif kill == "worker":
                kill_worker(process, choice)
            else:
                assert redis is not None
                redis.stop()
                time.sleep(DOWN_SECONDS)
                redis.start()
            if kill != "server":
                time.sleep(choice.uniform(*LOAD_SECONDS))
            end_load()
        if kill != "server":
            verify(clients, url)
    with running_server(store, workers) as (_, url):
        verify(clients, url)


def new_clients(url: str) -> Sequence[Client]:
    """Return clients whose accounts are open."""
    # Not from a seed: the store may be that of an earlier run.
    clients = [Client(f"sk-crash-{os.urandom(8).hex()}") for _ in range(CLIENTS)]
    for client in clients:
        open_account(client, url)
    return clients


def run_rounds(experiment: Experiment, rounds: int, seed: int = 1) -> Sequence[Client]:
    """Run rounds on one store and return the clients. Raises LostStateError."""
    choice = random.Random(seed)
    with running_server(experiment.store, 1) as (_, url):
        clients = new_clients(url)
    for _ in range(rounds):
        run_round(experiment, clients, choice)
    return clients


def report_line(experiment: Experiment, rounds: int, clients: Sequence[Client]) -> str:
    """Return what an experiment has shown, in one line."""
    tasks = sum(len(client.statuses) for client in clients)
    cancelled = sum(len(client.cancelled) for client in clients)
    scheme = experiment.store.partition(":")[0]
    return (
        f"{scheme}, kill {experiment.kill}: {rounds} rounds, nothing lost of {tasks} tasks,"
        f" {cancelled} cancelled"
    )


def experiments(options: argparse.Namespace, stack: ExitStack) -> Iterator[Experiment]:
    """Yield what is to be run. Files and servers are gone when `stack` is closed."""
    if not options.all and options.store != "redis":
        yield Experiment(options.store, options.kill, options.workers)
        return
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    if options.all:
        for kill in ("worker", "server"):
            yield Experiment(f"sqlite:{folder}/{kill}.db", kill, options.workers)
    if PROGRAM is None:
        print("redis-server is not installed", file=sys.stderr)
        return
    persistence = ("--appendonly", "yes", "--appendfsync", options.appendfsync)
    in_memory = MEMORY_FOLDER if MEMORY_FOLDER.is_dir() else None
    redis_folder = Path(stack.enter_context(tempfile.TemporaryDirectory(dir=in_memory)))
    redis = RedisProcess(redis_folder, *persistence)
    stack.callback(redis.stop)
    for kill in ("worker", "server", "redis") if options.all else (options.kill,):
        yield Experiment(redis.url, kill, options.workers, redis)


def parse_options() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("--store", help="the store, such as sqlite:mock.db, or `redis`")
    parser.add_argument("--all", action="store_true", help="every store, and everything killed")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--kill", choices=["server", "worker", "redis"], default="server")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--appendfsync", choices=["everysec", "always", "no"], default="everysec")
    options = parser.parse_args()
    if not options.all and options.store is None:
        parser.error("--store or --all is needed")
    if options.kill == "redis" and not options.all and options.store != "redis":
        parser.error("only a server that this program starts can be killed: --store redis")
    return options


def main() -> None:
    """Run the rounds and print what the clients did."""
    options = parse_options()
    with ExitStack() as stack:
        for experiment in experiments(options, stack):
            clients = run_rounds(experiment, options.rounds, options.seed)
            print(report_line(experiment, options.rounds, clients), flush=True)


if __name__ == "__main__":
    main()
