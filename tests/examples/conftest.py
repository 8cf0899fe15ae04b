"""The examples as their users run them: as programs, against a real server on a real port."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

import driver
from seedance_mock.service.journal import JournalEntry
from seedance_mock.testing.control_client import Control

EXAMPLES = Path(__file__).parents[2] / "examples"
PYTHON = [sys.executable, "-W", "error", str(EXAMPLES / "python/driver.py")]
NODE = ["node", str(EXAMPLES / "javascript/driver.mjs")]
KEYS = count()


@dataclass(frozen=True, slots=True)
class Told:
    """What a client left behind: exit code, its last line, everything it said, the exchanges."""

    code: int
    line: dict[str, Any]
    text: str
    entries: list[JournalEntry]

    @property
    def outcome(self) -> object:
        """What it says became of the job."""
        return self.line.get("outcome")

    def sent(self, place: str) -> list[JournalEntry]:
        """The requests to one kind of endpoint."""
        return [entry for entry in self.entries if entry.place == place]


Run = Callable[..., Told]


def last_line(text: str) -> dict[str, Any]:
    """Return the last line that is a JSON object of the kit, or nothing."""
    for line in reversed(text.splitlines()):
        if line.startswith("{"):
            found: dict[str, Any] = json.loads(line)
            return found
    return {}


def environment(base_url: str, key: str, job: Mapping[str, object], folder: Path) -> dict[str, str]:
    """Return what a client finds in its environment."""
    own = {"TOKENLAB_BASE_URL": base_url, "TOKENLAB_API_KEY": key, "KIT_JOB": json.dumps(job)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SEEDANCE")}
    return {**kept, **own, "KIT_STATE_DIR": str(folder)}


def started(command: list[str], env: Mapping[str, str]) -> tuple[int, str, str]:
    """Run a client, and return its exit code and what it said."""
    done = subprocess.run(command, env=dict(env), capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def called(_: list[str], env: Mapping[str, str]) -> tuple[int, str, str]:
    """Run the client in Python here, as if it were started: a start costs more than the run."""
    out, err = io.StringIO(), io.StringIO()
    with mock.patch.dict(os.environ, env, clear=True), redirect_stdout(out), redirect_stderr(err):
        code = driver.main()
    return code, out.getvalue(), err.getvalue()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Give the URL of a server with a control API."""
    command = [sys.executable, "-m", "seedance_mock", "serve", "--port", "0"]
    options = ["--log-format", "none", "--lifecycle", "instant"]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()


@pytest.fixture
def run(server: str, tmp_path: Path) -> Run:
    """Give a function that runs a client whose key says `words`, and tells what it did."""

    def run(command: list[str], words: str, base_url: str = "", **job: object) -> Told:
        key = f"sk-mock-{words}--examples-{os.getpid()}-{next(KEYS)}"
        control = Control(server)
        account = control.open(key)
        asked = {"kit": 1, "poll_interval_s": 0.05, "deadline_s": 20, **job}
        env = environment(base_url or server, key, asked, tmp_path / "state")
        code, out, err = started(command, env)
        journal = control.journal(account=account.name)
        assert key not in out + err
        return Told(code, last_line(out), out + err, journal)

    return run
