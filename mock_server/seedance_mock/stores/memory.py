"""Records in the memory of this process, bounded in number."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, islice

from seedance_mock.domain.accounts import Account
from seedance_mock.domain.clock import REAL_TIME
from seedance_mock.domain.task import Task, end_time
from seedance_mock.stores import AccountChange, Change, TaskChange
from seedance_mock.stores.expiry_queue import ExpiryQueue, expiry_key


class MemoryStore:
    """Keeps at most `max_tasks` tasks, and as many accounts that have no task open.

    No method waits for anything, so that each is atomic on the event loop.

    Raises ValueError where `max_tasks` leaves no room for a task.
    """

    is_async = False

    def __init__(self, max_tasks: int = 100_000) -> None:
        if max_tasks < 1:
            raise ValueError(f"max_tasks must be 1 or more, not {max_tasks}")
        self._max = max_tasks
        self._open: dict[str, Task] = {}
        self._settled: dict[str, Task] = {}
        self._accounts: dict[str, Account] = {}
        self._open_of: dict[str, dict[str, None]] = {}
        self._idle: dict[str, None] = {}
        self._ending = ExpiryQueue()
        self._ended = ExpiryQueue()

    async def task(self, task_id: str) -> Task | None:
        return self._task(task_id)

    def _task(self, task_id: str) -> Task | None:
        return self._open.get(task_id) or self._settled.get(task_id)

    def _kept(self, task_id: str) -> Task:
        return self._open.get(task_id) or self._settled[task_id]

    async def account(self, owner: str) -> Account | None:
        return self._accounts.get(owner)

    async def commit(self, *changes: Change) -> bool:
        if not all(map(self._current, changes)):
            return False
        for change in changes:
            if isinstance(change, TaskChange):
                self._replace(change.before, change.after)
            else:
                self._keep(change.after)
        return True

    def _replace(self, before: Task | None, after: Task | None) -> None:
        """Put a task in place of another; where it stays what it was, it keeps its place."""
        if before is not None and (after is None or after.settled != before.settled):
            self._remove(before)
        if after is not None:
            self._add(after)

    def _current(self, change: Change) -> bool:
        if isinstance(change, AccountChange):
            return self._accounts.get(change.after.owner) is change.before
        record = change.before or change.after
        assert record is not None, "a change has a record before or after"
        return self._task(record.id) is change.before

    def _remove(self, task: Task) -> None:
        if task.settled:
            del self._settled[task.id]
            self._ended.drop(task.id)
            return
        del self._open[task.id]
        self._ending.drop(task.id)
        others = self._open_of[task.owner]
        del others[task.id]
        if not others:
            del self._open_of[task.owner]
            self._idle[task.owner] = None

    def _add(self, task: Task) -> None:
        if task.settled:
            self._settled[task.id] = task
        else:
            self._open[task.id] = task
            self._open_of.setdefault(task.owner, {})[task.id] = None
            self._idle.pop(task.owner, None)
        self._queue(task)

    def _queue(self, task: Task) -> None:
        account = self._accounts.get(task.owner)
        timeline = REAL_TIME if account is None else account.timeline
        (self._ended if task.settled else self._ending).put(task.id, expiry_key(task, timeline))

    def _keep(self, account: Account) -> None:
        before = self._accounts.get(account.owner)
        self._accounts[account.owner] = account
        if before is None or before.timeline is not account.timeline:
            for task_id in self._open_of.get(account.owner, ()):
                self._queue(self._open[task_id])
        if account.owner not in self._open_of:
            self._idle[account.owner] = None
        if len(self._idle) > self._max:
            oldest = next(iter(self._idle))
            del self._idle[oldest]
            self._accounts.pop(oldest, None)

    async def due(self, owner: str, now: float) -> Sequence[Task]:
        tasks = (self._open[task_id] for task_id in self._open_of.get(owner, ()))
        return [task for task in tasks if end_time(task) <= now]

    async def eviction_candidates(self) -> Sequence[Task]:
        if len(self._open) + len(self._settled) < self._max:
            return ()
        first = [at[-1] for at in sorted(self._ended.first() + self._ending.first())]
        return [*(self._kept(one) for one in first), *islice(self._open.values(), 1)]

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
        self._ending.clear()
        self._ended.clear()
