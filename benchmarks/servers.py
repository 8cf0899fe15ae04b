"""The two applications, each running in a process of its own."""

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

from workload import ACCEPTED, CREATE, HEADERS, Case

HERE = Path(__file__).parent
LINUX = sys.platform.startswith("linux")

REMOVED_VARIABLES = ("PYTHONDONTWRITEBYTECODE",)
"""Variables of the environment that no server gets."""

START_LIMIT = 30
"""Seconds until a server must be ready, or must answer."""


class MeasurementError(Exception):
    """What was measured is not what should have been."""


@dataclass(frozen=True, slots=True)
class Server:
    """A running server, spawned at `began` by `time.perf_counter`."""

    process_id: int
    url: str
    started_at: float


@contextmanager
def running_server(command: Sequence[str]) -> Iterator[Server]:
    """Run a server that prints the ready line; kill it in the end, whatever happens."""
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, process_group=0, env=server_environment()
    ) as process:
        too_late = threading.Timer(START_LIMIT, process.kill)
        too_late.start()
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            too_late.cancel()
            if not line:
                raise MeasurementError(f"not ready within {START_LIMIT} s: {' '.join(command)}")
            yield Server(process.pid, json.loads(line)["url"], began)
        finally:
            too_late.cancel()
            process.kill()


def server_environment() -> dict[str, str]:
    """Return the environment without what keeps Python from storing byte code.

    What is installed has its byte code; without it a start would be one of the compiler.
    """
    return {name: value for name, value in os.environ.items() if name not in REMOVED_VARIABLES}


def mock_command(lifecycle: str, *options: str) -> list[str]:
    """Return the command of ours, as installed beside this Python."""
    program = str(Path(sysconfig.get_path("scripts"), "seedance-mock"))
    quiet = ("--port", "0", "--log-format", "none")
    return [program, "serve", *quiet, "--lifecycle", lifecycle, *options]


def bare_command(sizes: Mapping[Case, int]) -> list[str]:
    """Return the command of the bare application; its answers have `sizes`, in bytes."""
    routes = [(case.method, bare_path(case), case.status, size) for case, size in sizes.items()]
    return [sys.executable, str(HERE / "bare.py"), json.dumps(routes)]


def bare_path(case: Case) -> str:
    """Return the path of a case on the bare application, with a parameter where ours has one."""
    parameter = "/{task}" if "{task}" in case.path else ""
    return f"/{case.name.replace(' ', '-')}{parameter}"


def send_request(server: Server, case: Case, path: str) -> bytes:
    """Send one request and return the body of the answer. Raises Broken for a wrong status."""
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
    """Return the path of a case on ours, with a new task in it if it needs one."""
    if "{task}" not in case.path:
        return case.path
    return case.path.format(task=json.loads(send_request(server, ACCEPTED, CREATE))["id"])


def resident_memory(server: Server) -> float:
    """Return the resident memory in MB (10**6 bytes), NaN where the system is not Linux."""
    if not LINUX:
        return math.nan
    status = Path(f"/proc/{server.process_id}/status").read_text()
    [line] = [line for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(line.split()[1]) * 1024 / 1e6


def cpu_seconds(server: Server) -> float:
    """Return the seconds of CPU time a server has had, NaN where the system is not Linux."""
    if not LINUX:
        return math.nan
    fields = Path(f"/proc/{server.process_id}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
