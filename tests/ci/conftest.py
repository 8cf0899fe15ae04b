"""A job of GitHub Actions, and a client that does little."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from .runner_emulator import Runner, pretend_installed

CLIENT = """\
import os
import urllib.request

request = urllib.request.Request(
    os.environ["TOKENLAB_BASE_URL"] + "/v1/videos/generations",
    b'{"model": "seedance-2.0", "prompt": "A paper boat"}',
    {"Authorization": "Bearer " + os.environ["TOKENLAB_API_KEY"]},
)
print("::error::from the client")
urllib.request.urlopen(request)
"""
"""A client that creates a task and never polls it. Its output looks like a workflow command."""


@pytest.fixture
def empty_runner(tmp_path: Path) -> Iterator[Runner]:
    """A job in which nothing is installed. What it has left running ends with the test."""
    runner = Runner(tmp_path)
    yield runner
    for file in runner.temporary.glob("seedance-mock/server-*/pid"):
        with suppress(ProcessLookupError):
            os.kill(int(file.read_text()), signal.SIGTERM)


@pytest.fixture
def runner(empty_runner: Runner) -> Runner:
    """A job in which an earlier step has installed this project."""
    pretend_installed(empty_runner)
    (empty_runner.workspace / "client.py").write_text(CLIENT)
    return empty_runner


@pytest.fixture(scope="module", autouse=True)
def unmeasured_processes(unmeasured: None) -> None:
    """Measure no process: whatever it covers is covered by the tests of its command, too."""
