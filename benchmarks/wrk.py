"""A load from wrk, and what it says of the answers."""

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


@dataclass(frozen=True, slots=True)
class Load:
    """Answers, and per second; latencies in ms; the server's CPU time in µs a request."""

    requests: int
    rate: float
    p50: float
    p99: float
    cpu: float = math.nan


LUA_SUMMARY = """
done = function(summary, latency)
  local seen = summary.errors
  print(string.format(
    '{"requests":%d,"us":%d,"p50":%d,"p99":%d,"refused":%d,"failed":%d}',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    seen.status, seen.connect + seen.read + seen.write + seen.timeout))
end
"""
"""Has wrk end its report with a line of JSON. It counts every status from 400 as an error."""


def lua_script(case: Case) -> str:
    """Return the Lua script that has wrk send the case."""
    lines = [f'wrk.headers["{name}"] = "{value}"' for name, value in HEADERS.items()]
    if case.body:
        lines += [f'wrk.method = "{case.method}"', f"wrk.body = [==[{case.body}]==]"]
    return "\n".join(lines) + LUA_SUMMARY


def parse_report(report: str, case: Case, worked: float = math.nan) -> Load:
    """Return what a report of wrk says, and the CPU time that the server `worked`, in seconds.

    Raises Broken where connections failed, or where not every answer was the case's.
    """
    seen = json.loads(report.splitlines()[-1])
    requests = seen["requests"]
    if not requests or seen["failed"]:
        raise MeasurementError(f"{case.name}: {seen['failed']} failures beside {requests} answers")
    if seen["refused"] != (requests if case.status >= 400 else 0):
        raise MeasurementError(
            f"{case.name}: {seen['refused']} of {requests} requests were refused"
        )
    return Load(
        requests=requests,
        rate=requests / seen["us"] * 1e6,
        p50=seen["p50"] / 1e3,
        p99=seen["p99"] / 1e3,
        cpu=worked / requests * 1e6,
    )


def run_load(server: Server, path: str, case: Case, connections: int, seconds: int) -> Load:
    """Put a server under the load of one case."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "case.lua")
        file.write_text(lua_script(case))
        size = ["-t1", f"-c{connections}", f"-d{seconds}s"]
        before = cpu_seconds(server)
        finished = subprocess.run(
            ["wrk", *size, "-s", str(file), server.url + path],
            stdout=subprocess.PIPE,
            check=True,
            process_group=0,
            text=True,
            timeout=seconds + START_LIMIT,
        )
        after = cpu_seconds(server)
    return parse_report(finished.stdout, case, after - before)


def median_load(loads: Sequence[Load]) -> Load:
    """Return the medians of several loads."""
    return Load(*map(median, zip(*map(astuple, loads), strict=True)))
