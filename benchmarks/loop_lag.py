"""How late the event loop of a server is under each store, with the same load.

A task of the loop sleeps for a millisecond again and again and notes by how much it wakes too late:
that is how long any other request would have waited. The load has pauses, so that every store gets
about the same number of requests a second. The goal is the lag of SQLite with two workers: at p99.9
at most three times that of the memory store.

    python benchmarks/loop_lag.py --seconds 10
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

from figures import text_table
from seedance_mock.server.run import serve
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app
from servers import Server, server_environment
from stores import running_redis
from workload import ACCEPTED, CREATE
from wrk import run_load

SLEEP_SECONDS = 0.001
CONNECTIONS = 16
PAUSE_MS = 10
"""The pause of a connection between two requests: some 1,500 requests a second in all."""

PERCENTILES = (50, 99, 99.9)

Lags = Sequence[float]
"""How late each sleep ended, in seconds."""


def serve_and_measure(store: str, descriptor: int) -> None:
    """Serve on a socket until SIGTERM, and print how late the loop was as JSON."""
    lags: list[float] = []
    # The loop has only a weak reference to a task.
    tasks: list[asyncio.Task[None]] = []

    async def measure() -> None:
        while True:
            due = time.perf_counter() + SLEEP_SECONDS
            await asyncio.sleep(SLEEP_SECONDS)
            # A timer of the loop may be a little early, which is no negative lag.
            lags.append(max(0.0, time.perf_counter() - due))

    def start() -> None:
        tasks.append(asyncio.get_running_loop().create_task(measure()))
        print("ready", flush=True)

    app = create_app(Settings(store=store, lifecycle="manual"))
    serve(app, [socket.socket(fileno=descriptor)], start, keep_alive=75)
    print(json.dumps(lags))


@contextmanager
def running_workers(store: str, count: int, lags: list[float]) -> Iterator[str]:
    """Run workers on one port and give their URL. Their lags are added in the end."""
    with socket.create_server(("127.0.0.1", 0), backlog=1024) as listener, ExitStack() as stack:
        # Not `seedance-mock serve`: the task that measures has to run in the loop of the server.
        command = [sys.executable, __file__, "--serve", store, str(listener.fileno())]
        workers = [
            stack.enter_context(
                subprocess.Popen(
                    command,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    text=True,
                    pass_fds=[listener.fileno()],
                    env=server_environment(),
                )
            )
            for _ in range(count)
        ]
        for worker in workers:
            stack.callback(worker.kill)
            assert worker.stdout is not None
            # One after the other: a load must not begin before all of them accept connections.
            assert worker.stdout.readline() == "ready\n"
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        for worker in workers:
            worker.send_signal(signal.SIGTERM)
            lags += json.loads(worker.communicate()[0])


def measure_lags(store: str, workers: int, seconds: int) -> tuple[float, Lags]:
    """Return the requests a second and the lags under a load of creates."""
    lags: list[float] = []
    with running_workers(store, workers, lags) as url:
        server = Server(os.getpid(), url, 0.0)
        load = run_load(server, CREATE, ACCEPTED, CONNECTIONS, seconds, pause_ms=PAUSE_MS)
    return load.rate, lags


def percentile(values: Lags, percent: float) -> float:
    """Return a percentile of some values."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


def main() -> None:
    """Measure all stores in some rounds and print the medians."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--serve", nargs=2, metavar=("STORE", "FD"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        serve_and_measure(options.serve[0], int(options.serve[1]))
        return
    rounds = []
    for _ in range(options.rounds):
        with ExitStack() as stack:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            redis = stack.enter_context(running_redis())
            setups = {"memory": ("memory", 1), "sqlite": (f"sqlite:{folder}/mock.db", 2)}
            if redis is not None:
                setups["redis"] = (redis, 2)
            rounds.append(
                {name: measure_lags(*setup, options.seconds) for name, setup in setups.items()}
            )
    rows = []
    for name in rounds[0]:
        rate = median(measured[name][0] for measured in rounds)
        lags = {
            percent: [percentile(measured[name][1], percent) for measured in rounds]
            for percent in PERCENTILES
        }
        # Within a round, because the machine may be slower in the next one.
        memory = [percentile(measured["memory"][1], 99.9) for measured in rounds]
        ratio = median(own / base for own, base in zip(lags[99.9], memory, strict=True))
        cells = [f"{median(values) * 1e3:.2f}" for values in lags.values()]
        rows.append([name, f"{rate:,.0f}", *cells, f"{ratio:.1f}x"])
    header = ["store", "creates/s", *(f"p{percent} ms" for percent in PERCENTILES)]
    print(text_table([*header, "p99.9 to memory"], rows))


if __name__ == "__main__":
    main()
