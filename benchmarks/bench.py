"""Compare the mock with a bare Starlette application: speed, cold start, memory, growth.

Both run on uvicorn with the same event loop and parser, each in a process of its own on
127.0.0.1, and get the same requests from wrk, one right after the other; who comes first
alternates. Requests per second depend on the machine and on what else it does: what counts is
the ratio of the two within a round, and of all rounds the median. Where other processes are
busy, the ratio by CPU time is the steadier one. Growth is that of a store filled over HTTP.
"""

from __future__ import annotations

import argparse
import http.client
import json
import math
import operator
import os
import platform
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, astuple, dataclass, replace
from importlib.metadata import version
from itertools import zip_longest
from pathlib import Path
from statistics import median
from types import FrameType
from typing import NoReturn
from urllib.parse import urlsplit

from seedance_mock.settings import Settings


@dataclass(frozen=True, slots=True)
class Goal:
    """How ours should compare to bare; `sign` is `>=` or `<=`."""

    sign: str
    value: float

    def met(self, compared: float) -> bool:
        """Tell whether `compared` is good enough."""
        return compared >= self.value if self.sign == ">=" else compared <= self.value


GOALS: Mapping[str, Goal] = {
    "create accepted": Goal(">=", 0.60),
    "create refused": Goal(">=", 0.50),
    "poll pending": Goal(">=", 0.85),
    "poll completed": Goal(">=", 0.85),
    "models list": Goal(">=", 0.95),
    "cold start": Goal("<=", 1.6),
    "memory idle": Goal("<=", 15),
    "kB for a retained task": Goal("<=", 1),
    "poll p99, many tasks to few": Goal("<=", 1.2),
    "ms to import the pytest plugin": Goal("<=", 30),
}
"""Ratios of ours to bare; for memory, how many MB ours has more; the last are of ours alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A request; `{task}` in its path is the id of a task created under `lifecycle`."""

    name: str
    method: str
    path: str
    body: str = ""
    status: int = 200
    lifecycle: str = "instant"


CREATE = "/v1/videos/generations"
READ = "/v1/tasks/{task}"

ACCEPTED = Case(
    name="create accepted",
    method="POST",
    path=CREATE,
    body='{"model": "seedance-2.0", "prompt": "A paper boat", "resolution": "720p"}',
)
REFUSED = Case(
    name="create refused",
    method="POST",
    path=CREATE,
    body='{"model": "seedance-2.0-fast", "prompt": "A paper boat", "resolution": "4k"}',
    status=400,
)
PENDING = Case(name="poll pending", method="GET", path=READ, lifecycle="manual")
COMPLETED = Case(name="poll completed", method="GET", path=READ)
MODELS = Case(name="models list", method="GET", path="/v1/models")

CASES = (ACCEPTED, REFUSED, PENDING, COMPLETED, MODELS)

WHO = ("ours", "bare")
HEADERS = {"Authorization": "Bearer sk-bench", "Content-Type": "application/json"}
HERE = Path(__file__).parent
LINUX = sys.platform.startswith("linux")

WRK_MISSING = SAMPLER_MISSING = 2
"""Exit code where there is no load generator, or nothing to draw a flame graph with."""

START_LIMIT, FILL_LIMIT = 30, 900
"""Seconds until a server must be ready, and until its store must be full."""

FEW_TASKS = 1_000

GROWTH_SECONDS = 5
"""How long a load on a filled store is at least: so long that no one pause of the machine decides
its p99. Wrk counts a pause by its length, so one of 30 ms is the slowest hundredth of a second."""

UNWANTED = ("PYTHONDONTWRITEBYTECODE",)
"""Variables of the environment that no server gets."""


class Broken(Exception):
    """What was measured is not what should have been."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, spawned at `began` by `time.perf_counter`."""

    process_id: int
    url: str
    began: float


@contextmanager
def running(command: Sequence[str]) -> Iterator[Server]:
    """Run a server that prints the ready line; kill it in the end, whatever happens."""
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, process_group=0, env=environment()
    ) as process:
        too_late = threading.Timer(START_LIMIT, process.kill)
        too_late.start()
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            too_late.cancel()
            if not line:
                raise Broken(f"not ready within {START_LIMIT} s: {' '.join(command)}")
            yield Server(process.pid, json.loads(line)["url"], began)
        finally:
            too_late.cancel()
            process.kill()


def environment() -> dict[str, str]:
    """Return the environment without what keeps Python from storing byte code.

    What is installed has its byte code; without it a start would be one of the compiler.
    """
    return {name: value for name, value in os.environ.items() if name not in UNWANTED}


def mock(lifecycle: str, *options: str) -> list[str]:
    """Return the command of ours, as installed beside this Python."""
    program = str(Path(sysconfig.get_path("scripts"), "seedance-mock"))
    quiet = ("--port", "0", "--log-format", "none")
    return [program, "serve", *quiet, "--lifecycle", lifecycle, *options]


def bare(sizes: Mapping[Case, int]) -> list[str]:
    """Return the command of the bare application; its answers have `sizes`, in bytes."""
    routes = [(case.method, bare_path(case), case.status, size) for case, size in sizes.items()]
    return [sys.executable, str(HERE / "bare.py"), json.dumps(routes)]


def bare_path(case: Case) -> str:
    """Return the path of a case on the bare application, with a parameter where ours has one."""
    parameter = "/{task}" if "{task}" in case.path else ""
    return f"/{case.name.replace(' ', '-')}{parameter}"


def ask(server: Server, case: Case, path: str) -> bytes:
    """Send one request and return the body of the answer. Raises Broken for a wrong status."""
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=START_LIMIT)
    try:
        connection.request(case.method, path, case.body, HEADERS)
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != case.status:
        raise Broken(f"{case.name}: {response.status} instead of {case.status}: {body!r}")
    return body


def path_on(server: Server, case: Case) -> str:
    """Return the path of a case on ours, with a new task in it if it needs one."""
    if "{task}" not in case.path:
        return case.path
    return case.path.format(task=json.loads(ask(server, ACCEPTED, CREATE))["id"])


def resident(server: Server) -> float:
    """Return the resident memory in MB (10**6 bytes), NaN where the system is not Linux."""
    if not LINUX:
        return math.nan
    status = Path(f"/proc/{server.process_id}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024 / 1e6


def worked(server: Server) -> float:
    """Return the seconds of CPU time a server has had, NaN where the system is not Linux."""
    if not LINUX:
        return math.nan
    fields = Path(f"/proc/{server.process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Load:
    """Answers, and per second; latencies in ms; the server's CPU time in µs a request."""

    requests: int
    rate: float
    p50: float
    p99: float
    cpu: float = math.nan


DONE = """
done = function(summary, latency)
  local seen = summary.errors
  print(string.format(
    '{"requests":%d,"us":%d,"p50":%d,"p99":%d,"refused":%d,"failed":%d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    seen.status, seen.connect + seen.read + seen.write + seen.timeout))
end
"""
"""Has wrk end its report with a line of JSON. It counts every status from 400 as an error."""


def script(case: Case) -> str:
    """Return the Lua script that has wrk send the case."""
    lines = [f'wrk.headers["{name}"] = "{value}"' for name, value in HEADERS.items()]
    if case.body:
        lines += [f'wrk.method = "{case.method}"', f"wrk.body = [==[{case.body}]==]"]
    return "\n".join(lines) + DONE


def parsed(report: str, case: Case, worked: float = math.nan) -> Load:
    """Return what a report of wrk says, and the CPU time that the server `worked`, in seconds.

    Raises Broken where connections failed, or where not every answer was the case's.
    """
    seen = json.loads(report.splitlines()[-1])
    requests = seen["requests"]
    if not requests or seen["failed"]:
        raise Broken(f"{case.name}: {seen['failed']} failures beside {requests} answers")
    if seen["refused"] != (requests if case.status >= 400 else 0):
        raise Broken(f"{case.name}: {seen['refused']} of {requests} requests were refused")
    return Load(
        requests=requests,
        rate=requests / seen["us"] * 1e6,
        p50=seen["p50"] / 1e3,
        p99=seen["p99"] / 1e3,
        cpu=worked / requests * 1e6,
    )


def loaded(server: Server, path: str, case: Case, connections: int, seconds: int) -> Load:
    """Put a server under the load of one case."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "case.lua")
        file.write_text(script(case))
        size = ["-t1", f"-c{connections}", f"-d{seconds}s"]
        before = worked(server)
        finished = subprocess.run(
            ["wrk", *size, "-s", str(file), server.url + path],
            stdout=subprocess.PIPE,
            check=True,
            process_group=0,
            text=True,
            timeout=seconds + START_LIMIT,
        )
        after = worked(server)
    return parsed(finished.stdout, case, after - before)


def typical(loads: Sequence[Load]) -> Load:
    """Return the medians of several loads."""
    return Load(*map(median, zip(*map(astuple, loads), strict=True)))


Pair = tuple[float, float]
"""A figure of ours and of bare, taken one right after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A measure: medians of both, and what ours compares to bare, each time and in the median.

    Of a load there is more: `by_cpu` compares the requests that fit into a second of CPU time.
    """

    name: str
    unit: str
    ours: float
    bare: float
    compared: float
    each: Sequence[float]
    by_cpu: float = math.nan
    loads: tuple[Load, Load] | None = None


def row(
    name: str,
    unit: str,
    pairs: Sequence[Pair],
    compare: Callable[[float, float], float] = operator.truediv,
) -> Row:
    """Return the row of a measure."""
    ours, bare = (median(figures) for figures in zip(*pairs, strict=True))
    each = [compare(*pair) for pair in pairs]
    return Row(name=name, unit=unit, ours=ours, bare=bare, compared=median(each), each=each)


def load_row(case: Case, pairs: Sequence[tuple[Load, Load]]) -> Row:
    """Return the row of a case."""
    plain = row(case.name, "req/s", [(ours.rate, bare.rate) for ours, bare in pairs])
    by_cpu = median(bare.cpu / ours.cpu for ours, bare in pairs)
    ours, bare = (typical(loads) for loads in zip(*pairs, strict=True))
    return replace(plain, by_cpu=by_cpu, loads=(ours, bare))


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
            size = (options.connections, options.seconds)
            load = {server: loaded(server, path, case, *size) for server, path in order}
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
import seedance_mock.pytest_plugin
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """Ours with a full store of `tasks`: memory in MB, and medians of a poll and a create."""

    tasks: int
    memory: float
    poll: Load
    create: Load


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
        size = (options.connections, options.growth_seconds)
        load = {server: loaded(server, paths[server], case, *size) for server in order}
        rounds.append([load[server] for server in servers])
    return [typical(loads) for loads in zip(*rounds, strict=True)]


FORMS = {"req/s": "{:,.0f}", "s": "{:.2f}", "MB": "{:.1f}"}
HEADER = (
    *("measure", "unit", "ours", "bare", "compared", "goal", "met", "by CPU"),
    *(f"{who} p50 / p99 ms" for who in WHO),
)


def cells(row: Row) -> tuple[str, ...]:
    """Return a row as the table shows it."""
    form, goal = FORMS[row.unit], GOALS.get(row.name)
    return (
        row.name,
        row.unit,
        form.format(row.ours),
        form.format(row.bare),
        f"{row.compared:+.1f}" if row.unit == "MB" else f"{row.compared:.2f}x",
        f"{goal.sign} {goal.value:g}" if goal else "",
        ("yes" if goal.met(row.compared) else "no") if goal else "",
        f"{row.by_cpu:.2f}x" if row.loads else "",
        *(latency(load) for load in row.loads or ()),
    )


def latency(load: Load) -> str:
    """Return the latencies of a load as a table shows them."""
    return f"{load.p50:.1f} / {load.p99:.1f}"


ALONE_HEADER = ("measure", "ours", "goal", "met")

GROWTH_HEADER = (
    *("tasks in the store", "MB", "poll req/s", "CPU us", "p50 / p99 ms"),
    *("create req/s", "CPU us", "p50 / p99 ms"),
)


def growth_cells(growth: Growth) -> tuple[str, ...]:
    """Return a line of the table of growth."""
    loads = (
        cell
        for load in (growth.poll, growth.create)
        for cell in (f"{load.rate:,.0f}", f"{load.cpu:.0f}", latency(load))
    )
    return (f"{growth.tasks:,}", f"{growth.memory:.1f}", *loads)


def per_task(few: Growth, many: Growth) -> float:
    """Return the memory that one retained task takes, in kB."""
    return (many.memory - few.memory) * 1e3 / (many.tasks - few.tasks)


def alone(few: Growth, many: Growth, plugin: float) -> dict[str, float]:
    """Return the measures that compare ours to itself or to nothing."""
    return {
        "kB for a retained task": per_task(few, many),
        "poll p99, many tasks to few": many.poll.p99 / few.poll.p99,
        "ms to import the pytest plugin": plugin,
    }


def alone_cells(name: str, value: float) -> tuple[str, ...]:
    """Return such a measure as a table shows it."""
    goal = GOALS[name]
    return name, f"{value:.2f}", f"{goal.sign} {goal.value:g}", "yes" if goal.met(value) else "no"


def table(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Return a table as text: the first column to the left, the others to the right."""
    columns = list(zip_longest(header, *lines, fillvalue=""))
    widths = [max(map(len, column)) for column in columns]
    rows = list(zip(*columns, strict=True))
    shown = (
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]).rstrip()
        for row in (rows[0], ["-" * width for width in widths], *rows[1:])
    )
    return "\n".join(shown)


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
            "options": {name: vars(options)[name] for name in ("rounds", "seconds", "connections")},
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
