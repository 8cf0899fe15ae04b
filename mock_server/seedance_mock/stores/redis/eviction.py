"""The bound on the number of tasks and accounts, which a background task keeps.

Which task ends first is a question about all accounts, and these are in different slots of a
cluster. So a create does not evict in its own atomic step: each process writes what it has stored
and deleted to a queue of all tasks, some milliseconds later, and deletes what is too much. The
bound is therefore approximate: it may be exceeded by what is created in `FLUSH_SECONDS`, and by
what a process had not yet written when it was killed.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

from seedance_mock.domain.accounts import Account, with_settlement
from seedance_mock.domain.clock import Clock, Timeline, account_time
from seedance_mock.domain.task import Stage, Task, stage, with_eviction_failure
from seedance_mock.stores import AccountChange, Change, TaskChange
from seedance_mock.stores.errors import StoreUnavailableError
from seedance_mock.stores.expiry_queue import expiry_key
from seedance_mock.stores.redis.batches import Command
from seedance_mock.stores.redis.client import RedisClient
from seedance_mock.stores.redis.keys import FORMAT, Keys
from seedance_mock.stores.redis.scripts.records import DELETE_SETTLED

FLUSH_SECONDS = 0.05
"""How long changes are collected before they are written to the queue."""

MAX_EVICTIONS = 500
"""How many tasks are deleted after one write at most."""


class QueuePlace(NamedTuple):
    """Where a task is in the queue: among the settled ones or not, and when it ends."""

    is_settled: bool
    end: float


def place(task: Task, timeline: Timeline) -> QueuePlace:
    """Return the place of a task whose account has this timeline."""
    key = expiry_key(task, timeline)
    return QueuePlace(task.is_settled, math.inf if key is None else key[0])


class EvictingStore(Protocol):
    """What the queue needs of its store."""

    async def task(self, task_id: str) -> Task | None:
        """Return the task, or None if there is no task with this id."""

    async def account(self, owner: str) -> Account | None:
        """Return the account, or None if the owner has none."""

    async def commit(self, *changes: Change) -> bool:
        """Apply all changes and return True, or apply none and return False."""

    async def delete_idle_account(self, owner: str) -> bool:
        """Delete an account without open tasks, and return whether it is gone."""


class EvictionQueue:
    """All tasks of the store in the order in which they end by the machine's clock.

    Args:
        client: the server.
        keys: the names of the keys.
        max_tasks: the greatest number of tasks, and of accounts without open tasks; None for no
            bound.
        clock: seconds since the Unix epoch.
        store: what evicts: reads and commits records.
    """

    def __init__(
        self,
        client: RedisClient,
        keys: Keys,
        max_tasks: int | None,
        clock: Clock,
        store: EvictingStore,
    ) -> None:
        self._client = client
        self._keys = keys
        self._max_tasks = max_tasks
        self._clock = clock
        self._store = store
        self._places: dict[str, QueuePlace | None] = {}
        self._active_owners: set[str] = set()
        self._flushing: asyncio.Task[None] | None = None
        # Two at once would both count what is too much, and evict twice as many tasks.
        self._lock = asyncio.Lock()

    def put(self, task: Task, timeline: Timeline) -> None:
        """Insert a task, or move it."""
        self._places[_member(task.id, task.owner)] = place(task, timeline)
        self._active_owners.add(task.owner)
        self._flush_soon()

    def drop(self, task_id: str, owner: str) -> None:
        """Remove a task that was deleted."""
        self._places[_member(task_id, owner)] = None
        self._flush_soon()

    def put_account(self, owner: str) -> None:
        """Note that an account is in use."""
        self._active_owners.add(owner)
        self._flush_soon()

    def _flush_soon(self) -> None:
        if self._flushing is None or self._flushing.done():
            self._flushing = asyncio.get_running_loop().create_task(self._flush_later())

    async def _flush_later(self) -> None:
        # What cannot be written is kept, and written with the next change.
        with suppress(StoreUnavailableError):
            while self._places or self._active_owners:
                await asyncio.sleep(FLUSH_SECONDS)
                await self.flush()

    async def stop(self) -> None:
        """Write what was collected, if the server can be reached, and end the background task."""
        if self._flushing is not None and not self._flushing.done():
            self._flushing.cancel()
            await asyncio.wait([self._flushing])
            with suppress(StoreUnavailableError):
                await self.flush()

    async def task_ids(self) -> list[str]:
        """Return the ids of all tasks in the queue, after what was collected is written."""
        # Without eviction: what only reads deletes nothing.
        async with self._lock:
            await self._write()
        queues = (self._keys.settled_queue, self._keys.open_queue)
        replies = await self._client.call_all([Command("ZRANGE", [key, 0, -1]) for key in queues])
        return [_task_and_owner(member)[0] for reply in replies for member in reply]

    async def discard(self) -> None:
        """Forget what was collected: all records are about to be deleted."""
        await self.stop()
        self._places, self._active_owners = {}, set()

    async def flush(self) -> None:
        """Write what was collected, and delete what is too much."""
        async with self._lock:
            task_count, account_count = await self._write()
            if self._max_tasks is None:
                return
            if task_count > self._max_tasks:
                await self._evict(task_count - self._max_tasks)
            if account_count > self._max_tasks:
                await self._evict_accounts(account_count - self._max_tasks)

    async def _write(self) -> tuple[int, int]:
        """Write what was collected. Returns how many tasks and accounts there are."""
        places, owners = self._places, self._active_owners
        self._places, self._active_owners = {}, set()
        try:
            replies = await self._client.call_all([*self._commands(places, owners)])
        except BaseException:
            # In the order of time: newer changes of the same task prevail.
            self._places = {**places, **self._places}
            self._active_owners |= owners
            raise
        *_, settled, opened, accounts = replies
        return settled + opened, accounts

    def _commands(self, places: Mapping[str, QueuePlace | None], owners: set[str]) -> list[Command]:
        keys = self._keys
        commands = [
            *_queue_commands(keys.settled_queue, places, is_settled=True),
            *_queue_commands(keys.open_queue, places, is_settled=False),
        ]
        if places or owners:
            # If the server was emptied, what is stored since then is a store of this format again.
            commands.append(Command("SET", [keys.format, FORMAT, "NX"]))
        if owners:
            now = self._clock()
            scores = [value for owner in owners for value in (now, owner)]
            commands.append(Command("ZADD", [keys.active, *scores]))
        counted = (keys.settled_queue, keys.open_queue, keys.active)
        return [*commands, *(Command("ZCARD", [key]) for key in counted)]

    async def _evict(self, count: int) -> None:
        count = min(count, MAX_EVICTIONS)
        settled = await self._first(self._keys.settled_queue, count)
        await self._delete_settled(settled)
        for task_id, owner in await self._first(self._keys.open_queue, count - len(settled)):
            await self._evict_open(task_id, owner)

    async def _first(self, queue: str, count: int) -> list[tuple[str, str]]:
        if count < 1:
            return []
        members = await self._client.call("ZRANGE", queue, 0, count - 1)
        return [_task_and_owner(member) for member in members]

    async def _delete_settled(self, tasks: Sequence[tuple[str, str]]) -> None:
        # A settled task stays settled, and nothing depends on it: no record needs to be read.
        by_owner: dict[str, list[str]] = {}
        for task_id, owner in tasks:
            by_owner.setdefault(owner, []).append(task_id)
        for owner, ids in by_owner.items():
            keys = [self._keys.settled_tasks(owner), *map(self._keys.task, ids)]
            await self._client.run(DELETE_SETTLED, keys, ids)
        await self._remove(self._keys.settled_queue, tasks)

    async def _remove(self, queue: str, tasks: Sequence[tuple[str, str]]) -> None:
        if tasks:
            members = [_member(task_id, owner) for task_id, owner in tasks]
            await self._client.call("ZREM", queue, *members)

    async def _evict_open(self, task_id: str, owner: str) -> None:
        """Delete a task that is not settled, and settle its account in the same commit.

        Nothing is done if another process changes it in the meantime: the next write will.
        """
        account, task = await self._store.account(owner), await self._store.task(task_id)
        if task is None:
            await self._remove(self._keys.open_queue, [(task_id, owner)])
            return
        changes: list[Change] = [TaskChange(task, None)]
        if account is not None and not task.is_settled:
            final = task if self._has_ended(task, account) else with_eviction_failure(task)
            changes.append(AccountChange(account, with_settlement(account, final)))
        await self._store.commit(*changes)

    def _has_ended(self, task: Task, account: Account) -> bool:
        timeline = account.timeline
        if task.clock_by_polls or timeline.by_polls:
            return stage(task, task.created + task.poll_count) is Stage.ENDED
        return stage(task, account_time(timeline, self._clock())) is Stage.ENDED

    async def _evict_accounts(self, count: int) -> None:
        """Delete those of the accounts that were not in use for longest that have no open tasks."""
        last = min(count, MAX_EVICTIONS) - 1
        for owner in await self._client.call("ZRANGE", self._keys.active, 0, last):
            if await self._store.delete_idle_account(owner.decode()):
                await self._client.call("ZREM", self._keys.active, owner)
            else:
                self._active_owners.add(owner.decode())


def _queue_commands(
    queue: str, places: Mapping[str, QueuePlace | None], *, is_settled: bool
) -> Iterator[Command]:
    """Yield what inserts tasks into one of the queues, and removes the others from it."""
    added: list[str | float] = []
    removed: list[str] = []
    for member, its_place in places.items():
        if its_place is not None and its_place.is_settled is is_settled:
            added += (its_place.end, member)
        else:
            removed.append(member)
    if added:
        yield Command("ZADD", [queue, *added])
    if removed:
        yield Command("ZREM", [queue, *removed])


def _member(task_id: str, owner: str) -> str:
    # With the owner, so that a settled task can be deleted without reading it.
    return f"{task_id} {owner}"


def _task_and_owner(member: bytes) -> tuple[str, str]:
    task_id, _, owner = member.decode().rpartition(" ")
    return task_id, owner
