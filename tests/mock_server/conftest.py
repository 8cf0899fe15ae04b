"""What several test modules of the mock server share."""

from __future__ import annotations

import json
import os
import subprocess
import sysconfig
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

PROGRAM = Path(sysconfig.get_path("scripts"), "seedance-mock")


@pytest.fixture
def poll(user: TestClient) -> Callable[[str], Any]:
    """Give a function that reads a task and returns what the API shows of it."""

    def read(task_id: str) -> Any:
        answer = user.get(f"/v1/tasks/{task_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    return read


@pytest.fixture(scope="module")
def launch() -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Give a function that runs `seedance-mock serve` in a process, ended with the module."""
    with ExitStack() as processes:

        def start(*options: str, **variables: str) -> subprocess.Popen[str]:
            process = subprocess.Popen(
                [PROGRAM, "serve", *options],
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
                env=os.environ | variables,
            )
            processes.enter_context(process)
            processes.callback(process.terminate)
            return process

        yield start


@pytest.fixture(scope="module")
def serve(
    launch: Callable[..., subprocess.Popen[str]],
) -> Callable[..., tuple[subprocess.Popen[str], int]]:
    """Give a function that runs a server on a free port and returns its process and port."""

    def ready(*options: str, **variables: str) -> tuple[subprocess.Popen[str], int]:
        process = launch("--port", "0", *options, **variables)
        assert process.stdout is not None
        url = json.loads(process.stdout.readline())["url"]
        return process, int(url.rpartition(":")[2])

    return ready
