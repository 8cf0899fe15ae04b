"""Runs a load with wrk, and reads its report."""

from __future__ import annotations

import json
import math
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path
from statistics import median

from servers import START_LIMIT, MeasurementError, Server, cpu_seconds
from workload import HEADERS, Case


# In one run wrk sends one kind of request only, so each case is a load of its own.
@dataclass(frozen=True, slots=True)
class Load:
    """A load: its responses, responses per second, latencies in ms, CPU time in µs a request."""

    requests: int
    rate: float
    p50: float
    p99: float
    cpu: float = math.nan


LUA_SUMMARY = """
done = function(summary, latency)
  local errors = summary.errors
  print(string.format(
    '{"requests":%d,"us":%d,"p50":%d,"p99":%d,"refused":%d,"failed":%d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
"""
"""A Lua function: wrk ends its report with a line of JSON.

wrk counts every status from 400 up as an error.
"""


def lua_script(case: Case, pause_ms: int = 0, paths: Sequence[str] = (), keys: int = 0) -> str:
    """Return the Lua script with which wrk sends a case.

    Each request comes after a pause, and takes one of the `paths`, and one of so many keys, at
    random if there are any.
    """
    lines = [f'wrk.headers["{name}"] = "{value}"' for name, value in HEADERS.items()]
    if case.body:
        lines += [f'wrk.method = "{case.method}"', f"wrk.body = [==[{case.body}]==]"]
    if pause_ms:
        # At random, so that the connections do not send at the same time.
        lines.append(f"delay = function() return math.random(0, {2 * pause_ms}) end")
    if paths:
        lines.append(f"local paths = {{{', '.join(map(json.dumps, paths))}}}")
        lines.append("request = function() return wrk.format(nil, paths[math.random(#paths)]) end")
    if keys:
        header = f'wrk.headers["Authorization"] = "Bearer sk-bench-" .. math.random({keys})'
        lines.append(f"request = function() {header}; return wrk.format() end")
    return "\n".join(lines) + LUA_SUMMARY


def parse_report(report: str, case: Case, cpu_time: float = math.nan) -> Load:
    """Return the load in a report of wrk; `cpu_time` is that of the server, in seconds.

    Raises MeasurementError if a connection failed, or if a response has another status than the
    case expects.
    """
    summary = json.loads(report.splitlines()[-1])
    requests = summary["requests"]
    if not requests or summary["failed"]:
        raise MeasurementError(
            f"{case.name}: {summary['failed']} failures and {requests} responses"
        )
    if summary["refused"] != (requests if case.status >= 400 else 0):
        raise MeasurementError(
            f"{case.name}: {summary['refused']} of {requests} requests were refused"
        )
    return Load(
        requests=requests,
        rate=requests / summary["us"] * 1e6,
        p50=summary["p50"] / 1e3,
        p99=summary["p99"] / 1e3,
        cpu=cpu_time / requests * 1e6,
    )


def run_load(
    server: Server,
    path: str,
    case: Case,
    connections: int,
    seconds: int,
    *,
    pause_ms: int = 0,
    paths: Sequence[str] = (),
    keys: int = 0,
) -> Load:
    """Put a server under the load of a case.

    A connection pauses for `pause_ms` on average. With `paths` each request takes one at random,
    with `keys` one of so many keys.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "case.lua")
        file.write_text(lua_script(case, pause_ms, paths, keys))
        # One thread: the server is one process, and on a machine with two cores each gets one.
        size = ["-t1", f"-c{connections}", f"-d{seconds}s"]
        before = cpu_seconds(server)
        finished = subprocess.run(
            ["wrk", *size, "-s", str(file), server.url + path],
            stdout=subprocess.PIPE,
            check=True,
            # Its own process group: Ctrl-C reaches only this program, which then stops wrk.
            process_group=0,
            text=True,
            timeout=seconds + START_LIMIT,
        )
        after = cpu_seconds(server)
    return parse_report(finished.stdout, case, after - before)


def median_load(loads: Sequence[Load]) -> Load:
    """Return the medians of several loads."""
    return Load(*map(median, zip(*map(astuple, loads), strict=True)))
