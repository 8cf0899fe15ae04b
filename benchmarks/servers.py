"""Starts the two applications, each in its own process, and measures their processes."""

from __future__ import annotations

import http.client
import json
import math
import os
import subprocess
import sys
import sysconfig
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from workload import ACCEPTED, HEADERS, V3_ACCEPTED, V3_TASKS, Case

HERE = Path(__file__).parent
LINUX = sys.platform.startswith("linux")

REMOVED_VARIABLES = ("PYTHONDONTWRITEBYTECODE",)
"""Environment variables that no server gets."""

START_LIMIT = 30
"""The time limit in seconds for a server to start, and to respond."""


class MeasurementError(Exception):
    """A measurement is not valid."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `started_at` is the time of the spawn by `time.perf_counter`."""

    process_id: int
    url: str
    started_at: float


@contextmanager
def running_server(command: Sequence[str]) -> Iterator[Server]:
    """Run a server that prints a line of JSON when it is ready; kill it in the end."""
    started_at = time.perf_counter()
    # Its own process group: Ctrl-C reaches only this program, which then stops the servers.
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, process_group=0, env=server_environment()
    ) as process:
        timeout = threading.Timer(START_LIMIT, process.kill)
        timeout.start()
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            timeout.cancel()
            if not line:
                raise MeasurementError(f"not ready within {START_LIMIT} s: {' '.join(command)}")
            yield Server(process.pid, json.loads(line)["url"], started_at)
        finally:
            timeout.cancel()
            process.kill()


def server_environment() -> dict[str, str]:
    """Return the environment, without variables that keep Python from storing byte code."""
    # An installed package has its byte code. Without it the cold start would measure the compiler.
    return {name: value for name, value in os.environ.items() if name not in REMOVED_VARIABLES}


def mock_command(lifecycle: str, *options: str) -> list[str]:
    """Return the command of ours, as installed for this Python."""
    program = str(Path(sysconfig.get_path("scripts"), "seedance-mock"))
    # No access log: the bare application writes none either.
    quiet = ("--port", "0", "--log-format", "none")
    return [program, "serve", *quiet, "--lifecycle", lifecycle, *options]


def bare_command(sizes: Mapping[Case, int]) -> list[str]:
    """Return the command of the bare application; `sizes` of its responses are in bytes."""
    routes = [(case.method, bare_path(case), case.status, size) for case, size in sizes.items()]
    return [sys.executable, str(HERE / "bare.py"), json.dumps(routes)]


def bare_path(case: Case) -> str:
    """Return the path of a case on the bare application, with a parameter if ours has one."""
    parameter = "/{task}" if "{task}" in case.path else ""
    return f"/{case.name.replace(' ', '-')}{parameter}"


def send_request(server: Server, case: Case, path: str) -> bytes:
    """Send a request and return the body of the response.

    Raises MeasurementError for a wrong status.
    """
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=START_LIMIT)
    try:
        connection.request(case.method, path, case.body, HEADERS)
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != case.status:
        raise MeasurementError(f"{case.name}: {response.status} instead of {case.status}: {body!r}")
    return body


def case_path(server: Server, case: Case) -> str:
    """Return the path of a case on ours, with the id of a new task if it needs one."""
    if "{task}" not in case.path:
        return case.path
    create = V3_ACCEPTED if case.path.startswith(V3_TASKS) else ACCEPTED
    return case.path.format(task=json.loads(send_request(server, create, create.path))["id"])


def resident_memory(server: Server) -> float:
    """Return the resident memory in MB (10**6 bytes); NaN if the system is not Linux."""
    if not LINUX:
        return math.nan
    status = Path(f"/proc/{server.process_id}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024 / 1e6


def cpu_seconds(server: Server) -> float:
    """Return the CPU time of a server and its workers in seconds; NaN if it is not Linux."""
    if not LINUX:
        return math.nan
    children = Path(f"/proc/{server.process_id}/task/{server.process_id}/children").read_text()
    return sum(map(_cpu_seconds, [server.process_id, *map(int, children.split())]))


def _cpu_seconds(process_id: int) -> float:
    # proc(5): utime and stime are fields 14 and 15. The second field may contain spaces, so the
    # fields are counted from the parenthesis that ends it.
    fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
