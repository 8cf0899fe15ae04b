"""Compare the mock with a bare Starlette application: speed, cold start, memory, growth.

Both run on uvicorn with the same event loop and parser, each in its own process on 127.0.0.1. They
get the same requests from wrk, one right after the other, in alternating order. Requests per second
depend on the machine and its other load, so the result is the ratio of the two within a round, and
the median over all rounds. If other processes are busy, the ratio by CPU time varies less. Growth
is measured with a store that is filled over HTTP.
"""

from __future__ import annotations

import argparse
import json
import operator
import os
import platform
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from types import FrameType
from typing import NoReturn

from figures import (
    GOALS,
    GROWTH_HEADER,
    HEADER,
    STANDALONE_HEADER,
    FigurePair,
    Growth,
    Row,
    comparison_row,
    growth_cells,
    latency_comparison_row,
    load_comparison_row,
    row_cells,
    standalone_cells,
    standalone_measures,
    text_table,
)
from seedance_mock.settings import Settings
from servers import (
    HERE,
    LINUX,
    MeasurementError,
    Server,
    bare_command,
    bare_path,
    case_path,
    mock_command,
    resident_memory,
    running_server,
    send_request,
    server_environment,
)
from stores import compare_stores
from workload import ACCEPTED, CASES, COMPLETED, CREATE, CREATES, Case
from wrk import Load, median_load, run_load

WRK_MISSING = SAMPLER_MISSING = 2
"""The exit code if the load generator is missing, or the sampler for a flame graph."""

REPORTED_OPTIONS = ("rounds", "seconds", "growth_seconds", "connections")
"""Options that the figures depend on. The JSON has their values."""

FILL_LIMIT = 900
"""The time limit for filling a store, in seconds."""

SMALL_STORE_TASKS = 1_000

# wrk weights a pause of the machine by its length: in a load of 3 s, one pause of 30 ms is the
# slowest hundredth, and decides the p99 alone.
GROWTH_SECONDS = 5
"""The shortest load on a filled store, in seconds."""


@dataclass(frozen=True, slots=True)
class Round:
    """The loads of every case, and the memory after them; ours first, then bare."""

    loads: Mapping[Case, tuple[Load, Load]]
    memory: FigurePair


def measure_round(options: argparse.Namespace, number: int) -> Round:
    """Start fresh servers and measure every case on both applications."""
    with ExitStack() as stack:
        ours = {
            lifecycle: stack.enter_context(running_server(mock_command(lifecycle)))
            for lifecycle in ("instant", "manual")
        }
        paths = {case: case_path(ours[case.lifecycle], case) for case in CASES}
        sizes = {
            case: len(send_request(ours[case.lifecycle], case, path))
            for case, path in paths.items()
        }
        bare = stack.enter_context(running_server(bare_command(sizes)))
        loads = {}
        for case, path in paths.items():
            print_progress(f"round {number + 1} of {options.rounds}: {case.name}")
            targets = [(ours[case.lifecycle], path), (bare, bare_path(case))]
            # The second server of a round finds warmer caches, or a hotter CPU.
            order = targets if number % 2 == 0 else targets[::-1]
            load = {
                server: run_load(server, path, case, options.connections, options.seconds)
                for server, path in order
            }
            loads[case] = (load[ours[case.lifecycle]], load[bare])
        return Round(loads, (resident_memory(ours["instant"]), resident_memory(bare)))


def measure_loads(options: argparse.Namespace) -> list[Row]:
    """Measure requests per second of every case, and the memory afterwards."""
    rounds = [measure_round(options, number) for number in range(options.rounds)]
    loads = {case: [item.loads[case] for item in rounds] for case in CASES}
    return [
        *(load_comparison_row(case, pairs) for case, pairs in loads.items()),
        *(latency_comparison_row(case, loads[case]) for case in CREATES),
        comparison_row("memory after load", "MB", [item.memory for item in rounds], operator.sub),
    ]


def measure_cold_start(command: Sequence[str], path: str) -> FigurePair:
    """Return the seconds from spawn to the first response, and the memory at that time in MB."""
    with running_server(command) as server:
        send_request(server, ACCEPTED, path)
        return time.perf_counter() - server.started_at, resident_memory(server)


def measure_starts(options: argparse.Namespace) -> list[Row]:
    """Measure cold start, and memory after a single request."""
    print_progress("cold start")
    # The very first start may have to write byte code, so it is not measured.
    with running_server(mock_command("instant")) as server:
        size = len(send_request(server, ACCEPTED, CREATE))
    starts = [
        (
            measure_cold_start(mock_command("instant"), CREATE),
            measure_cold_start(bare_command({ACCEPTED: size}), bare_path(ACCEPTED)),
        )
        for _ in range(options.starts)
    ]
    seconds, memory = ([(ours[i], bare[i]) for ours, bare in starts] for i in (0, 1))
    return [
        comparison_row("cold start", "s", seconds),
        comparison_row("memory idle", "MB", memory, operator.sub),
    ]


PLUGIN_IMPORT_SCRIPT = """
import time, pytest
start = time.perf_counter()
import seedance_mock.testing.pytest_plugin
print((time.perf_counter() - start) * 1e3)
"""
"""Prints the milliseconds that the plugin adds to the start of pytest."""


def measure_plugin_import(options: argparse.Namespace) -> float:
    """Return the milliseconds to import the pytest plugin after pytest itself."""
    command = [sys.executable, "-c", PLUGIN_IMPORT_SCRIPT]
    runs = [
        subprocess.run(
            command, stdout=subprocess.PIPE, check=True, text=True, env=server_environment()
        )
        for _ in range(options.starts)
    ]
    return median(float(run.stdout) for run in runs)


def measure_growth(options: argparse.Namespace) -> tuple[Growth, Growth]:
    """Measure ours with few and with many tasks, alternately."""
    few, many = sizes = (SMALL_STORE_TASKS, options.tasks)
    with ExitStack() as stack:
        servers = [
            stack.enter_context(running_server(large_store_command(tasks))) for tasks in sizes
        ]
        for server, tasks in zip(servers, sizes, strict=True):
            fill_store(server, tasks, options)
        memory = [resident_memory(server) for server in servers]
        polls = measure_alternately(servers, COMPLETED, options)
        creates = measure_alternately(servers, ACCEPTED, options)
    return (
        Growth(tasks=few, memory=memory[0], poll=polls[0], create=creates[0]),
        Growth(tasks=many, memory=memory[1], poll=polls[1], create=creates[1]),
    )


def large_store_command(tasks: int) -> list[str]:
    """Return the command of ours with room for `tasks`. A further task evicts the oldest."""
    return mock_command("instant", "--max-tasks", str(tasks))


def fill_store(server: Server, tasks: int, options: argparse.Namespace) -> None:
    """Create tasks until both the store and the journal are full."""
    print_progress(f"growth: filling a store with {tasks:,} tasks")
    deadline = time.monotonic() + FILL_LIMIT
    # The journal has a limit of its own. Until it is full it grows, and would count as memory of
    # tasks.
    created, needed = 0, max(tasks, Settings().journal)
    while created < needed:
        if time.monotonic() > deadline:
            raise MeasurementError(f"{created:,} of {needed:,} tasks after {FILL_LIMIT} s")
        created += run_load(server, CREATE, ACCEPTED, options.connections, options.seconds).requests


def measure_alternately(
    servers: Sequence[Server], case: Case, options: argparse.Namespace
) -> list[Load]:
    """Put the servers under load one after the other, in alternating order.

    Returns the median of all rounds for each server.
    """
    paths = {server: case_path(server, case) for server in servers}
    rounds = []
    for number in range(options.rounds):
        print_progress(f"growth, round {number + 1} of {options.rounds}: {case.name}")
        order = servers if number % 2 == 0 else servers[::-1]
        load = {
            server: run_load(
                server, paths[server], case, options.connections, options.growth_seconds
            )
            for server in order
        }
        rounds.append([load[server] for server in servers])
    return [median_load(loads) for loads in zip(*rounds, strict=True)]


def machine_facts() -> dict[str, object]:
    """Return the properties of the machine and the versions that the figures depend on."""
    packages = ("seedance-mock", "starlette", "uvicorn", "uvloop", "httptools")
    wrk = subprocess.run(["wrk", "-v"], stdout=subprocess.PIPE, text=True, check=False)
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        **{package: version(package) for package in packages},
        "wrk": wrk.stdout.split()[1],
    }


def run_comparison(options: argparse.Namespace) -> None:
    """Measure everything, print the tables, write the JSON."""
    facts = machine_facts()
    rows = [*measure_loads(options), *measure_starts(options)]
    plugin = measure_plugin_import(options)
    few, many = measure_growth(options)
    standalone = standalone_measures(few, many, plugin)

    print(", ".join(f"{name} {fact}" for name, fact in facts.items()), end="\n\n")
    print(text_table(HEADER, [row_cells(row) for row in rows]), end="\n\n")
    print(text_table(GROWTH_HEADER, [growth_cells(growth) for growth in (few, many)]), end="\n\n")
    print(text_table(STANDALONE_HEADER, [standalone_cells(*item) for item in standalone.items()]))
    if not LINUX:
        print("Memory and CPU time can be read on Linux only.")
    if options.json is not None:
        figures = {
            "machine": facts,
            "options": {name: vars(options)[name] for name in REPORTED_OPTIONS},
            "goals": {name: asdict(goal) for name, goal in GOALS.items()},
            "rows": [asdict(row) for row in rows],
            "growth": [asdict(growth) for growth in (few, many)],
            "alone": standalone,
        }
        # JSON has no NaN. An unknown figure is null.
        document = json.loads(json.dumps(figures), parse_constant=lambda name: None)
        options.json.write_text(json.dumps(document, indent=2) + "\n")


def run_start_comparison(options: argparse.Namespace) -> None:
    """Measure the start only, and print its table."""
    print(text_table(HEADER, [row_cells(row) for row in measure_starts(options)]))


def print_progress(progress: str) -> None:
    """Print a line of progress on standard error."""
    print(progress, file=sys.stderr, flush=True)


def bounded_integer(low: int, high: int) -> Callable[[str], int]:
    """Return a parser for an option: an integer in a range, so that a run has an end."""

    def number(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{low} to {high} is allowed, not {text}")
        return int(text)

    return number


def parse_options() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=bounded_integer(1, 100), default=9, help="default: 9")
    parser.add_argument(
        "--seconds", type=bounded_integer(1, 60), default=1, help="a load; default: 1"
    )
    parser.add_argument(
        "--connections", type=bounded_integer(1, 1000), default=32, help="default: 32"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    parser.add_argument("--quick", action="store_true", help="one round of a second, few tasks")
    parser.add_argument("--full", action="store_true", help="growth to 1,000,000 tasks")
    parser.add_argument("--start", action="store_true", help="only compare the start")
    parser.add_argument("--stores", action="store_true", help="only compare the stores")
    parser.add_argument("--profile", action="store_true", help="only show where time goes")
    parser.add_argument("--flame", type=Path, metavar="FILE", help="only draw a flame graph as SVG")
    options = parser.parse_args()
    options.starts, options.tasks = 9, 1_000_000 if options.full else 100_000
    options.growth_seconds = max(options.seconds, GROWTH_SECONDS)
    if options.quick:
        options.rounds, options.seconds, options.starts, options.tasks = 1, 1, 2, 10_000
        options.growth_seconds = 1
    return options


def run_profiler(flame: Path | None) -> int:
    """Show where the time of requests goes, or draw it, and return the exit code."""
    cases = json.dumps([asdict(case) for case in CASES])
    command = [sys.executable, str(HERE / "profiled.py"), cases]
    if flame is None:
        return subprocess.call(command)
    sampler = shutil.which("py-spy", path=f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}")
    if sampler is None:
        print_progress("The sampling profiler py-spy is missing: pip install py-spy")
        return SAMPLER_MISSING
    recording = [sampler, "record", "--rate", "500", "--output", str(flame), "--"]
    return subprocess.call([*recording, *command, "--plain"])


def interrupt(signum: int, frame: FrameType | None) -> NoReturn:
    """End as on Ctrl-C, so that the servers are stopped."""
    raise KeyboardInterrupt


def main() -> int:
    """Return the exit code: 0 if everything was measured, whether goals are met or not."""
    options = parse_options()
    if options.profile or options.flame is not None:
        return run_profiler(options.flame)
    # The start needs no load.
    if not options.start and shutil.which("wrk") is None:
        print_progress("The load generator wrk is not on the PATH. On Debian: apt-get install wrk")
        return WRK_MISSING
    signal.signal(signal.SIGTERM, interrupt)
    try:
        if options.start:
            run_start_comparison(options)
        elif options.stores:
            compare_stores(options)
        else:
            run_comparison(options)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except (MeasurementError, OSError, subprocess.SubprocessError) as error:
        print_progress(f"The measurement failed: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
