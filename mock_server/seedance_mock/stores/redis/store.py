"""The store in Redis, Valkey or a cluster of them."""

from __future__ import annotations

import time
from collections.abc import Sequence

from seedance_mock.domain.accounts import Account
from seedance_mock.domain.clock import REAL_TIME, Clock
from seedance_mock.domain.task import CREATION_ORDER, Task, end_time
from seedance_mock.settings import (
    DEFAULT_JOURNAL_BYTES,
    DEFAULT_JOURNAL_ENTRIES,
    DEFAULT_MAX_TASKS,
    DEFAULT_STORE_PREFIX,
)
from seedance_mock.stores import AccountChange, AccountContent, Change, Entry, EntryT, TaskChange
from seedance_mock.stores.access import Access
from seedance_mock.stores.journal_log import JournalLog
from seedance_mock.stores.records import account_from_json, entry_from_json, task_from_json
from seedance_mock.stores.redis.batches import Command
from seedance_mock.stores.redis.claims import AccountClaims
from seedance_mock.stores.redis.client import RedisClient
from seedance_mock.stores.redis.commits import Commits, owner_of, task_of
from seedance_mock.stores.redis.contents import Contents
from seedance_mock.stores.redis.directory import (
    Directory,
    changes_claims,
    key_claim,
    name_claim,
)
from seedance_mock.stores.redis.entries import Entries, entry_keys
from seedance_mock.stores.redis.eviction import EvictionQueue, place
from seedance_mock.stores.redis.journal import RedisJournal
from seedance_mock.stores.redis.keys import Keys
from seedance_mock.stores.redis.loading import Loading
from seedance_mock.stores.redis.scripts.records import DELETE_IDLE_ACCOUNT
from seedance_mock.stores.redis.startup import require_usable
from seedance_mock.stores.redis.versions import VersionedRecords

MAX_CACHED_RECORDS = 10_000
"""How many decoded records of each kind a process keeps."""

MAX_CACHED_HOLDERS = 10_000
"""For how many added keys a process keeps the owner of their account."""


class RedisStore:
    """A store in a server of Redis or Valkey, or in a cluster.

    A commit is one atomic step. A method that returns several records reads them one after the
    other, so it may see a part of the commits that are made in the meantime.

    In a cluster the changes of a commit must belong to one account, as those of the API do.

    The number of tasks is bounded in the background: `eviction_candidates` returns none, and the
    bound is approximate, see `eviction`.

    Args:
        url: see `RedisClient`.
        max_tasks: the greatest number of tasks, and of accounts without open tasks; None for no
            bound.
        prefix: what the names of all keys start with; separates stores in one database.
        clock: seconds since the Unix epoch.
        journal_entries: how many entries the journal keeps.
        journal_bytes: how many bytes they take at most.
        access: what the store is opened for.

    Raises StoreError. Methods raise StoreUnavailableError. A commit whose reply was lost is
    repeated for some seconds, and applied once. If it has failed even so, it may have been applied.
    """

    is_async = True

    def __init__(
        self,
        url: str,
        max_tasks: int | None = DEFAULT_MAX_TASKS,
        *,
        prefix: str = DEFAULT_STORE_PREFIX,
        clock: Clock = time.time,
        journal_entries: int = DEFAULT_JOURNAL_ENTRIES,
        journal_bytes: int = DEFAULT_JOURNAL_BYTES,
        access: Access = Access.SERVE,
    ) -> None:
        if max_tasks is not None and max_tasks < 1:
            raise ValueError(f"max_tasks must be 1 or more, not {max_tasks}")
        self._keys = Keys(prefix)
        require_usable(url, self._keys, access)
        self._client = RedisClient(url)
        self._directory = Directory(self._client, self._keys)
        self._claims = AccountClaims(self._directory, self.account, self._apply)
        self._queue = EvictionQueue(self._client, self._keys, max_tasks, clock, self)
        self._tasks = VersionedRecords(task_from_json, MAX_CACHED_RECORDS)
        self._accounts = VersionedRecords(account_from_json, MAX_CACHED_RECORDS)
        entries = VersionedRecords(entry_from_json, MAX_CACHED_RECORDS)
        self._entries = Entries(self._client, self._keys, entries)
        self._commits = Commits(self._client, self._keys, self._tasks, self._accounts, entries)
        self._contents = Contents(self._client, self._keys, self._commits, self._entries)
        self._loading = Loading(
            self._client,
            self._keys,
            self._directory,
            self._claims,
            self._commits,
            self._queue,
            self.account,
        )
        self.journal_log: JournalLog | None = RedisJournal(
            self._client, self._keys, journal_entries, journal_bytes
        )
        # The owners of the accounts that keys were added to. An entry is compared with the record.
        self._holders: dict[str, str] = {}

    async def close(self) -> None:
        await self._queue.stop()
        await self._client.close()

    # Reading

    async def task(self, task_id: str) -> Task | None:
        return self._tasks.decoded(
            task_id, *await self._client.call("HMGET", self._keys.task(task_id), "v", "r")
        )

    async def account(self, owner: str) -> Account | None:
        return self._accounts.decoded(
            owner, *await self._client.call("HMGET", self._keys.account(owner), "v", "r")
        )

    def known_account(self, owner: str) -> Account | None:
        return self._accounts.latest(owner)

    async def account_of_key(self, key: str) -> Account | None:
        account = await self.account(self._holders.get(key, key))
        if account is not None and _has_key(account, key):
            return account
        return await self._account_of_added_key(key)

    async def account_and_task(self, key: str, task_id: str) -> tuple[Account | None, Task | None]:
        # One round trip for a key that has opened its account, or that was looked up before.
        owner = self._holders.get(key, key)
        account_fields, task_fields = await self._client.call_all(
            [
                Command("HMGET", [self._keys.account(owner), "v", "r"]),
                Command("HMGET", [self._keys.task(task_id), "v", "r"]),
            ]
        )
        account = self._accounts.decoded(owner, *account_fields)
        if account is None or not _has_key(account, key):
            account = await self._account_of_added_key(key)
        return account, self._tasks.decoded(task_id, *task_fields)

    async def _account_of_added_key(self, key: str) -> Account | None:
        self._holders.pop(key, None)
        owner = await self._directory.holder(key_claim(key))
        account = None if owner is None else await self.account(owner)
        if owner is None or account is None or not _has_key(account, key):
            return None
        if owner != key:
            if len(self._holders) >= MAX_CACHED_HOLDERS:
                del self._holders[next(iter(self._holders))]
            self._holders[key] = owner
        return account

    async def account_by_name(self, name: str) -> Account | None:
        owner = await self._directory.holder(name_claim(name))
        account = None if owner is None else await self.account(owner)
        return account if account is not None and account.name == name else None

    async def due(self, owner: str, now: float) -> Sequence[Task]:
        ids = await self._client.call(
            "ZRANGEBYSCORE", self._keys.open_tasks(owner), "-inf", repr(now)
        )
        tasks = await self._task_list([task_id.decode() for task_id in ids])
        return [task for task in tasks if not task.is_settled and end_time(task) <= now]

    async def eviction_candidates(self) -> Sequence[Task]:
        # The queue evicts in the background: see `eviction`.
        return ()

    async def accounts(self) -> Sequence[Account]:
        owners = await self._directory.owners()
        commands = [Command("HMGET", [self._keys.account(owner), "v", "r"]) for owner in owners]
        replies = await self._client.call_in_batches(commands)
        accounts = (
            self._accounts.decoded(owner, *fields)
            for owner, fields in zip(owners, replies, strict=True)
        )
        return [account for account in accounts if account is not None]

    async def tasks(self, owner: str | None = None) -> Sequence[Task]:
        if owner is not None:
            ids = await self._commits.task_ids(owner)
        else:
            # What other processes have stored in the last milliseconds is not in the queue yet.
            ids = await self._queue.task_ids()
            known = set(ids)
            for account_owner in await self._directory.owners():
                ids += [
                    own for own in await self._commits.task_ids(account_owner) if own not in known
                ]
        return sorted(await self._task_list(ids), key=CREATION_ORDER)

    async def _task_list(self, ids: Sequence[str]) -> list[Task]:
        """Return those of the tasks that are still stored."""
        commands = [Command("HMGET", [self._keys.task(task_id), "v", "r"]) for task_id in ids]
        replies = await self._client.call_in_batches(commands)
        tasks = (
            self._tasks.decoded(task_id, *fields)
            for task_id, fields in zip(ids, replies, strict=True)
        )
        return [task for task in tasks if task is not None]

    async def entry(self, kind: type[EntryT], owner: str, entry_id: str) -> EntryT | None:
        return await self._entries.entry(kind, owner, entry_id)

    async def entries(self, kind: type[EntryT], owner: str) -> Sequence[EntryT]:
        return await self._entries.entries(kind, owner)

    async def entry_owners(self, kind: type[Entry]) -> Sequence[str]:
        return await self._entries.owners(kind)

    async def contents(self) -> Sequence[AccountContent]:
        found = [await self._contents.content(owner) for owner in await self._directory.owners()]
        return [content for content in found if content is not None]

    # Writing

    async def open_account(self, account: Account) -> Account:
        while True:
            existing = await self.account_of_key(account.owner)
            if existing is not None:
                return existing
            opened = await self._claims.open(account)
            if opened is not None:
                return opened

    async def commit(self, *changes: Change) -> bool:
        return await self._claims.commit(changes)

    async def _apply(self, changes: Sequence[Change]) -> bool:
        """Apply changes whose claims have been made, and put their tasks into the queue."""
        await self._entries.note_owners(changes)
        if not await self._commits.apply(changes):
            return False
        for change in changes:
            if isinstance(change, TaskChange):
                self._queue_task(change)
            if not isinstance(change, AccountChange):
                continue
            self._queue.put_account(change.after.owner)
            if change.before is not None and change.before.timeline != change.after.timeline:
                # Another timeline moves the end of every open task of the account.
                await self._queue_open_tasks(change.after)
        return True

    def _queue_task(self, change: TaskChange) -> None:
        before, after, owner = change.before, change.after, owner_of(change)
        if after is None:
            self._queue.drop(task_of(change).id, owner)
            return
        account = self._accounts.latest(owner)
        timeline = REAL_TIME if account is None else account.timeline
        if before is None or place(before, timeline) != place(after, timeline):
            self._queue.put(after, timeline)

    async def _queue_open_tasks(self, account: Account) -> None:
        ids = await self._client.call("ZRANGE", self._keys.open_tasks(account.owner), 0, -1)
        for task in await self._task_list([task_id.decode() for task_id in ids]):
            self._queue.put(task, account.timeline)

    async def load(self, contents: Sequence[AccountContent]) -> None:
        await self._loading.load(contents)

    async def reset(self, before: Account, after: Account) -> bool:
        change = AccountChange(before, after)
        if changes_claims(change):
            raise ValueError("a reset keeps the name and the keys of its account")
        ids = await self._commits.reset(change)
        for task_id in ids or ():
            self._queue.drop(task_id, after.owner)
        return ids is not None

    async def delete_idle_account(self, owner: str) -> bool:
        """Delete an account without open tasks and its entries, and return whether it is gone."""
        account = await self.account(owner)
        own_keys = [self._keys.account(owner), self._keys.open_tasks(owner)]
        keys = [*own_keys, *entry_keys(self._keys, owner)]
        if account is None or not await self._client.run(DELETE_IDLE_ACCOUNT, keys, []):
            return account is None
        await self._claims.forget(account)
        return True

    async def evict(self) -> None:
        """Delete what is too much, which the store does by itself soon after it is stored."""
        await self._queue.flush()

    async def clear(self) -> None:
        await self._queue.discard()
        keys = self._keys
        kept = (keys.format, keys.journal, keys.loading)
        await self._client.delete_matching(keys.pattern, but=kept)
        # At the end: what is left of an import, if this stops before, still prevents a start.
        await self._client.call("DEL", keys.loading)


def _has_key(account: Account, key: str) -> bool:
    return account.owner == key or key in account.added_keys
