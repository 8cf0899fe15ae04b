"""Records in the memory of this process, bounded in number."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice

from seedance_mock.accounts import Account
from seedance_mock.stores import Change, TaskChange
from seedance_mock.task import Task, ends

LOOK_AHEAD = 64
"""How many tasks are offered to make room: enough to pass the few that never end."""


class MemoryStore:
    """Keeps at most `max_tasks` tasks, and as many accounts that have no task open.

    No method waits for anything, so that each is atomic on the event loop.
    """

    def __init__(self, max_tasks: int = 100_000) -> None:
        self._max = max_tasks
        self._open: dict[str, Task] = {}
        self._settled: dict[str, Task] = {}
        self._accounts: dict[str, Account] = {}
        self._open_of: dict[str, dict[str, None]] = {}
        self._idle: dict[str, None] = {}

    async def task(self, task_id: str) -> Task | None:
        return self._task(task_id)

    def _task(self, task_id: str) -> Task | None:
        return self._open.get(task_id) or self._settled.get(task_id)

    async def account(self, owner: str) -> Account | None:
        return self._accounts.get(owner)

    async def commit(self, *changes: Change) -> bool:
        if not all(self._current(change) for change in changes):
            return False
        for change in changes:
            if isinstance(change, TaskChange):
                self._remove(change.before)
                self._add(change.after)
            else:
                self._keep(change.after)
        return True

    def _current(self, change: Change) -> bool:
        record = change.before or change.after
        assert record is not None, "a change has a record before or after"
        if isinstance(record, Task):
            return self._task(record.id) is change.before
        return self._accounts.get(record.owner) is change.before

    def _remove(self, task: Task | None) -> None:
        if task is None:
            return
        if task.settled:
            del self._settled[task.id]
            return
        del self._open[task.id]
        others = self._open_of[task.owner]
        del others[task.id]
        if not others:
            del self._open_of[task.owner]
            self._idle[task.owner] = None

    def _add(self, task: Task | None) -> None:
        if task is None:
            return
        if task.settled:
            self._settled[task.id] = task
            return
        self._open[task.id] = task
        self._open_of.setdefault(task.owner, {})[task.id] = None
        self._idle.pop(task.owner, None)

    def _keep(self, account: Account) -> None:
        if account.owner not in self._open_of:
            self._idle[account.owner] = None
        self._accounts[account.owner] = account
        if len(self._idle) > self._max:
            oldest = next(iter(self._idle))
            del self._idle[oldest]
            self._accounts.pop(oldest, None)

    async def due(self, owner: str, now: float) -> Sequence[Task]:
        tasks = (self._open[task_id] for task_id in self._open_of.get(owner, ()))
        return [task for task in tasks if ends(task) <= now]

    async def surplus(self) -> Sequence[Task]:
        if len(self._open) + len(self._settled) < self._max:
            return ()
        return list(islice(chain(self._settled.values(), self._open.values()), LOOK_AHEAD))

    async def accounts(self) -> Sequence[Account]:
        return list(self._accounts.values())

    async def tasks(self, owner: str | None = None) -> Sequence[Task]:
        every = chain(self._settled.values(), self._open.values())
        return sorted(
            (task for task in every if owner in (None, task.owner)),
            key=lambda task: (task.created, task.number),
        )

    async def forget(self, owner: str) -> None:
        for task in await self.tasks(owner):
            self._remove(task)
        self._accounts.pop(owner, None)
        self._idle.pop(owner, None)

    async def clear(self) -> None:
        for records in (self._open, self._settled, self._accounts, self._open_of, self._idle):
            records.clear()
