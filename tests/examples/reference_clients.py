"""The two reference clients, as the tests run them."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Any, Protocol
from unittest import mock

import pytest

import driver
from seedance_client import Client

EXAMPLES = Path(__file__).parents[2] / "examples"


@dataclass(frozen=True, slots=True)
class Output:
    """What a client left behind."""

    exit_status: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """Everything that it printed."""
        return self.stdout + self.stderr

    @property
    def line(self) -> dict[str, Any]:
        """The outcome line: the last that is a JSON object; {} if there is none."""
        lines = [line for line in self.stdout.splitlines() if line.startswith("{")]
        outcome: dict[str, Any] = json.loads(lines[-1]) if lines else {}
        return outcome

    @property
    def outcome(self) -> object:
        """The outcome that the client reports."""
        return self.line.get("outcome")


class ReferenceClient(Protocol):
    """A reference client, and the clock that it lives by."""

    def run(self, environment: Mapping[str, str]) -> Output:
        """Run one job."""

    def clock(self) -> float:
        """Return the time in seconds, as the client measures it."""


@dataclass
class PythonClient:
    """The client in Python, run in this process, on a clock that moves only when it sleeps.

    An interpreter takes longer to start than most jobs take, and no test has to wait.
    """

    now: float = 0.0
    lock: Lock = field(default_factory=Lock)

    def run(self, environment: Mapping[str, str]) -> Output:
        client_class = partial(Client, sleep=self.sleep, clock=self.clock)
        stdout, stderr = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, environment, clear=True),
            redirect_stdout(stdout),
            redirect_stderr(stderr),
        ):
            exit_status = driver.main(client_class)
        return Output(exit_status, stdout.getvalue(), stderr.getvalue())

    def sleep(self, seconds: float) -> None:
        # A batch runs in several threads.
        with self.lock:
            self.now += seconds

    def clock(self) -> float:
        return self.now


@dataclass(frozen=True)
class ProgramClient:
    """A client that is a program: its command line and the rate of its clock."""

    command: tuple[str, ...]
    rate: float = 1.0

    def run(self, environment: Mapping[str, str]) -> Output:
        env = {**environment, "CLOCK_RATE": str(self.rate)}
        process = subprocess.run(self.command, env=env, capture_output=True, text=True, timeout=60)
        return Output(process.returncode, process.stdout, process.stderr)

    def clock(self) -> float:
        return time.monotonic() * self.rate


PYTHON = PythonClient()
# `-W error`: users run the client with their own filters, so it must cause no warning.
PYTHON_PROGRAM = ProgramClient((sys.executable, "-W", "error", str(EXAMPLES / "python/driver.py")))
NODE = (
    "node",
    "--import",
    str(EXAMPLES / "javascript/fast_clock.mjs"),
    str(EXAMPLES / "javascript/driver.mjs"),
)
# At a higher rate the deadlines of the jobs would be shorter than the pauses of a busy machine.
JAVASCRIPT = ProgramClient(NODE, rate=4.0)
JAVASCRIPT_IN_REAL_TIME = ProgramClient(NODE)

needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
slow = pytest.mark.slow("reference-clients")

each_client = pytest.mark.parametrize(
    "client",
    [
        pytest.param(PYTHON, id="python"),
        pytest.param(JAVASCRIPT, id="javascript", marks=[needs_node, slow]),
    ],
)
"""Runs a test with both clients, the client in JavaScript in the slow tier only."""


def each_client_and(
    name: str, values: Iterable[str], fast: Collection[str] = ()
) -> pytest.MarkDecorator:
    """Run a test with both clients and each value of the parameter `name`.

    The client in JavaScript runs in the slow tier, except with the values in `fast`.
    """
    # A misspelt value would leave the client in JavaScript out of the fast tier.
    values = list(values)
    assert set(fast) <= set(values)
    python = [pytest.param(PYTHON, value, id=f"python-{value!a}") for value in values]
    javascript = [
        pytest.param(
            JAVASCRIPT,
            value,
            id=f"javascript-{value!a}",
            marks=[needs_node] if value in fast else [needs_node, slow],
        )
        for value in values
    ]
    return pytest.mark.parametrize(("client", name), [*python, *javascript])


def client_environment(
    base_url: str, key: str, job: Mapping[str, object], folder: Path
) -> dict[str, str]:
    """Return the environment variables for a job."""
    inherited = {
        name: value for name, value in os.environ.items() if not name.startswith("SEEDANCE")
    }
    return {
        **inherited,
        "TOKENLAB_BASE_URL": base_url,
        "TOKENLAB_API_KEY": key,
        "KIT_JOB": json.dumps(job),
        "KIT_STATE_DIR": str(folder),
    }
