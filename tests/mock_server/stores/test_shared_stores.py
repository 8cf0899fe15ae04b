"""State that two workers share: what a crash leaves of it, and what several clients see."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import crash_clients
import crashes
import histories

from .redis_server import RedisServer

pytestmark = [
    pytest.mark.slow("stores"),
    pytest.mark.skipif(sys.platform != "linux", reason="/proc lists the workers"),
]

ROUNDS = 1
"""How often something is killed. `benchmarks/crashes.py --all` does it a hundred times."""

HISTORIES = 5
KILLED_HISTORIES = 2


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """Give a server that writes each commit to its file, and flushes the file every second."""
    pytest.importorskip("redis", reason="the library redis is not installed")
    server = RedisServer("--appendonly", "yes", "--appendfsync", "everysec", folder=tmp_path)
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "redis"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the URL of an empty store that processes can share."""
    if request.param == "sqlite":
        return f"sqlite:{tmp_path}/mock.db"
    return str(request.getfixturevalue("server").url)


@pytest.mark.parametrize("kill", ["worker", "server"])
def test_a_killed_process_loses_nothing_that_was_acknowledged(kill: str, url: str) -> None:
    clients = crashes.run_rounds(crashes.Experiment(url, kill), ROUNDS)

    assert sum(len(client.statuses) for client in clients) > 0


def test_a_killed_redis_loses_nothing_that_was_acknowledged(server: RedisServer) -> None:
    experiment = crashes.Experiment(server.url, "redis", redis=server)

    clients = crashes.run_rounds(experiment, ROUNDS)

    assert sum(len(client.statuses) for client in clients) > 0


def test_a_redis_that_pauses_for_3_seconds_is_waited_for(server: RedisServer) -> None:
    with crashes.running_server(server.url, 2) as (_, url):
        clients = crashes.new_clients(url)
        with crashes.running_load(clients, url, random.Random(1)) as end_load:
            server.process.send_signal(signal.SIGSTOP)
            time.sleep(3)
            server.process.send_signal(signal.SIGCONT)
            end_load()

        assert all(sum(client.unanswered.values()) == 0 for client in clients)
        assert sum(len(client.statuses) for client in clients) > 0
        crash_clients.verify(clients, url)


def test_one_order_explains_what_clients_of_two_workers_see(url: str) -> None:
    operations = histories.judge_histories(url, HISTORIES)

    assert {operation.kind for operation in operations} == set(histories.KINDS)
    assert all(operation.result is not None for operation in operations)


def test_one_order_explains_what_clients_of_a_killed_worker_see(url: str) -> None:
    operations = histories.judge_histories(url, KILLED_HISTORIES, kill=True)

    assert {operation.kind for operation in operations} == set(histories.KINDS)


def test_a_server_with_two_workers_conforms(url: str) -> None:
    with crashes.running_server(url, 2) as (_, server_url):
        command = [sys.executable, "-m", "seedance_mock", "check-server", server_url]
        options = ["--quick", "--seed", "7"]
        ended = subprocess.run([*command, *options], capture_output=True, text=True)

    assert ended.returncode == 0, ended.stdout + ended.stderr
