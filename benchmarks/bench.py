"""Compare the mock with a bare Starlette application: speed, cold start, memory, growth.

Both run on uvicorn with the same event loop and parser, each in a process of its own on
127.0.0.1, and get the same requests from wrk, one right after the other; who comes first
alternates. Requests per second depend on the machine and on what else it does: what counts is
the ratio of the two within a round, and of all rounds the median. Where other processes are
busy, the ratio by CPU time is the steadier one. Growth is that of a store filled over HTTP.
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
    ALONE_HEADER,
    GOALS,
    GROWTH_HEADER,
    HEADER,
    Growth,
    Pair,
    Row,
    alone,
    alone_cells,
    cells,
    growth_cells,
    load_row,
    row,
    table,
)
from seedance_mock.settings import Settings
from servers import (
    HERE,
    LINUX,
    Broken,
    Server,
    ask,
    bare,
    bare_path,
    environment,
    mock,
    path_on,
    resident,
    running,
)
from workload import ACCEPTED, CASES, COMPLETED, CREATE, Case
from wrk import Load, loaded, typical

WRK_MISSING = SAMPLER_MISSING = 2
"""Exit code where there is no load generator, or nothing to draw a flame graph with."""

SHOWN = ("rounds", "seconds", "growth_seconds", "connections")
"""Options that the JSON tells, as the figures depend on them."""

FILL_LIMIT = 900
"""Seconds until a store must be full."""

FEW_TASKS = 1_000

GROWTH_SECONDS = 5
"""How long a load on a filled store is at least: so long that no one pause of the machine decides
its p99. Wrk counts a pause by its length, so one of 30 ms is the slowest hundredth of a second."""


@dataclass(frozen=True, slots=True)
class Round:
    """The loads of every case, and the memory after all of them; ours first, then bare."""

    loads: Mapping[Case, tuple[Load, Load]]
    memory: Pair


def one_round(options: argparse.Namespace, turn: int) -> Round:
    """Start fresh servers and measure every case on both applications."""
    with ExitStack() as stack:
        ours = {way: stack.enter_context(running(mock(way))) for way in ("instant", "manual")}
        paths = {case: path_on(ours[case.lifecycle], case) for case in CASES}
        sizes = {case: len(ask(ours[case.lifecycle], case, path)) for case, path in paths.items()}
        other = stack.enter_context(running(bare(sizes)))
        loads = {}
        for case, path in paths.items():
            say(f"round {turn + 1} of {options.rounds}: {case.name}")
            targets = [(ours[case.lifecycle], path), (other, bare_path(case))]
            order = targets if turn % 2 == 0 else targets[::-1]
            load = {
                server: loaded(server, path, case, options.connections, options.seconds)
                for server, path in order
            }
            loads[case] = (load[ours[case.lifecycle]], load[other])
        return Round(loads, (resident(ours["instant"]), resident(other)))


def load_rows(options: argparse.Namespace) -> list[Row]:
    """Measure the cases."""
    rounds = [one_round(options, turn) for turn in range(options.rounds)]
    rows = [load_row(case, [each.loads[case] for each in rounds]) for case in CASES]
    return [*rows, row("memory after load", "MB", [each.memory for each in rounds], operator.sub)]


def cold(command: Sequence[str], path: str) -> Pair:
    """Return the seconds from spawn to the first answer, and the memory then in MB."""
    with running(command) as server:
        ask(server, ACCEPTED, path)
        return time.perf_counter() - server.began, resident(server)


def start_rows(options: argparse.Namespace) -> list[Row]:
    """Measure cold start, and memory when nothing but one request has happened."""
    say("cold start")
    # The first start of all may have byte code to write, so it is not counted.
    with running(mock("instant")) as warm:
        size = len(ask(warm, ACCEPTED, CREATE))
    starts = [
        (cold(mock("instant"), CREATE), cold(bare({ACCEPTED: size}), bare_path(ACCEPTED)))
        for _ in range(options.starts)
    ]
    seconds, memory = ([(ours[i], bare[i]) for ours, bare in starts] for i in (0, 1))
    return [row("cold start", "s", seconds), row("memory idle", "MB", memory, operator.sub)]


PLUGIN = """
import time, pytest
began = time.perf_counter()
import seedance_mock.testing.pytest_plugin
print((time.perf_counter() - began) * 1e3)
"""
"""Tells in ms what the plugin adds to the start of pytest."""


def plugin_import(options: argparse.Namespace) -> float:
    """Return the ms that the import of the pytest plugin takes, where pytest is there already."""
    command = [sys.executable, "-c", PLUGIN]
    runs = [
        subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True, env=environment())
        for _ in range(options.starts)
    ]
    return median(float(ended.stdout) for ended in runs)


def growth(options: argparse.Namespace) -> tuple[Growth, Growth]:
    """Measure ours with few and with many tasks, in turn."""
    few, many = sizes = (FEW_TASKS, options.tasks)
    with ExitStack() as stack:
        servers = [stack.enter_context(running(roomy(tasks))) for tasks in sizes]
        for server, tasks in zip(servers, sizes, strict=True):
            fill(server, tasks, options)
        memory = [resident(server) for server in servers]
        polls = in_turn(servers, COMPLETED, options)
        creates = in_turn(servers, ACCEPTED, options)
    return (
        Growth(tasks=few, memory=memory[0], poll=polls[0], create=creates[0]),
        Growth(tasks=many, memory=memory[1], poll=polls[1], create=creates[1]),
    )


def roomy(tasks: int) -> list[str]:
    """Return the command of ours with room for `tasks`; a further one has it forget the oldest."""
    return mock("instant", "--max-tasks", str(tasks))


def fill(server: Server, tasks: int, options: argparse.Namespace) -> None:
    """Create tasks until the store has no more room, nor has the journal, which grows apart."""
    say(f"growth: filling a store with {tasks:,} tasks")
    last = time.monotonic() + FILL_LIMIT
    made, needed = 0, max(tasks, Settings().journal)
    while made < needed:
        if time.monotonic() > last:
            raise Broken(f"{made:,} tasks after {FILL_LIMIT} s, {needed:,} are needed")
        made += loaded(server, CREATE, ACCEPTED, options.connections, options.seconds).requests


def in_turn(servers: Sequence[Server], case: Case, options: argparse.Namespace) -> list[Load]:
    """Put one server after the other under load, again each round; return their medians.

    Who comes first alternates.
    """
    paths = {server: path_on(server, case) for server in servers}
    rounds = []
    for turn in range(options.rounds):
        say(f"growth, round {turn + 1} of {options.rounds}: {case.name}")
        order = servers if turn % 2 == 0 else servers[::-1]
        load = {
            server: loaded(server, paths[server], case, options.connections, options.growth_seconds)
            for server in order
        }
        rounds.append([load[server] for server in servers])
    return [typical(loads) for loads in zip(*rounds, strict=True)]


def machine() -> dict[str, object]:
    """Return what the figures depend on."""
    parts = ("seedance-mock", "starlette", "uvicorn", "uvloop", "httptools")
    about = subprocess.run(["wrk", "-v"], stdout=subprocess.PIPE, text=True, check=False)
    return {
        "system": f"{platform.system()} {platform.machine()}",
        "cpus": os.cpu_count(),
        "python": platform.python_version(),
        **{part: version(part) for part in parts},
        "wrk": about.stdout.split()[1],
    }


def compare(options: argparse.Namespace) -> None:
    """Measure everything, print the tables, write the JSON."""
    facts = machine()
    rows = [*load_rows(options), *start_rows(options)]
    plugin = plugin_import(options)
    few, many = growth(options)
    others = alone(few, many, plugin)

    print(", ".join(f"{name} {fact}" for name, fact in facts.items()), end="\n\n")
    print(table(HEADER, [cells(row) for row in rows]), end="\n\n")
    print(table(GROWTH_HEADER, [growth_cells(one) for one in (few, many)]), end="\n\n")
    print(table(ALONE_HEADER, [alone_cells(*one) for one in others.items()]))
    if not LINUX:
        print("Memory and CPU time can be read on Linux only.")
    if options.json is not None:
        figures = {
            "machine": facts,
            "options": {name: vars(options)[name] for name in SHOWN},
            "goals": {name: asdict(goal) for name, goal in GOALS.items()},
            "rows": [asdict(row) for row in rows],
            "growth": [asdict(one) for one in (few, many)],
            "alone": others,
        }
        # JSON has no NaN; what is not known is null there.
        known = json.loads(json.dumps(figures), parse_constant=lambda name: None)
        options.json.write_text(json.dumps(known, indent=2) + "\n")


def say(progress: str) -> None:
    """Tell whoever waits how far it is."""
    print(progress, file=sys.stderr, flush=True)


def within(low: int, high: int) -> Callable[[str], int]:
    """Return the parser of an option's number, so that no run goes on for ever."""

    def number(text: str) -> int:
        if not text.isdecimal() or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"{low} to {high} is allowed, not {text}")
        return int(text)

    return number


def parse() -> argparse.Namespace:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=within(1, 100), default=9, help="default: 9")
    parser.add_argument("--seconds", type=within(1, 60), default=1, help="a load; default: 1")
    parser.add_argument("--connections", type=within(1, 1000), default=32, help="default: 32")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there too")
    parser.add_argument("--quick", action="store_true", help="one round of a second, few tasks")
    parser.add_argument("--full", action="store_true", help="growth to 1,000,000 tasks")
    parser.add_argument("--profile", action="store_true", help="only tell where time goes")
    parser.add_argument("--flame", type=Path, metavar="FILE", help="only draw that, as an SVG")
    options = parser.parse_args()
    options.starts, options.tasks = 5, 1_000_000 if options.full else 100_000
    options.growth_seconds = max(options.seconds, GROWTH_SECONDS)
    if options.quick:
        options.rounds, options.seconds, options.starts, options.tasks = 1, 1, 2, 10_000
        options.growth_seconds = 1
    return options


def profile(flame: Path | None) -> int:
    """Tell where the time of requests goes, or draw it, and return the exit code."""
    cases = json.dumps([asdict(case) for case in CASES])
    command = [sys.executable, str(HERE / "profiled.py"), cases]
    if flame is None:
        return subprocess.call(command)
    sampler = shutil.which("py-spy", path=f"{Path(sys.executable).parent}{os.pathsep}{os.defpath}")
    if sampler is None:
        say("The sampling profiler py-spy is missing: pip install py-spy")
        return SAMPLER_MISSING
    recording = [sampler, "record", "--rate", "500", "--output", str(flame), "--"]
    return subprocess.call([*recording, *command, "--plain"])


def stop(signum: int, frame: FrameType | None) -> NoReturn:
    """End as on Ctrl-C, so that no server is left behind."""
    raise KeyboardInterrupt


def main() -> int:
    """Return the exit code: 0 when everything was measured, whatever the goals."""
    options = parse()
    if options.profile or options.flame is not None:
        return profile(options.flame)
    if shutil.which("wrk") is None:
        say("The load generator wrk is not on the PATH. On Debian: apt-get install wrk")
        return WRK_MISSING
    signal.signal(signal.SIGTERM, stop)
    try:
        compare(options)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except (Broken, OSError, subprocess.SubprocessError) as error:
        say(f"Nothing to compare: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
