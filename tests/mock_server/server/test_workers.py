"""Several processes on one port, with a store that they share."""

from __future__ import annotations

import multiprocessing
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from seedance_mock.server import workers
from seedance_mock.server.run import listen, url_for
from seedance_mock.server.workers import MAX_FAILED_STARTS, WorkersFailedError, serve_with_workers
from seedance_mock.settings import Settings
from seedance_mock.stores.sqlite.database import Database

from .test_process import BODY, first_line, outcome

Launch = Callable[..., subprocess.Popen[str]]

KEY = {"Authorization": "Bearer sk-workers"}

WORKERS = "2"


@contextmanager
def connections(url: str, count: int) -> Iterator[list[httpx.Client]]:
    """Give clients with a connection each: the system spreads them over the workers."""
    clients = [httpx.Client(base_url=url, headers=KEY) for _ in range(count)]
    try:
        yield clients
    finally:
        for client in clients:
            client.close()


def worker_ids(process: subprocess.Popen[str]) -> list[int]:
    """Return the process ids of the workers of a server."""
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    return [int(child) for child in children if "spawn_main" in command_line(child)]


def command_line(process_id: str) -> str:
    """Return the command line of a process; empty if the process has ended."""
    with suppress(OSError):
        return Path(f"/proc/{process_id}/cmdline").read_text()
    return ""


@pytest.fixture
def server(launch: Launch, tmp_path: Path) -> subprocess.Popen[str]:
    """Give a server with two workers on a file."""
    store = f"sqlite:{tmp_path / 'mock.db'}"
    return launch("--port", "0", "--log-format", "none", "--store", store, "--workers", WORKERS)


def counted_creates(client: httpx.Client) -> float:
    """Return how many creates `/metrics` shows."""
    sample = re.search(r'_requests_total{endpoint="create".*} (\S+)', client.get("/metrics").text)
    return float(sample[1]) if sample else 0


@pytest.mark.skipif(sys.platform != "linux", reason="/proc lists the workers")
def test_workers_share_tasks_clocks_journal_and_metrics(launch: Launch, tmp_path: Path) -> None:
    options = ("--store", f"sqlite:{tmp_path / 'mock.db'}", "--workers", WORKERS, "--metrics")
    server = launch("--port", "0", "--log-format", "none", *options)
    url = str(first_line(server)["url"])
    assert len(worker_ids(server)) == int(WORKERS)
    with connections(url, 12) as clients:
        account = clients[0].post("/_mock/accounts", json={"key": "sk-workers", "mode": "frozen"})
        name = account.json()["name"]
        tasks = [client.post("/v1/videos/generations", json=BODY).json() for client in clients]
        pending = {client.get(tasks[0]["poll_url"]).json()["status"] for client in clients}

        moved = clients[1].post(f"/_mock/accounts/{name}/clock", json={"advance_s": 60})

        ended = {client.get(tasks[0]["poll_url"]).json()["status"] for client in clients}
        entries = clients[2].get("/_mock/journal", params={"place": "create"}).json()["entries"]
        # A worker shows the counts of the others as they were at most half a second ago.
        deadline = time.monotonic() + 10
        while counted_creates(clients[3]) < len(tasks) and time.monotonic() < deadline:
            pass
        creates = counted_creates(clients[3])

    assert creates == len(tasks)
    assert (moved.status_code, pending, ended) == (200, {"pending"}, {"completed"})
    # Entries of other workers are written within 0.1 s, and the polls took less.
    assert len(entries) <= len(tasks)
    server.send_signal(signal.SIGTERM)
    assert outcome(server) == (0, "", "")


@pytest.mark.skipif(sys.platform != "linux", reason="/proc lists the workers")
def test_a_killed_worker_is_replaced_and_no_task_is_lost(server: subprocess.Popen[str]) -> None:
    url = str(first_line(server)["url"])
    before = worker_ids(server)
    with httpx.Client(base_url=url, headers=KEY) as client:
        task = client.post("/v1/videos/generations", json=BODY).json()

    os.kill(before[0], signal.SIGKILL)
    while len(after := worker_ids(server)) < len(before) or before[0] in after:
        pass

    with connections(url, 4) as clients:
        statuses = [client.get(task["poll_url"]).status_code for client in clients]
    assert statuses == [200] * 4
    server.send_signal(signal.SIGINT)
    code, _, log = outcome(server)
    assert (code, log) == (0, "A worker has ended and is replaced.\n")


def test_workers_that_never_serve_end_the_server(tmp_path: Path) -> None:
    settings = Settings(store=f"sqlite:{tmp_path}/missing/mock.db")
    listener = listen("127.0.0.1", 0)

    with pytest.raises(WorkersFailedError):
        serve_with_workers(settings, [listener], lambda: None, count=1, keep_alive=5)

    assert listener.fileno() == -1


def test_failed_starts_do_not_end_a_server_that_has_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "RESTART_PAUSES", (0.01, 0.02))
    path, away = tmp_path / "mock.db", tmp_path / "away.db"
    Database(path).close()
    listener = listen("127.0.0.1", 0)
    url = url_for(listener)
    pauses: list[str] = []
    responses: list[int] = []

    def lose_store_and_worker() -> None:
        # The next worker must not create another one.
        path.rename(away)
        multiprocessing.active_children()[0].kill()

    def note(message: str, pause: str) -> None:
        pauses.append(pause)
        if len(pauses) == MAX_FAILED_STARTS + 1:
            away.rename(path)
            threading.Thread(target=wait_and_stop).start()

    def wait_and_stop() -> None:
        # The listener is open all the time, so the connection waits for the next worker.
        responses.append(httpx.get(f"{url}/healthz", timeout=60).status_code)
        os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(workers.logger, "warning", note)
    serve_with_workers(
        Settings(store=f"sqlite:{path}"), [listener], lose_store_and_worker, count=1, keep_alive=5
    )

    # The first one has served.
    assert pauses == ["", " in 0.01 s", " in 0.02 s", " in 0.02 s"]
    assert responses == [200]


def test_a_port_is_free_after_the_end(server: subprocess.Popen[str]) -> None:
    host, _, port = str(first_line(server)["url"]).removeprefix("http://").rpartition(":")
    server.send_signal(signal.SIGTERM)
    assert outcome(server)[0] == 0

    socket.create_server((host, int(port))).close()


def test_a_worker_that_does_not_end_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(workers, "STOP_SECONDS", 0.0)
    path = tmp_path / "mock.db"
    Database(path).close()
    settings = Settings(store=f"sqlite:{path}")

    def stop() -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    serve_with_workers(settings, [listen("127.0.0.1", 0)], stop, count=1, keep_alive=5)

    assert multiprocessing.active_children() == []
