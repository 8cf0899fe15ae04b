"""Fixtures for tests of the examples against the mock server on a real port."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from seedance_mock.service.journal.entries import JournalEntry
from seedance_mock.testing.control_client import Control

from .reference_clients import Output, ReferenceClient, client_environment

KEY_NUMBERS = count()


@dataclass(frozen=True, slots=True)
class ClientRun:
    """The output of a client and the requests that the mock server received from it."""

    output: Output
    entries: list[JournalEntry]

    @property
    def outcome(self) -> object:
        """The outcome that the client reports."""
        return self.output.outcome

    def requests(self, place: str) -> list[JournalEntry]:
        """Return the requests to one kind of endpoint."""
        return [entry for entry in self.entries if entry.place == place]


Run = Callable[..., ClientRun]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """Give the URL of a server with a control API."""
    # One process for all tests of a worker. Each client has its own key, and so its own account.
    command = [sys.executable, "-m", "seedance_mock", "serve", "--port", "0"]
    options = ["--log-format", "none", "--lifecycle", "instant"]
    with subprocess.Popen([*command, *options], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"]
        process.terminate()


@pytest.fixture
def run(server: str, tmp_path: Path) -> Run:
    """Give a function that runs a client with an API key that contains `words`."""

    def run(client: ReferenceClient, words: str, **job: object) -> ClientRun:
        key = f"sk-mock-{words}--examples-{os.getpid()}-{next(KEY_NUMBERS)}"
        control = Control(server)
        account = control.open(key)
        kit_job = {"kit": 1, "poll_interval_s": 0.05, "deadline_s": 20, **job}
        output = client.run(client_environment(server, key, kit_job, tmp_path / "state"))
        assert key not in output.text
        return ClientRun(output, control.journal(account=account.name))

    return run
