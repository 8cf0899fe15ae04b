"""A store that behaves as if it were another process."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import cast

from seedance_mock.domain.accounts import Account
from seedance_mock.domain.task import Task
from seedance_mock.stores import AccountChange, Change, Entry, EntryChange, EntryT, TaskChange
from seedance_mock.stores.journal_log import JournalLog
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.stores.records import (
    account_from_json,
    entry_from_json,
    record_to_json,
    task_from_json,
)


class CopyingStore:
    """A store whose records pass through their serialised form in both directions.

    No caller gets the object that it stored, and other requests run during every call.
    """

    is_async = True
    journal_log: JournalLog | None = None

    def __init__(self, max_tasks: int = 100_000) -> None:
        self._store = MemoryStore(max_tasks)

    async def task(self, task_id: str) -> Task | None:
        await asyncio.sleep(0)
        return copied_task(await self._store.task(task_id))

    async def account(self, owner: str) -> Account | None:
        await asyncio.sleep(0)
        return copied_account(await self._store.account(owner))

    def known_account(self, owner: str) -> Account | None:
        return copied_account(self._store.known_account(owner))

    async def account_of_key(self, key: str) -> Account | None:
        await asyncio.sleep(0)
        return copied_account(await self._store.account_of_key(key))

    async def account_and_task(self, key: str, task_id: str) -> tuple[Account | None, Task | None]:
        await asyncio.sleep(0)
        account, task = await self._store.account_and_task(key, task_id)
        return copied_account(account), copied_task(task)

    async def account_by_name(self, name: str) -> Account | None:
        await asyncio.sleep(0)
        return copied_account(await self._store.account_by_name(name))

    async def open_account(self, account: Account) -> Account:
        await asyncio.sleep(0)
        opened = await self._store.open_account(account_from_json(record_to_json(account)))
        return account_from_json(record_to_json(opened))

    async def commit(self, *changes: Change) -> bool:
        await asyncio.sleep(0)
        return await self._store.commit(*map(copied_change, changes))

    async def due(self, owner: str, now: float) -> Sequence[Task]:
        await asyncio.sleep(0)
        return copied_tasks(await self._store.due(owner, now))

    async def eviction_candidates(self) -> Sequence[Task]:
        await asyncio.sleep(0)
        return copied_tasks(await self._store.eviction_candidates())

    async def accounts(self) -> Sequence[Account]:
        await asyncio.sleep(0)
        accounts = await self._store.accounts()
        return [account_from_json(record_to_json(account)) for account in accounts]

    async def tasks(self, owner: str | None = None) -> Sequence[Task]:
        await asyncio.sleep(0)
        return copied_tasks(await self._store.tasks(owner))

    async def entry(self, kind: type[EntryT], owner: str, entry_id: str) -> EntryT | None:
        await asyncio.sleep(0)
        return copied_entry(await self._store.entry(kind, owner, entry_id))

    async def entries(self, kind: type[EntryT], owner: str) -> Sequence[EntryT]:
        await asyncio.sleep(0)
        entries = await self._store.entries(kind, owner)
        return [cast(EntryT, entry_from_json(record_to_json(entry))) for entry in entries]

    async def entry_owners(self, kind: type[Entry]) -> Sequence[str]:
        await asyncio.sleep(0)
        return await self._store.entry_owners(kind)

    async def reset(self, before: Account, after: Account) -> bool:
        await asyncio.sleep(0)
        copies = [account_from_json(record_to_json(account)) for account in (before, after)]
        return await self._store.reset(*copies)

    async def clear(self) -> None:
        await asyncio.sleep(0)
        await self._store.clear()

    async def close(self) -> None:
        await asyncio.sleep(0)


def copied_task(task: Task | None) -> Task | None:
    return None if task is None else task_from_json(record_to_json(task))


def copied_tasks(tasks: Sequence[Task]) -> list[Task]:
    return [task_from_json(record_to_json(task)) for task in tasks]


def copied_account(account: Account | None) -> Account | None:
    return None if account is None else account_from_json(record_to_json(account))


def copied_entry(entry: EntryT | None) -> EntryT | None:
    return None if entry is None else cast(EntryT, entry_from_json(record_to_json(entry)))


def copied_change(change: Change) -> Change:
    if isinstance(change, EntryChange):
        return EntryChange(copied_entry(change.before), copied_entry(change.after))
    if isinstance(change, TaskChange):
        return TaskChange(copied_task(change.before), copied_task(change.after))
    after = account_from_json(record_to_json(change.after))
    return AccountChange(copied_account(change.before), after)
