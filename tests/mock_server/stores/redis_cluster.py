"""A real cluster of three Redis servers for tests."""

from __future__ import annotations

import shutil
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from .redis_server import RedisServer

CLI = shutil.which("redis-cli") or "valkey-cli"

SLOTS = 16_384
"""How many hash slots a cluster has."""

START_SECONDS = 20.0
"""How long the servers may take to find each other."""


class RedisCluster:
    """Three servers that share the hash slots, without replicas."""

    def __init__(self, folder: Path) -> None:
        # What has been started is stopped also if the rest fails.
        with ExitStack() as started:
            self._start(folder, started)
            self._open = started.pop_all()

    def _start(self, folder: Path, started: ExitStack) -> None:
        import redis

        self.servers: list[RedisServer] = []
        self.clients: list[Any] = []
        for number in range(3):
            data = folder / str(number)
            data.mkdir()
            server = RedisServer("--cluster-enabled", "yes", folder=data)
            started.callback(server.stop)
            client = redis.Redis.from_url(server.url)
            started.callback(client.close)
            self.servers.append(server)
            self.clients.append(client)
        self.url = self.servers[0].url.replace("redis:", "redis+cluster:")
        bounds = [number * SLOTS // 3 for number in range(4)]
        for client, first, end in zip(self.clients, bounds, bounds[1:], strict=False):
            client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, end - 1)
        for server in self.servers[1:]:
            self.clients[0].execute_command(
                "CLUSTER", "MEET", "127.0.0.1", server.port, server.cluster_port
            )
        self._wait_until_ready()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not all(self._is_ready(client) for client in self.clients):
            if time.monotonic() > deadline:
                raise RuntimeError("the servers have not formed a cluster")
            time.sleep(0.05)

    def _is_ready(self, client: Any) -> bool:
        info: bytes = client.execute_command("CLUSTER", "INFO")
        return b"cluster_state:ok" in info and b"cluster_known_nodes:3" in info

    def move_slots(self, source: int, target: int, count: int) -> None:
        """Move slots with their keys from a server to another, as an operator does it."""
        ids = [client.execute_command("CLUSTER", "MYID").decode() for client in self.clients]
        subprocess.run(
            [
                *(CLI, "--cluster", "reshard", f"127.0.0.1:{self.servers[0].port}"),
                *("--cluster-from", ids[source], "--cluster-to", ids[target]),
                *("--cluster-slots", str(count), "--cluster-yes"),
            ],
            check=True,
            capture_output=True,
            text=True,
        )

    def key_counts(self) -> list[int]:
        """Return how many keys each server has."""
        return [client.dbsize() for client in self.clients]

    def close(self) -> None:
        """Stop the servers."""
        self._open.close()
