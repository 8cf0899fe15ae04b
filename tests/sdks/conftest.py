"""Fixtures for tests with SDKs that others publish, against the mock server on a real port."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from seedance_mock.service.journal.entries import JournalEntry
from seedance_mock.testing.control_client import Control

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
KEY_NUMBERS = count()


@pytest.fixture(scope="session")
def sdk_python(pytestconfig: pytest.Config) -> Path:
    """Give the interpreter of an environment with the SDKs. Skips if they cannot be installed."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = pytestconfig.cache.mkdir("sdks") / digest
    python = folder / "bin/python"
    complete = folder / "complete"
    # Several workers of pytest share the folder: one installs, the others wait.
    with Path(f"{folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        _install(folder, python, complete)
    return python


def _install(folder: Path, python: Path, complete: Path) -> None:
    if not complete.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        # Compiling would take longer than all tests: one package has 10,000 modules.
        options = [
            "--quiet",
            "--no-compile",
            "--disable-pip-version-check",
            "--timeout=10",
            "--retries=1",
        ]
        install: list[str | Path] = [
            python,
            "-m",
            "pip",
            "install",
            *options,
            "--requirement",
            REQUIREMENTS,
        ]
        result = subprocess.run(install, capture_output=True, text=True)
        if result.returncode:
            pytest.skip(f"the SDKs cannot be installed: {result.stderr[-300:]}")
        complete.touch()


@pytest.fixture(scope="session")
def sdk_modules() -> Path:
    """Give the folder of the packages of npm. Skips if the Makefile could not install them."""
    folder = Path(sys.prefix, "npm")
    if not (folder / "node_modules/@ai-sdk/bytedance").exists():
        pytest.skip("no @ai-sdk/bytedance: make test-slow needs npm")
    return folder


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Give the URL of a server. Each scenario has its own key, and so its own account."""
    command = [sys.executable, "-m", "seedance_mock", "serve", "--port", "0"]
    with subprocess.Popen(
        [*command, "--log-format", "none"], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()


class SdkRun:
    """What an SDK returned in each scenario, and the requests that the server received from it."""

    def __init__(
        self,
        outcomes: dict[str, Any],
        journals: dict[str, list[JournalEntry]],
        accounts: dict[str, str],
    ) -> None:
        self.outcomes = outcomes
        self.accounts = accounts
        self._journals = journals

    def statuses(self, scenario: str, place: str) -> list[int | None]:
        """Return the statuses of the responses to one kind of request in a scenario."""
        return [entry.status for entry in self._journals[scenario] if entry.place == place]


RunScenarios = Callable[..., SdkRun]


@pytest.fixture(scope="session")
def run_scenarios(server: str) -> RunScenarios:
    """Give a function that runs a program with scenarios, each with the words of its key."""

    def run(command: list[str | Path], words: dict[str, str], **variables: str) -> SdkRun:
        keys = {
            name: f"sk-mock-{text}--sdk-{os.getpid()}-{next(KEY_NUMBERS)}"
            for name, text in words.items()
        }
        control = Control(server)
        accounts = {name: control.open(key).name for name, key in keys.items()}
        process = subprocess.run(
            command,
            input=json.dumps(keys),
            env=os.environ | {"BASE_URL": f"{server}/api/v3"} | variables,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert process.returncode == 0, process.stderr
        journals = {name: control.journal(account=name_of) for name, name_of in accounts.items()}
        return SdkRun(json.loads(process.stdout), journals, accounts)

    return run
