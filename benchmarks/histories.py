"""Judges what several clients see at two workers: does one order explain all responses?

In each history clients create, poll and cancel the tasks of one account, top it up and read its
money, all at once and over connections to all workers. The clock of the account stands still, so
that only requests change anything. The checker of the contract kit then searches for an order of
the requests that explains every status and every amount, to the cent. With `--kill` a worker is
killed in the middle of each history: a request without a response may have been carried out or not.

    python benchmarks/histories.py --store sqlite:mock.db --rounds 100
    python benchmarks/histories.py --store redis://localhost:6379/0 --rounds 100 --kill
"""

from __future__ import annotations

import argparse
import math
import os
import random
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import NamedTuple

from crash_clients import CREATE_BODY, NO_ANSWER, Connection
from crashes import kill_worker, running_server
from seedance_contract.server.properties.linearizability import TimedOperation, has_linearization
from seedance_contract.server.properties.reference_model import expected_costs

CLIENTS = 4
REQUESTS = 10
"""How many requests each client sends."""

COST, _ = expected_costs(CREATE_BODY)
"""What is reserved for a task, in USD."""

FIRST_BALANCE = 5 * COST
"""What the balance is at first, in USD. Further tasks are refused, unless one is cancelled."""

TOP_UP = Decimal("0.07")
"""By how much a balance grows, in USD. It is no multiple of what a task costs."""

KINDS = {"create": 4, "poll": 4, "cancel": 3, "top up": 1, "read": 2}
"""The kinds of requests, and how often each is sent."""

ABOUT_TASKS = ("poll", "cancel")

RECONNECTING = 0.3
"""How often a client opens another connection before a request."""

START_SECONDS = 1.5
"""How long a worker takes to start. A server gives up if three in a row end before that."""

KILL_SECONDS = (0.0, 0.05)
"""When a worker is killed after the start of a history, at random between these."""


class Workspace(NamedTuple):
    """The state of an account whose clock stands still. Amounts are in USD."""

    balance: Decimal
    reserved: Decimal = Decimal(0)
    pending: frozenset[str] = frozenset()
    cancelled: frozenset[str] = frozenset()


class UnexplainedError(Exception):
    """No order of the requests explains their responses."""


def next_states(operation: TimedOperation, state: Workspace) -> Iterator[Workspace]:
    """Yield the states in which an operation can leave a workspace."""
    match operation.kind:
        case "create":
            yield from _after_create(operation, state)
        case "cancel":
            yield from _after_cancel(operation, state)
        case "top up":
            yield state._replace(balance=state.balance + TOP_UP)
        case "poll":
            known = {"pending": state.pending, "cancelled": state.cancelled}
            if operation.task_id in known.get(str(operation.result), ()):
                yield state
        case "read":
            if operation.result == (state.balance, state.reserved):
                yield state


def _after_create(operation: TimedOperation, state: Workspace) -> Iterator[Workspace]:
    if state.balance < COST:
        if operation.result == 402:
            yield state
    elif operation.result is None or operation.task_id:
        # Nobody knows the id of a task whose response was lost, so nothing else is about it.
        new = frozenset({operation.task_id} - {""})
        yield state._replace(
            balance=state.balance - COST,
            reserved=state.reserved + COST,
            pending=state.pending | new,
        )


def _after_cancel(operation: TimedOperation, state: Workspace) -> Iterator[Workspace]:
    own = frozenset({operation.task_id})
    if own <= state.pending and operation.result in (None, 200):
        yield state._replace(
            balance=state.balance + COST,
            reserved=state.reserved - COST,
            pending=state.pending - own,
            cancelled=state.cancelled | own,
        )
    elif own <= state.cancelled and operation.result == 409:
        yield state


class HistoryClient:
    """A client that sends requests under the key of an account and notes what happens.

    Args:
        url: the URL of the server.
        key: the key.
        name: the name of the account.
        tasks: the ids of the tasks that clients know, which all of them share.
    """

    def __init__(self, url: str, key: str, name: str, tasks: list[str]) -> None:
        self._connection = Connection(url, key)
        self._account = f"/_mock/accounts/{name}"
        self._tasks = tasks
        self.operations: list[TimedOperation] = []

    def run(self, choice: random.Random) -> None:
        """Send requests of all kinds."""
        for _ in range(REQUESTS):
            # Another connection may lead to another worker.
            if choice.random() < RECONNECTING:
                self.close()
            kind = choice.choices([*KINDS], [*KINDS.values()])[0]
            if kind not in ABOUT_TASKS:
                self.send(kind)
            elif self._tasks:
                self.send(kind, choice.choice(self._tasks))
        self.close()

    def close(self) -> None:
        """Close the connection. The next request opens one."""
        self._connection.close()

    def send(self, kind: str, task_id: str = "") -> None:
        """Send a request and note its result."""
        started_at = time.monotonic()
        try:
            result = self._result(kind, task_id)
        except NO_ANSWER:
            self.close()
            result = None
        finished_at = math.inf if result is None else time.monotonic()
        if kind == "create" and isinstance(result, str):
            # The other clients may use the task from now on.
            self._tasks.append(task_id := result)
        self.operations.append(TimedOperation(kind, result, started_at, finished_at, task_id))

    def _result(self, kind: str, task_id: str) -> object:
        """Send a request and return its result; None if the server could not reach its store."""
        method, path, body = {
            "create": ("POST", "/v1/videos/generations", CREATE_BODY),
            "poll": ("GET", f"/v1/tasks/{task_id}", None),
            "cancel": ("DELETE", f"/v1/tasks/{task_id}", None),
            "top up": ("POST", self._account, {"top_up_usd": str(TOP_UP)}),
            "read": ("GET", self._account, None),
        }[kind]
        status, answer = self._connection.send(method, path, body)
        if status == 503:
            return None
        if status != 200:
            return status
        match kind:
            case "create":
                return answer["id"]
            case "poll":
                return "cancelled" if answer.get("cancelled") is True else answer["status"]
            case "read":
                return Decimal(answer["balance_usd"]), Decimal(answer["reserved_usd"])
        # A top-up shows the account as it is read after that, so its amounts say nothing here.
        return status


def record_history(
    url: str, choice: random.Random, process: subprocess.Popen[str] | None = None
) -> list[TimedOperation]:
    """Return what clients have seen. With a `process` one of its workers is killed meanwhile."""
    # Not from `choice`: the store may be that of an earlier run.
    key = f"sk-history-{os.urandom(8).hex()}"
    connection = Connection(url, key)
    body = {"key": key, "balance_usd": str(FIRST_BALANCE), "mode": "frozen"}
    _, account = connection.send("POST", "/_mock/accounts", body)
    connection.close()
    tasks: list[str] = []
    *clients, last = [HistoryClient(url, key, account["name"], tasks) for _ in range(CLIENTS + 1)]
    threads = [
        threading.Thread(target=client.run, args=(random.Random(choice.getrandbits(64)),))
        for client in clients
    ]
    for thread in threads:
        thread.start()
    if process is not None:
        time.sleep(choice.uniform(*KILL_SECONDS))
        kill_worker(process, choice, START_SECONDS)
    for thread in threads:
        thread.join()
    # What is left in the end must be explained too.
    last.send("read")
    for task_id in tasks:
        last.send("poll", task_id)
    last.close()
    return [operation for client in (*clients, last) for operation in client.operations]


def require_explained(history: Sequence[TimedOperation]) -> None:
    """Raise UnexplainedError if no order of the operations explains their results."""
    if not has_linearization(history, Workspace(FIRST_BALANCE), next_states):
        operations = sorted(history, key=lambda operation: operation.started_at)
        raise UnexplainedError("\n".join(map(str, operations)))


def judge_histories(
    store: str, rounds: int, *, kill: bool = False, workers: int = 2, seed: int = 1
) -> list[TimedOperation]:
    """Judge histories of a server on a store and return all operations.

    Raises UnexplainedError.
    """
    choice = random.Random(seed)
    operations: list[TimedOperation] = []
    with running_server(store, workers) as (process, url):
        for _ in range(rounds):
            history = record_history(url, choice, process if kill else None)
            require_explained(history)
            operations += history
    return operations


def main() -> None:
    """Judge histories and print what they contained."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[2])
    parser.add_argument("--store", required=True, help="the store, such as sqlite:mock.db")
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--kill", action="store_true", help="kill a worker in each history")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    operations = judge_histories(
        options.store,
        options.rounds,
        kill=options.kill,
        workers=options.workers,
        seed=options.seed,
    )
    kinds = Counter(operation.kind for operation in operations)
    lost = sum(operation.result is None for operation in operations)
    counts = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common())
    print(f"{options.rounds} histories are explained: {counts}; {lost} without a response")


if __name__ == "__main__":
    main()
