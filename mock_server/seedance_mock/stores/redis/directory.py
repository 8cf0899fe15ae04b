"""Which account has which name and key, for all accounts of a store.

A claim (`name:team`, `key:<digest>`) belongs to one owner at most. The directory is in one slot of
a cluster and the accounts in others, so a claim is made before the record of its account is
stored, and confirmed after that. The process may stop in between: a claim that has been
unconfirmed for `CLAIM_SECONDS` is compared with the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from seedance_mock.domain.accounts import Account
from seedance_mock.stores import AccountChange
from seedance_mock.stores.redis.client import RedisClient
from seedance_mock.stores.redis.keys import Keys
from seedance_mock.stores.redis.scripts.directory import CLAIM, CONFIRM, OPEN, RELEASE

CLAIM_SECONDS = 10
"""How long an account has time to be stored after a claim. A call ends sooner than that."""


class OtherClaim(NamedTuple):
    """A claim of another owner, and whether it has been unconfirmed for too long."""

    claim: str
    owner: str
    is_stale: bool


def name_claim(name: str) -> str:
    """Return the claim of a name."""
    return f"name:{name}"


def key_claim(key: str) -> str:
    """Return the claim of a key, which the account may have opened or added."""
    return f"key:{key}"


def claims_of(account: Account) -> set[str]:
    """Return the claims that an account must have."""
    keys = (account.owner, *account.added_keys)
    return {name_claim(account.name), *map(key_claim, keys)}


def changes_claims(change: AccountChange) -> bool:
    """Return whether an account gets or loses a name or a key."""
    before, after = change.before, change.after
    return (
        before is None
        or before.name != after.name
        or before.added_keys.keys() != after.added_keys.keys()
    )


def new_claims(change: AccountChange) -> set[str]:
    """Return the claims that an account gets by a change."""
    return claims_of(change.after) - (claims_of(change.before) if change.before else set())


def old_claims(change: AccountChange) -> set[str]:
    """Return the claims that an account loses by a change."""
    return (claims_of(change.before) if change.before else set()) - claims_of(change.after)


class Directory:
    """The claims of all accounts, their numbers, and the order in which they were opened."""

    def __init__(self, client: RedisClient, keys: Keys) -> None:
        self._client = client
        self._keys = keys
        self._claim_keys = [keys.claims, keys.unconfirmed]

    async def holder(self, claim: str) -> str | None:
        """Return the owner that has a claim, or None. Its record may not confirm it."""
        owner = await self._client.call("HGET", self._keys.claims, claim)
        return None if owner is None else owner.decode()

    async def open(self, owner: str) -> str | OtherClaim:
        """Return the name of a new account; or the claim of another account on its key."""
        keys = [*self._claim_keys, self._keys.numbers, self._keys.order, self._keys.counters]
        reply = await self._client.run(OPEN, keys, [owner, CLAIM_SECONDS])
        return str(reply[0].decode()) if len(reply) == 1 else _other_claim(reply)

    async def claim(self, owner: str, claims: Iterable[str]) -> str | OtherClaim:
        """Claim all for an owner and return the time; or return a claim of another account."""
        keys = [*self._claim_keys, self._keys.order, self._keys.counters]
        reply = await self._client.run(CLAIM, keys, [owner, CLAIM_SECONDS, *claims])
        return str(reply[0].decode()) if len(reply) == 1 else _other_claim(reply)

    async def confirm(self, owner: str, claims: Iterable[str]) -> None:
        """Make claims permanent, now that the account is stored with them."""
        await self._client.run(CONFIRM, self._claim_keys, [owner, *claims])

    async def release(self, owner: str, claims: Iterable[str], time: str = "") -> None:
        """Give claims up; with a `time` that `claim` returned, only those that it made."""
        await self._client.run(RELEASE, self._claim_keys, [owner, time, *claims])

    async def owners(self) -> Sequence[str]:
        """Return the owners of all accounts in the order of opening."""
        owners = await self._client.call("ZRANGE", self._keys.order, 0, -1)
        return [owner.decode() for owner in owners]

    async def remove(self, account: Account) -> None:
        """Forget an account that was deleted."""
        await self.release(account.owner, claims_of(account))
        await self._client.call("HDEL", self._keys.numbers, account.owner)
        await self._client.call("ZREM", self._keys.order, account.owner)


def _other_claim(reply: list[Any]) -> OtherClaim:
    claim, owner, is_stale = reply
    return OtherClaim(claim.decode(), owner.decode(), bool(is_stale))
