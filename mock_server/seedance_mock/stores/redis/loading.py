"""Loads accounts into an empty store in Redis, whole or so that nobody takes a part for the whole.

Accounts are in different slots of a cluster, so no step stores all of them. An import notes that
it has begun, and no server starts on the store until it has ended. If it is interrupted, the next
one deletes what it has stored, and nothing else: every record has a version that starts with the
id of the import that wrote it, and gets another one when somebody changes it.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from seedance_mock.stores import AccountContent, content_changes
from seedance_mock.stores.errors import LoadError
from seedance_mock.stores.redis.claims import AccountClaims, ReadAccount
from seedance_mock.stores.redis.client import RedisClient
from seedance_mock.stores.redis.commits import Commits
from seedance_mock.stores.redis.directory import Directory
from seedance_mock.stores.redis.eviction import EvictionQueue
from seedance_mock.stores.redis.keys import Keys
from seedance_mock.stores.redis.scripts.contents import DELETE_LOADED


class Loading:
    """Imports of accounts with their tasks and entries.

    Args:
        client: the server.
        keys: the names of the keys.
        directory: the owners of all accounts.
        claims: commits new accounts, and forgets deleted ones.
        commits: gives the records that are stored their versions.
        queue: the queue of all tasks.
        account: reads the account of an owner.
    """

    def __init__(
        self,
        client: RedisClient,
        keys: Keys,
        directory: Directory,
        claims: AccountClaims,
        commits: Commits,
        queue: EvictionQueue,
        account: ReadAccount,
    ) -> None:
        self._client = client
        self._keys = keys
        self._directory = directory
        self._claims = claims
        self._commits = commits
        self._queue = queue
        self._account = account

    async def load(self, contents: Sequence[AccountContent]) -> None:
        """Store accounts with their tasks and entries. Raises LoadError, see `SharedStore`."""
        for interrupted in await self._client.call("LRANGE", self._keys.loading, 0, -1):
            await self._undo(interrupted.decode())
        await self._require_empty()
        load_id = os.urandom(8).hex()
        await self._client.call("RPUSH", self._keys.loading, load_id)
        self._commits.token_prefix = f"{load_id}."
        try:
            for content in contents:
                await self._load_account(content, load_id)
        finally:
            self._commits.token_prefix = ""
        await self._end(load_id)

    async def _require_empty(self) -> None:
        # An owner without an account is what is left of a claim, or of an account.
        owners = await self._directory.owners()
        if await self._queue.task_ids() or any([await self._account(owner) for owner in owners]):
            raise LoadError("the store is not empty: clear it first")

    async def _load_account(self, content: AccountContent, load_id: str) -> None:
        await self._require_latest(load_id)
        changes = content_changes(content)
        # Again, because the first attempt releases a claim that a killed process has left.
        if not (await self._claims.commit(changes) or await self._claims.commit(changes)):
            await self._undo(load_id)
            raise LoadError(
                f"somebody else has stored the name, a key or a task of {content.account.name}"
                " meanwhile: clear the store first"
            )
        try:
            await self._require_latest(load_id)
        except LoadError:
            # Another import has deleted what this one had stored by then.
            await self._delete_loaded(content.account.owner, load_id)
            raise

    async def _require_latest(self, load_id: str) -> None:
        latest = await self._client.call("LINDEX", self._keys.loading, -1)
        if latest != load_id.encode():
            raise LoadError("the store was cleared, or another import has begun: import again")

    async def _undo(self, load_id: str) -> None:
        """Delete what an import has stored. Raises LoadError if somebody has changed it."""
        changed = [
            owner
            for owner in await self._directory.owners()
            if await self._delete_loaded(owner, load_id) == b"changed"
        ]
        if changed:
            raise LoadError(
                "an import has not ended, and some of its accounts were used meanwhile: clear the"
                " store first"
            )
        await self._end(load_id)

    async def _delete_loaded(self, owner: str, load_id: str) -> bytes:
        """Delete an account if an import wrote it, and nobody has changed it since."""
        account = await self._account(owner)
        result, seen = b"retry", set[str]()
        while result == b"retry":
            ids = await self._commits.task_ids(owner)
            seen.update(ids)
            keys = self._commits.content_keys(owner, ids)
            result = await self._client.run(DELETE_LOADED, keys, [f"{load_id}.", *ids])
        # If the reply was lost, the script finds nothing that this import wrote when it runs again.
        is_gone = result != b"changed" and await self._account(owner) is None
        if is_gone and account is not None:
            await self._claims.forget(account)
            await self._client.call("ZREM", self._keys.active, owner)
            for task_id in seen:
                self._queue.drop(task_id, owner)
        return result

    async def _end(self, load_id: str) -> None:
        await self._client.call("LREM", self._keys.loading, 0, load_id)
