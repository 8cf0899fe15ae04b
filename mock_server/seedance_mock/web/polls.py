"""What polls are answered, encoded: most find a task as the one before them did."""

from __future__ import annotations

from dataclasses import dataclass

from seedance_contract.declared.tasks import Status
from seedance_mock.script import PLAIN
from seedance_mock.task import Task, status, updated
from seedance_mock.views import JSON, shown
from seedance_mock.web.answers import encoded

SIZE = 1_024
"""Of how many tasks the latest answer is kept; a small part of the memory that they take."""


@dataclass(frozen=True, slots=True)
class Told:
    """An answer, and what it is made from; `billing` is None where nothing was charged."""

    task: Task
    state: Status
    updated: int
    base: str
    status: str
    billing: str | None
    body: bytes

    def answers(self, task: Task, state: Status, updated: int, base: str) -> bool:
        """Tell whether this is the answer about a task that has come so far."""
        same = self.task is task and self.state is state
        return same and self.updated == updated and self.base == base


class Polls:
    """The latest answers about tasks.

    Without words a task shows nothing of the time but its state and when that last changed.
    With words it may show anything, and nothing is kept.
    """

    def __init__(self) -> None:
        self._told: dict[str, Told] = {}

    def told(self, task: Task, now: float, base: str) -> Told:
        """Return what a poll at `now` is answered; `base` is the URL of this server."""
        state, at = status(task, now), int(updated(task, now))
        last = self._told.get(task.id)
        if last is not None and last.answers(task, state, at, base):
            return last
        body = shown(task, now, base)
        told = Told(task, state, at, base, str(body["status"]), _billing(body), encoded(body))
        if task.script is PLAIN:
            self._keep(told)
        return told

    def _keep(self, told: Told) -> None:
        self._told[told.task.id] = told
        if len(self._told) > SIZE:
            del self._told[next(iter(self._told))]


def _billing(body: JSON) -> str | None:
    billing = body.get("billing_transaction_id")
    return None if billing is None else str(billing)
