"""An account in Redis with its tasks and entries, as of one moment, while others change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from seedance_mock.domain.task import CREATION_ORDER, Task
from seedance_mock.stores import AccountContent, Entry
from seedance_mock.stores.errors import StoreUnavailableError
from seedance_mock.stores.records import ENTRY_KINDS, account_from_json, task_from_json
from seedance_mock.stores.redis.batches import Command
from seedance_mock.stores.redis.client import RedisClient
from seedance_mock.stores.redis.commits import Commits
from seedance_mock.stores.redis.entries import Entries
from seedance_mock.stores.redis.keys import Keys
from seedance_mock.stores.redis.scripts.contents import CONTENT

MAX_READS = 20
"""How often an account is read until nothing has changed in between."""


class Contents:
    """Reads accounts with their tasks and entries.

    A script returns the versions of all records of an account, which is one atomic step and takes
    about 2 µs for each task. The tasks are read in parts, so that no other request waits for
    long, and those that were changed since then are read again, until all versions agree.

    Args:
        client: the server.
        keys: the names of the keys.
        commits: knows the ids of the tasks of an owner.
        entries: decodes entries.
    """

    def __init__(self, client: RedisClient, keys: Keys, commits: Commits, entries: Entries) -> None:
        self._client = client
        self._keys = keys
        self._commits = commits
        self._entries = entries

    async def content(self, owner: str) -> AccountContent | None:
        """Return an account with its tasks and entries, or None if there is no such account."""
        tasks: dict[str, tuple[bytes, Task]] = {}
        for _ in range(MAX_READS):
            ids = await self._commits.task_ids(owner)
            reply = await self._client.run(CONTENT, self._commits.content_keys(owner, ids), ids)
            if reply == 0:
                continue
            (version, text), versions, hashes = reply
            if version is None:
                return None
            expected = dict(zip(ids, versions, strict=True))
            await self._read_tasks(_outdated(tasks, expected), tasks)
            if not _outdated(tasks, expected):
                return AccountContent(
                    account_from_json(text),
                    sorted((tasks[task_id][1] for task_id in ids), key=CREATION_ORDER),
                    self._decoded_entries(owner, hashes),
                )
        raise StoreUnavailableError(
            f"the tasks of the account {owner[:8]}… change faster than they can be read: try again"
            " when it is less in use"
        )

    async def _read_tasks(self, ids: Sequence[str], tasks: dict[str, tuple[bytes, Task]]) -> None:
        """Replace those of the tasks by what is stored now."""
        commands = [Command("HMGET", [self._keys.task(task_id), "v", "r"]) for task_id in ids]
        replies = await self._client.call_in_batches(commands)
        for task_id, (version, text) in zip(ids, replies, strict=True):
            if version is not None:
                tasks[task_id] = version, task_from_json(text)

    def _decoded_entries(self, owner: str, hashes: Sequence[Sequence[bytes]]) -> list[Entry]:
        return [
            entry
            for kind, values in zip(ENTRY_KINDS.values(), hashes, strict=True)
            # A script returns a hash as a list: field, value, field, value.
            for entry in self._entries.decoded_hash(
                kind, owner, dict(zip(values[::2], values[1::2], strict=True))
            )
        ]


def _outdated(tasks: Mapping[str, tuple[bytes, Task]], expected: Mapping[str, bytes]) -> list[str]:
    """Return the ids of the tasks that are missing, or that have another version."""
    return [
        task_id
        for task_id, version in expected.items()
        if task_id not in tasks or tasks[task_id][0] != version
    ]
