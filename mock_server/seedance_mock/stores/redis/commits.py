"""Commits of changes and resets: one script each, which compares the versions of the records."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from seedance_mock.domain.accounts import Account
from seedance_mock.domain.task import Task, end_time
from seedance_mock.stores import AccountChange, Change, Entry, EntryChange, TaskChange, entry_of
from seedance_mock.stores.records import Record, entry_name, record_to_json
from seedance_mock.stores.redis.batches import Command
from seedance_mock.stores.redis.client import RedisClient
from seedance_mock.stores.redis.entries import entry_key, entry_keys
from seedance_mock.stores.redis.keys import Keys
from seedance_mock.stores.redis.scripts.records import COMMIT, RESET
from seedance_mock.stores.redis.versions import VersionedRecords

TOKEN_SECONDS = 30
"""How long the server remembers a commit. A commit is repeated for a shorter time than that."""

VALUES_BEFORE_CHANGES, VALUES_OF_CHANGE = 2, 6
"""How many arguments of the script come first, and how many each change has."""


class Expected(NamedTuple):
    """What a stored record is compared by (`none`, `v` or `r`), and the value that it must have."""

    comparison: str
    value: str | bytes


class Commits:
    """Applies changes whose names and keys have been claimed.

    Args:
        client: the server.
        keys: the names of the keys.
        tasks: the tasks that this process knows; those that are stored are added.
        accounts: the same for accounts.
        entries: the same for entries.
    """

    def __init__(
        self,
        client: RedisClient,
        keys: Keys,
        tasks: VersionedRecords[Task],
        accounts: VersionedRecords[Account],
        entries: VersionedRecords[Entry],
    ) -> None:
        self._client = client
        self._keys = keys
        self._tasks = tasks
        self._accounts = accounts
        self._entries = entries
        # What the versions of all that is stored start with: an import finds its records by it.
        self.token_prefix = ""

    def _new_token(self) -> str:
        return self.token_prefix + os.urandom(8).hex()

    async def apply(self, changes: Sequence[Change]) -> bool:
        """Apply all changes and return True, or apply none and return False."""
        if not changes:
            return True
        token = self._new_token()
        keys = [self._keys.token(owner_of(changes[0]), token)]
        arguments: list[str | bytes | float] = [token, TOKEN_SECONDS]
        for change in changes:
            keys += self._change_keys(change)
            arguments += self._change_arguments(change)
        while (reply := await self._client.run(COMMIT, keys, arguments)) != 1:
            position, version, text = reply
            # By value: the record may have been replaced by others and back.
            if not self._is_before(changes[position], version, text):
                return False
            kind = VALUES_BEFORE_CHANGES + VALUES_OF_CHANGE * position
            arguments[kind + 1 : kind + 3] = Expected("v", version)
        self._remember(changes, token.encode())
        return True

    def _change_keys(self, change: Change) -> Sequence[str]:
        owner = owner_of(change)
        if isinstance(change, EntryChange):
            return [self._keys.entries(entry_name(type(entry_of(change))), owner)] * 3
        record = (
            self._keys.account(owner)
            if isinstance(change, AccountChange)
            else self._keys.task(task_of(change).id)
        )
        return record, self._keys.open_tasks(owner), self._keys.settled_tasks(owner)

    def _change_arguments(self, change: Change) -> Sequence[str | bytes]:
        if isinstance(change, AccountChange):
            text = record_to_json(change.after)
            return "account", *self._expected(change), text, "", ""
        if isinstance(change, EntryChange):
            text = "" if change.after is None else record_to_json(change.after)
            return "entry", *self._expected(change), text, entry_of(change).id, ""
        after = change.after
        kind = "settled" if after is not None and after.is_settled else "open"
        text = "" if after is None else record_to_json(after)
        end = "" if after is None else repr(end_time(after))
        return kind, *self._expected(change), text, task_of(change).id, end

    def _expected(self, change: Change) -> Expected:
        if change.before is None:
            return Expected("none", "")
        version = self._known(change.before).version(_cache_key(change.before), change.before)
        if version is not None:
            return Expected("v", version)
        return Expected("r", record_to_json(change.before))

    def _is_before(self, change: Change, version: bytes | None, text: bytes) -> bool:
        """Return whether a record as it is stored is equal to the `before` of a change."""
        if change.before is None or version is None:
            return False
        known = self._known(change.before)
        return known.decoded(_cache_key(change.before), version, text) == change.before

    def _known(self, record: Record) -> VersionedRecords[Any]:
        """Return the records of the same kind that this process knows."""
        if isinstance(record, Account):
            return self._accounts
        return self._tasks if isinstance(record, Task) else self._entries

    def _remember(self, changes: Iterable[Change], version: bytes) -> None:
        """Keep what a commit has stored: it is probably read next."""
        for change in changes:
            if change.after is not None:
                self._known(change.after).keep(_cache_key(change.after), version, change.after)

    async def reset(self, change: AccountChange) -> Sequence[str] | None:
        """Replace an account, delete its tasks and entries.

        Returns the ids of the tasks, or None if nothing is done.
        """
        owner, token = change.after.owner, self._new_token()
        owned = (self._keys.open_tasks(owner), self._keys.settled_tasks(owner))
        account_keys = [self._keys.token(owner, token), self._keys.account(owner), *owned]
        expected, text = self._expected(change), record_to_json(change.after)
        while True:
            ids = await self.task_ids(owner)
            keys = [*account_keys, *map(self._keys.task, ids), *entry_keys(self._keys, owner)]
            arguments = [token, TOKEN_SECONDS, *expected, text, *ids]
            reply = await self._client.run(RESET, keys, arguments)
            if reply == 1:
                self._remember([change], token.encode())
                return ids
            if reply == 0:
                # A task was stored or deleted since the ids were read.
                continue
            _, version, current = reply
            if not self._is_before(change, version, current):
                return None
            expected = Expected("v", version)

    def content_keys(self, owner: str, ids: Iterable[str]) -> list[str]:
        """Return the keys of an account: its record, its open and settled tasks, the record of
        each task, and its entries of each kind.
        """
        keys = self._keys
        own_keys = (keys.account(owner), keys.open_tasks(owner), keys.settled_tasks(owner))
        return [*own_keys, *map(keys.task, ids), *entry_keys(keys, owner)]

    async def task_ids(self, owner: str) -> list[str]:
        """Return the ids of an owner's tasks."""
        sets = (self._keys.open_tasks(owner), self._keys.settled_tasks(owner))
        replies = await self._client.call_all([Command("ZRANGE", [key, 0, -1]) for key in sets])
        return [task_id.decode() for reply in replies for task_id in reply]


def owner_of(change: Change) -> str:
    """Return the owner of the record that is changed."""
    if isinstance(change, AccountChange):
        return change.after.owner
    record = entry_of(change) if isinstance(change, EntryChange) else task_of(change)
    return record.owner


def _cache_key(record: Record) -> str:
    """Return what stands for a record in `VersionedRecords`."""
    if isinstance(record, Account):
        return record.owner
    if isinstance(record, Task):
        return record.id
    return entry_key(entry_name(type(record)), record.owner, record.id)


def task_of(change: TaskChange) -> Task:
    """Return the task that is changed."""
    task = change.before or change.after
    assert task is not None, "a change has a record before or after"
    return task
