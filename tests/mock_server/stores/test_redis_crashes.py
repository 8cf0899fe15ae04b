"""Servers of the mock, and the server of Redis, are killed in the middle of a load."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

import crashes

from .redis_server import RedisServer

pytest.importorskip("redis", reason="the library redis is not installed")

pytestmark = pytest.mark.slow("redis")

ROUNDS = 2


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """Give a server that writes each commit to its file, and flushes the file every second."""
    server = RedisServer("--appendonly", "yes", "--appendfsync", "everysec", folder=tmp_path)
    yield server
    server.stop()


@pytest.mark.parametrize("kill", ["worker", "server"])
def test_a_killed_mock_loses_nothing(kill: str, server: RedisServer) -> None:
    clients = crashes.run_rounds(server.url, ROUNDS, kill, workers=2, seed=1)

    assert sum(len(client.statuses) for client in clients) > ROUNDS


def test_a_killed_redis_loses_nothing_that_was_acknowledged(server: RedisServer) -> None:
    choice = random.Random(1)
    clients = [crashes.Client(f"sk-crash-{number}") for number in range(6)]
    for _ in range(ROUNDS):
        run_round(clients, server, choice)

    assert sum(len(client.statuses) for client in clients) > ROUNDS


def run_round(clients: list[crashes.Client], server: RedisServer, choice: random.Random) -> None:
    """Load two workers, kill Redis and start it again, and verify the state."""
    stop = threading.Event()
    failures: list[BaseException] = []

    def load(client: crashes.Client, seed: int) -> None:
        try:
            crashes.run_load(client, url, stop, random.Random(seed))
        except crashes.LostStateError as error:
            failures.append(error)

    with crashes.running_server(server.url, 2) as (_, url):
        for client in clients:
            grant(client, url)
        threads = [
            threading.Thread(target=load, args=(client, choice.getrandbits(32)))
            for client in clients
        ]
        for thread in threads:
            thread.start()
        time.sleep(choice.uniform(*crashes.LOAD_SECONDS))
        server.stop()
        time.sleep(0.3)
        server.start()
        time.sleep(choice.uniform(*crashes.LOAD_SECONDS))
        stop.set()
        for thread in threads:
            thread.join()
        assert failures == []
        crashes.verify(clients, url)


def grant(client: crashes.Client, url: str) -> None:
    """Set the balance of a client that has none yet."""
    if not client.statuses:
        connection = crashes.Connection(url, client.key)
        body = {"key": client.key, "balance_usd": str(client.granted)}
        assert connection.send("POST", "/_mock/accounts", body)[0] == 200
        connection.close()
