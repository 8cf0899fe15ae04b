"""Kills a server or one of its workers in the middle of a load, and checks what is left.

Each round starts a server on the same store, lets clients create, poll, cancel and top up for a
moment, sends SIGKILL, starts the server again and compares its state with what the clients know:
no acknowledged create, cancellation or top-up is lost, no task goes back, no task is charged twice,
and no key sees the tasks of another one.

    python benchmarks/crashes.py --store sqlite:mock.db --rounds 100 --kill worker
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

CREATE_BODY = {"model": "seedance-2.0-fast", "prompt": "A paper boat", "resolution": "480p"}
GRANTED = Decimal(50)
RANKS = {"pending": 0, "processing": 1, "completed": 2, "failed": 2}
LOAD_SECONDS = (0.2, 0.8)
"""How long the load of a round lasts, at random between these."""


class LostStateError(Exception):
    """The server does not show what it has acknowledged."""


@dataclass(slots=True)
class Client:
    """A client with a key of its own, and what the server has told it so far.

    Args:
        key: its API key.
        statuses: the latest status of each task that the client knows.
        cancelled: the tasks whose cancellation was acknowledged.
        granted: the balance that was granted, in USD, with all acknowledged top-ups.
        unanswered: the requests that changed something and got no answer, by kind.
    """

    key: str
    statuses: dict[str, str] = field(default_factory=dict)
    cancelled: set[str] = field(default_factory=set)
    granted: Decimal = GRANTED
    unanswered: dict[str, int] = field(default_factory=lambda: {"create": 0, "top_up": 0})


class Connection:
    """Requests to the server under one key. Raises OSError or HTTPException without an answer."""

    def __init__(self, url: str, key: str) -> None:
        parts = urlsplit(url)
        self._connection = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=10)
        self._headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    def send(self, method: str, path: str, body: object = None) -> tuple[int, Any]:
        """Return the status and the JSON of the response."""
        text = None if body is None else json.dumps(body)
        self._connection.request(method, path, text, self._headers)
        response = self._connection.getresponse()
        return response.status, json.loads(response.read())

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()


NO_ANSWER = (OSError, http.client.HTTPException)


@contextmanager
def running_server(store: str, workers: int) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run a server on a store. Give its process and its URL."""
    command = [sys.executable, "-m", "seedance_mock", "serve", "--port", "0", "--store", store]
    options = ["--workers", str(workers), "--log-format", "none", "--lifecycle", "quick"]
    # A session of its own, so that one signal reaches all of its processes.
    with subprocess.Popen(
        [*command, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout is not None
            yield process, json.loads(process.stdout.readline())["url"]
        finally:
            kill_all(process)


def kill_all(process: subprocess.Popen[str]) -> None:
    """Kill a server and its workers."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def kill_worker(process: subprocess.Popen[str], choice: random.Random) -> None:
    """Kill one of the workers of a server."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    workers = [
        child for child in children if "spawn_main" in Path(f"/proc/{child}/cmdline").read_text()
    ]
    os.kill(int(choice.choice(workers)), signal.SIGKILL)


def run_load(client: Client, url: str, stop: threading.Event, choice: random.Random) -> None:
    """Send requests until `stop` is set, and note the answers."""
    connection = Connection(url, client.key)
    while not stop.is_set():
        kind = choice.choices(["create", "poll", "cancel", "top_up"], [4, 8, 2, 1])[0]
        try:
            _ACTIONS[kind](client, connection, choice)
        except NO_ANSWER:
            if kind in client.unanswered:
                client.unanswered[kind] += 1
            # The connection may be to a killed worker: the others go on.
            connection.close()
            time.sleep(0.01)
    connection.close()


def create(client: Client, connection: Connection, choice: random.Random) -> None:
    """Create a task."""
    status, body = connection.send("POST", "/v1/videos/generations", CREATE_BODY)
    if status == 200:
        client.statuses[body["id"]] = "pending"


def poll(client: Client, connection: Connection, choice: random.Random) -> None:
    """Read a task and compare its status with the latest known one."""
    if client.statuses:
        read(client, connection, choice.choice(list(client.statuses)))


def read(client: Client, connection: Connection, task_id: str) -> None:
    """Read a task. Raises LostStateError if it is not there or has gone back."""
    status, body = connection.send("GET", f"/v1/tasks/{task_id}")
    if status == 503:
        return
    before = client.statuses[task_id]
    if status != 200 or RANKS[body["status"]] < RANKS[before]:
        raise LostStateError(f"{task_id} was {before}, and now: {status} {body}")
    if task_id in client.cancelled and body.get("cancelled") is not True:
        raise LostStateError(f"{task_id} was cancelled, and now: {body}")
    if RANKS[before] == RANKS["failed"] and body["status"] != before:
        raise LostStateError(f"{task_id} has ended as {before}, and now: {body}")
    client.statuses[task_id] = body["status"]


def cancel(client: Client, connection: Connection, choice: random.Random) -> None:
    """Cancel a task."""
    if client.statuses:
        task_id = choice.choice(list(client.statuses))
        status, body = connection.send("DELETE", f"/v1/tasks/{task_id}")
        if status == 200:
            client.cancelled.add(task_id)
            client.statuses[task_id] = body["status"]


def top_up(client: Client, connection: Connection, choice: random.Random) -> None:
    """Grant a cent."""
    name = account_name(client, connection)
    status, _ = connection.send("POST", f"/_mock/accounts/{name}", {"top_up_usd": "0.01"})
    if status == 200:
        client.granted += Decimal("0.01")


def account_name(client: Client, connection: Connection) -> str:
    """Return the name of the account of a client."""
    _, body = connection.send("POST", "/_mock/accounts", {"key": client.key})
    return str(body["name"])


_ACTIONS = {"create": create, "poll": poll, "cancel": cancel, "top_up": top_up}


def verify(clients: Sequence[Client], url: str) -> None:
    """Compare the server with what its clients know. Raises LostStateError."""
    stranger = Connection(url, "sk-stranger")
    for client in clients:
        connection = Connection(url, client.key)
        for task_id in client.statuses:
            read(client, connection, task_id)
        if client.statuses:
            status, _ = stranger.send("GET", f"/v1/tasks/{next(iter(client.statuses))}")
            if status != 403:
                raise LostStateError(f"another key reads a task: {status}")
        verify_money(client, connection)
        connection.close()
    stranger.close()


def verify_money(client: Client, connection: Connection) -> None:
    """Compare the money of an account with its tasks."""
    name = account_name(client, connection)
    _, account = connection.send("GET", f"/_mock/accounts/{name}")
    parts = ("balance_usd", "reserved_usd", "charged_usd")
    total = sum((Decimal(account[part]) for part in parts), Decimal(0))
    most = client.granted + client.unanswered["top_up"] * Decimal("0.01")
    if not client.granted <= total <= most:
        raise LostStateError(f"{name} was granted {client.granted} to {most}, and has {account}")
    # In the same answer as the money: tasks end all the time.
    tasks = account["ledger"]
    known = len(client.statuses)
    if not known <= len(tasks) <= known + client.unanswered["create"]:
        raise LostStateError(f"{name} has {len(tasks)} tasks, and the client knows {known}")
    charged = sum((Decimal(task["charged_usd"]) for task in tasks), Decimal(0))
    if charged != Decimal(account["charged_usd"]):
        raise LostStateError(f"{name} was charged {account['charged_usd']} instead of {charged}")
    # What the client has learnt is the start of the next round.
    client.granted = total
    client.unanswered = {"create": 0, "top_up": 0}
    for task in tasks:
        client.statuses.setdefault(task["task_id"], task["status"])


def run_round(
    store: str, clients: Sequence[Client], kill: str, workers: int, choice: random.Random
) -> None:
    """Load a server, kill it or a worker, and verify the state afterwards."""
    stop = threading.Event()
    failures: list[BaseException] = []

    def load(client: Client, seed: int) -> None:
        try:
            run_load(client, url, stop, random.Random(seed))
        except LostStateError as error:
            failures.append(error)

    with running_server(store, workers) as (process, url):
        threads = [
            threading.Thread(target=load, args=(client, choice.getrandbits(32)))
            for client in clients
        ]
        for thread in threads:
            thread.start()
        time.sleep(choice.uniform(*LOAD_SECONDS))
        if kill == "worker":
            kill_worker(process, choice)
            time.sleep(choice.uniform(*LOAD_SECONDS))
        else:
            kill_all(process)
        stop.set()
        for thread in threads:
            thread.join()
        if kill == "worker":
            verify(clients, url)
    if failures:
        raise failures[0]
    with running_server(store, workers) as (_, url):
        verify(clients, url)


def run_rounds(store: str, rounds: int, kill: str, workers: int, seed: int) -> Sequence[Client]:
    """Run rounds on one store and return the clients. Raises LostStateError."""
    choice = random.Random(seed)
    clients = [Client(f"sk-crash-{choice.getrandbits(64):x}") for _ in range(6)]
    with running_server(store, 1) as (_, url):
        for client in clients:
            connection = Connection(url, client.key)
            body = {"key": client.key, "balance_usd": str(GRANTED)}
            connection.send("POST", "/_mock/accounts", body)
            connection.close()
    for _ in range(rounds):
        run_round(store, clients, kill, workers, choice)
    return clients


def main() -> None:
    """Run the rounds and print what the clients did."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("--store", required=True, help="the store, such as sqlite:mock.db")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--kill", choices=["server", "worker"], default="server")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    clients = run_rounds(
        arguments.store, arguments.rounds, arguments.kill, arguments.workers, arguments.seed
    )
    tasks = sum(len(client.statuses) for client in clients)
    cancelled = sum(len(client.cancelled) for client in clients)
    print(f"{arguments.rounds} rounds: nothing lost of {tasks} tasks, {cancelled} cancelled")


if __name__ == "__main__":
    main()
