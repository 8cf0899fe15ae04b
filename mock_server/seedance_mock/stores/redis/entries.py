"""The entries of the store in Redis, and which owners have some.

The entries of an owner are in the slot of its account, so that one commit can change both. Which
owners have entries is in the slot of the directory: an owner is noted there before its entry is
stored, and removed some time after its last entry is gone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from seedance_mock.stores import Change, Entry, EntryChange, EntryT, entry_of
from seedance_mock.stores.records import ENTRY_KINDS, entry_name
from seedance_mock.stores.redis.batches import Command
from seedance_mock.stores.redis.client import RedisClient
from seedance_mock.stores.redis.keys import Keys
from seedance_mock.stores.redis.scripts.entries import FORGET_ENTRY_OWNERS, NOTE_ENTRY_OWNER
from seedance_mock.stores.redis.versions import VersionedRecords

NOTED_SECONDS = 60
"""How long an owner without entries stays noted. The commit of its entry takes less time."""

OWNER_BATCH = 500
"""For how many owners the server is asked at once whether they have entries."""


class Entries:
    """Reads entries.

    Args:
        client: the server.
        keys: the names of the keys.
        records: the entries that this process knows, by `entry_key`; those that are read are added.
    """

    def __init__(self, client: RedisClient, keys: Keys, records: VersionedRecords[Entry]) -> None:
        self._client = client
        self._keys = keys
        self._records = records

    async def entry(self, kind: type[EntryT], owner: str, entry_id: str) -> EntryT | None:
        """Return an entry of an owner, or None."""
        key = self._keys.entries(entry_name(kind), owner)
        value = await self._client.call("HGET", key, entry_id)
        return None if value is None else self._decoded(kind, owner, entry_id, value)

    async def entries(self, kind: type[EntryT], owner: str) -> Sequence[EntryT]:
        """Return an owner's entries of a kind."""
        hash_key = self._keys.entries(entry_name(kind), owner)
        # redis-py returns a dict.
        return self.decoded_hash(kind, owner, await self._client.call("HGETALL", hash_key))

    def decoded_hash(
        self, kind: type[EntryT], owner: str, fields: Mapping[bytes, bytes]
    ) -> list[EntryT]:
        """Return the entries in a hash, in the order in which they were first stored."""
        # The field without a name is no entry.
        values = {field.decode(): value for field, value in fields.items() if field}
        in_order = sorted(values.items(), key=lambda item: int(item[1].split(b" ", 2)[1]))
        return [self._decoded(kind, owner, entry_id, value) for entry_id, value in in_order]

    def _decoded(self, kind: type[EntryT], owner: str, entry_id: str, value: bytes) -> EntryT:
        version, _, text = value.split(b" ", 2)
        key = entry_key(entry_name(kind), owner, entry_id)
        return cast(EntryT, self._records.decoded(key, version, text))

    async def note_owners(self, changes: Sequence[Change]) -> None:
        """Note the owners of the entries that a commit is about to create."""
        created = [
            entry_of(change)
            for change in changes
            if isinstance(change, EntryChange) and change.before is None
        ]
        for name, owner in {(entry_name(type(entry)), entry.owner) for entry in created}:
            await self._client.run(NOTE_ENTRY_OWNER, [self._keys.entry_owners(name)], [owner])

    async def owners(self, kind: type[Entry]) -> Sequence[str]:
        """Return the owners that have entries of a kind."""
        name = entry_name(kind)
        noted = self._keys.entry_owners(name)
        owners = [owner.decode() for owner in await self._client.call("ZRANGE", noted, 0, -1)]
        found: list[str] = []
        for start in range(0, len(owners), OWNER_BATCH):
            batch = owners[start : start + OWNER_BATCH]
            commands = [Command("EXISTS", [self._keys.entries(name, owner)]) for owner in batch]
            replies = await self._client.call_all(commands)
            present = [owner for owner, exists in zip(batch, replies, strict=True) if exists]
            gone = sorted({*batch} - {*present})
            if gone:
                await self._client.run(FORGET_ENTRY_OWNERS, [noted], [NOTED_SECONDS, *gone])
            found += present
        return found


def entry_key(name: str, owner: str, entry_id: str) -> str:
    """Return what stands for an entry in `VersionedRecords`; `name` is that of its kind."""
    return f"{name} {owner} {entry_id}"


def entry_keys(keys: Keys, owner: str) -> list[str]:
    """Return the keys of the hashes of an owner's entries, one for each kind."""
    return [keys.entries(name, owner) for name in ENTRY_KINDS]
