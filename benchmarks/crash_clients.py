"""Clients that remember what a server has acknowledged, and compare it with what it shows later."""

from __future__ import annotations

import http.client
import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

CREATE_BODY = {"model": "seedance-2.0-fast", "prompt": "A paper boat", "resolution": "480p"}
GRANTED = Decimal(50)
RANKS = {"pending": 0, "processing": 1, "completed": 2, "failed": 2}


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


def open_account(client: Client, url: str) -> None:
    """Open the account of a client with its balance."""
    connection = Connection(url, client.key)
    body = {"key": client.key, "balance_usd": str(client.granted)}
    status, answer = connection.send("POST", "/_mock/accounts", body)
    connection.close()
    if status != 200:
        raise LostStateError(f"cannot open an account: {status} {answer}")


def run_load(client: Client, url: str, stop: threading.Event, choice: random.Random) -> None:
    """Send requests until `stop` is set, and note the answers."""
    connection = Connection(url, client.key)
    while not stop.is_set():
        kind = choice.choices([*_ACTIONS], [4, 8, 2, 1])[0]
        try:
            status = _ACTIONS[kind](client, connection, choice)
        except NO_ANSWER:
            status = None
            # The connection may be to a killed worker: the others go on.
            connection.close()
            time.sleep(0.01)
        # After a 503 the request may have been applied too: the store did not reply in time.
        if status in (None, 503) and kind in client.unanswered:
            client.unanswered[kind] += 1
    connection.close()


def create(client: Client, connection: Connection, choice: random.Random) -> int:
    """Create a task."""
    status, body = connection.send("POST", "/v1/videos/generations", CREATE_BODY)
    if status == 200:
        client.statuses[body["id"]] = "pending"
    return status


def poll(client: Client, connection: Connection, choice: random.Random) -> int:
    """Read a task and compare its status with the latest known one."""
    if client.statuses:
        read(client, connection, choice.choice(list(client.statuses)))
    return 200


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


def cancel(client: Client, connection: Connection, choice: random.Random) -> int:
    """Cancel a task."""
    if not client.statuses:
        return 200
    task_id = choice.choice(list(client.statuses))
    status, body = connection.send("DELETE", f"/v1/tasks/{task_id}")
    if status == 200:
        client.cancelled.add(task_id)
        client.statuses[task_id] = body["status"]
    return status


def top_up(client: Client, connection: Connection, choice: random.Random) -> int:
    """Grant a cent."""
    status, account = connection.send("POST", "/_mock/accounts", {"key": client.key})
    if status == 200:
        path = f"/_mock/accounts/{account['name']}"
        status, _ = connection.send("POST", path, {"top_up_usd": "0.01"})
    if status == 200:
        client.granted += Decimal("0.01")
    return status


_ACTIONS: dict[str, Callable[[Client, Connection, random.Random], int]] = {
    "create": create,
    "poll": poll,
    "cancel": cancel,
    "top_up": top_up,
}


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
    """Compare the money of an account with its tasks, to the cent."""
    # Opening an account that exists returns it.
    _, account = connection.send("POST", "/_mock/accounts", {"key": client.key})
    parts = ("balance_usd", "reserved_usd", "charged_usd")
    total = sum((Decimal(account[part]) for part in parts), Decimal(0))
    most = client.granted + client.unanswered["top_up"] * Decimal("0.01")
    if not client.granted <= total <= most:
        # Without the ledger, which names every task.
        funds = {part: account[part] for part in ("name", "granted_usd", *parts)}
        raise LostStateError(f"granted were {client.granted} to {most}, and now: {funds}")
    # In the same answer as the money: tasks end all the time.
    tasks = account["ledger"]
    known = len(client.statuses)
    if not known <= len(tasks) <= known + client.unanswered["create"]:
        raise LostStateError(f"there are {len(tasks)} tasks, and the client knows {known}")
    charged = sum((Decimal(task["charged_usd"]) for task in tasks), Decimal(0))
    if charged != Decimal(account["charged_usd"]):
        raise LostStateError(f"{account['charged_usd']} is charged, and {charged} by its tasks")
    # What the client has learnt is the start of the next round.
    client.granted = total
    client.unanswered = {"create": 0, "top_up": 0}
    for task in tasks:
        client.statuses.setdefault(task["task_id"], task["status"])
