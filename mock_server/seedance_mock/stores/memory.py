"""Records in the memory of this process, bounded in number."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import chain, islice

from msgspec.structs import replace

from seedance_mock.domain.accounts import Account, account_name
from seedance_mock.domain.clock import REAL_TIME
from seedance_mock.domain.task import CREATION_ORDER, Task, end_time
from seedance_mock.settings import DEFAULT_MAX_TASKS
from seedance_mock.stores import (
    AccountChange,
    Change,
    Entry,
    EntryT,
    TaskChange,
    entry_of,
)
from seedance_mock.stores.entry_table import EntryTable
from seedance_mock.stores.expiry_queue import ExpiryQueue, expiry_key
from seedance_mock.stores.journal_log import JournalLog


class MemoryStore:
    """Keeps at most `max_tasks` tasks, and at most as many accounts without unsettled tasks.

    Raises ValueError if `max_tasks` is not positive.
    """

    # No method awaits anything, so each one is atomic on the event loop and needs no lock. The fast
    # path relies on this too: it runs a handler without a task of the event loop.

    is_async = False
    journal_log: JournalLog | None = None

    def __init__(self, max_tasks: int = DEFAULT_MAX_TASKS) -> None:
        if max_tasks < 1:
            raise ValueError(f"max_tasks must be 1 or more, not {max_tasks}")
        self._max_tasks = max_tasks
        self._open_tasks: dict[str, Task] = {}
        self._settled_tasks: dict[str, Task] = {}
        self._accounts: dict[str, Account] = {}
        # The owners of accounts by name and by added key. Opening keys are the owners themselves.
        self._owners_by_name: dict[str, str] = {}
        self._owners_by_added_key: dict[str, str] = {}
        self._opened_count = 0
        # Dicts serve as ordered sets: all tasks and the open tasks of each owner, and the owners
        # without open ones.
        self._task_ids: dict[str, dict[str, None]] = {}
        self._open_ids: dict[str, dict[str, None]] = {}
        self._idle_owners: dict[str, None] = {}
        # Settled tasks keep their position. Open ones move when their account's timeline does.
        self._open_queue = ExpiryQueue()
        self._settled_queue = ExpiryQueue()
        self._entries = EntryTable()

    async def task(self, task_id: str) -> Task | None:
        return self._task(task_id)

    def _task(self, task_id: str) -> Task | None:
        return self._open_tasks.get(task_id) or self._settled_tasks.get(task_id)

    def _existing_task(self, task_id: str) -> Task:
        return self._open_tasks.get(task_id) or self._settled_tasks[task_id]

    async def account(self, owner: str) -> Account | None:
        return self._accounts.get(owner)

    def known_account(self, owner: str) -> Account | None:
        return self._accounts.get(owner)

    async def account_of_key(self, key: str) -> Account | None:
        # Nearly every key has opened its account, and costs no other lookup.
        return self._accounts.get(key) or self._account_of_added_key(key)

    async def account_and_task(self, key: str, task_id: str) -> tuple[Account | None, Task | None]:
        account = self._accounts.get(key) or self._account_of_added_key(key)
        return account, self._open_tasks.get(task_id) or self._settled_tasks.get(task_id)

    def _account_of_added_key(self, key: str) -> Account | None:
        owner = self._owners_by_added_key.get(key)
        return None if owner is None else self._accounts[owner]

    async def account_by_name(self, name: str) -> Account | None:
        owner = self._owners_by_name.get(name)
        return None if owner is None else self._accounts[owner]

    async def open_account(self, account: Account) -> Account:
        existing = await self.account_of_key(account.owner)
        if existing is not None:
            return existing
        self._opened_count += 1
        while account_name(self._opened_count) in self._owners_by_name:
            self._opened_count += 1
        free_keys = {
            key: added
            for key, added in account.added_keys.items()
            if await self.account_of_key(key) is None
        }
        opened = replace(account, name=account_name(self._opened_count), added_keys=free_keys)
        self._put_account(opened)
        return opened

    async def commit(self, *changes: Change) -> bool:
        if not all(map(self._is_current, changes)):
            return False
        for change in changes:
            if isinstance(change, TaskChange):
                self._replace_task(change.before, change.after)
            elif isinstance(change, AccountChange):
                self._put_account(change.after)
            else:
                self._entries.replace(change)
        return True

    def _replace_task(self, before: Task | None, after: Task | None) -> None:
        """Replace a task.

        A task that stays open (or settled) keeps its position in the dict: the order of the open
        tasks is the order of their creation, and the first is the oldest.
        """
        if before is None and after is not None:
            own_ids = self._task_ids.get(after.owner)
            if own_ids is None:
                own_ids = self._task_ids[after.owner] = {}
            own_ids[after.id] = None
        if before is not None and (after is None or after.is_settled != before.is_settled):
            self._remove_task(before)
        if after is not None:
            self._add_task(after)
        else:
            assert before is not None, "a change has a record before or after"
            self._forget_id(before)

    def _forget_id(self, task: Task) -> None:
        own_ids = self._task_ids[task.owner]
        del own_ids[task.id]
        if not own_ids:
            del self._task_ids[task.owner]

    def _is_current(self, change: Change) -> bool:
        current: Account | Task | Entry | None
        if isinstance(change, AccountChange):
            after = change.after
            current = account = self._accounts.get(after.owner)
            # By identity: nearly every commit keeps name and keys. Another object is only checked.
            if (
                account is None
                or account.added_keys is not after.added_keys
                or account.name != after.name
            ) and not self._claims_are_free(after):
                return False
        elif isinstance(change, TaskChange):
            record = change.before or change.after
            assert record is not None, "a change has a record before or after"
            current = self._task(record.id)
        else:
            entry = entry_of(change)
            current = self._entries.entry(type(entry), entry.owner, entry.id)
        # Identity first: callers pass the objects that this store gave them. That takes 0.03 µs,
        # to compare equal records 0.2 µs.
        return current is change.before or current == change.before

    def _claims_are_free(self, account: Account) -> bool:
        """Return whether no other account has the name or a key of an account."""
        owner = account.owner
        return (
            self._owners_by_name.get(account.name, owner) == owner
            and owner not in self._owners_by_added_key
            and not any(key in self._accounts for key in account.added_keys)
            and all(
                self._owners_by_added_key.get(key, owner) == owner for key in account.added_keys
            )
        )

    def _remove_task(self, task: Task) -> None:
        if task.is_settled:
            del self._settled_tasks[task.id]
            self._settled_queue.drop(task.id)
            return
        del self._open_tasks[task.id]
        self._open_queue.drop(task.id)
        open_ids = self._open_ids[task.owner]
        del open_ids[task.id]
        if not open_ids:
            del self._open_ids[task.owner]
            self._idle_owners[task.owner] = None

    def _add_task(self, task: Task) -> None:
        if task.is_settled:
            self._settled_tasks[task.id] = task
        else:
            self._open_tasks[task.id] = task
            self._open_ids.setdefault(task.owner, {})[task.id] = None
            self._idle_owners.pop(task.owner, None)
        self._update_expiry(task)

    def _update_expiry(self, task: Task) -> None:
        account = self._accounts.get(task.owner)
        timeline = REAL_TIME if account is None else account.timeline
        (self._settled_queue if task.is_settled else self._open_queue).put(
            task.id, expiry_key(task, timeline)
        )

    def _put_account(self, account: Account) -> None:
        before = self._accounts.get(account.owner)
        self._accounts[account.owner] = account
        if (
            before is None
            or before.added_keys is not account.added_keys
            or before.name != account.name
        ):
            self._drop_claims(before)
            self._owners_by_name[account.name] = account.owner
            self._owners_by_added_key.update(dict.fromkeys(account.added_keys, account.owner))
        # Another timeline moves the end of every open task of the account.
        if before is None or not _same_timeline(before, account):
            for task_id in self._open_ids.get(account.owner, ()):
                self._update_expiry(self._open_tasks[task_id])
        if account.owner not in self._open_ids:
            self._idle_owners[account.owner] = None
        if len(self._idle_owners) > self._max_tasks:
            oldest = next(iter(self._idle_owners))
            del self._idle_owners[oldest]
            self._drop_claims(self._accounts.pop(oldest, None))
            self._entries.delete(oldest)

    def _drop_claims(self, account: Account | None) -> None:
        if account is not None:
            del self._owners_by_name[account.name]
            for key in account.added_keys:
                del self._owners_by_added_key[key]

    async def due(self, owner: str, now: float) -> Sequence[Task]:
        tasks = (self._open_tasks[task_id] for task_id in self._open_ids.get(owner, ()))
        return [task for task in tasks if end_time(task) <= now]

    async def eviction_candidates(self) -> Sequence[Task]:
        if len(self._open_tasks) + len(self._settled_tasks) < self._max_tasks:
            return ()
        first_keys = [queue.first() for queue in (self._settled_queue, self._open_queue)]
        first_ids = [key[-1] for key in sorted(key for key in first_keys if key is not None)]
        oldest_open = islice(self._open_tasks.values(), 1)
        return [*(self._existing_task(task_id) for task_id in first_ids), *oldest_open]

    async def accounts(self) -> Sequence[Account]:
        return list(self._accounts.values())

    async def tasks(self, owner: str | None = None) -> Sequence[Task]:
        tasks: Iterable[Task]
        if owner is None:
            tasks = chain(self._settled_tasks.values(), self._open_tasks.values())
        else:
            tasks = map(self._existing_task, self._task_ids.get(owner, ()))
        return sorted(tasks, key=CREATION_ORDER)

    async def entry(self, kind: type[EntryT], owner: str, entry_id: str) -> EntryT | None:
        return self._entries.entry(kind, owner, entry_id)

    async def entries(self, kind: type[EntryT], owner: str) -> Sequence[EntryT]:
        return self._entries.entries(kind, owner)

    async def entry_owners(self, kind: type[Entry]) -> Sequence[str]:
        return self._entries.owners(kind)

    async def reset(self, before: Account, after: Account) -> bool:
        if not self._is_current(AccountChange(before, after)):
            return False
        for task in await self.tasks(after.owner):
            self._replace_task(task, None)
        self._entries.delete(after.owner)
        self._put_account(after)
        return True

    async def clear(self) -> None:
        for records in (
            self._open_tasks,
            self._settled_tasks,
            self._accounts,
            self._owners_by_name,
            self._owners_by_added_key,
            self._task_ids,
            self._open_ids,
            self._idle_owners,
        ):
            records.clear()
        self._open_queue.clear()
        self._settled_queue.clear()
        self._entries.clear()
        self._opened_count = 0

    async def close(self) -> None:
        # There is nothing to release.
        pass


def _same_timeline(first: Account, second: Account) -> bool:
    # Identity first: every create replaces an account, and nearly always its timeline stays.
    return first.timeline is second.timeline or first.timeline == second.timeline
