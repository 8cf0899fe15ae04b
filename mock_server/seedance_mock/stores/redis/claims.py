"""Commits that give names or keys to accounts: claimed first, then stored, then confirmed."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence

from msgspec.structs import replace

from seedance_mock.domain.accounts import Account, AddedKey
from seedance_mock.stores import AccountChange, Change
from seedance_mock.stores.redis.directory import (
    Directory,
    OtherClaim,
    changes_claims,
    claims_of,
    key_claim,
    new_claims,
    old_claims,
)

ReadAccount = Callable[[str], Awaitable[Account | None]]
Apply = Callable[[Sequence[Change]], Awaitable[bool]]


class AccountClaims:
    """Keeps the directory in step with the accounts that a store commits.

    Args:
        directory: the claims of all accounts.
        account: reads the account of an owner.
        apply: applies changes whose claims have been made, all or none.
    """

    def __init__(self, directory: Directory, account: ReadAccount, apply: Apply) -> None:
        self._directory = directory
        self._account = account
        self._apply = apply

    async def open(self, account: Account) -> Account | None:
        """Store a new account under a new name, with those of its keys that are free.

        Returns None if another account is, or has just been, in the way: look again.
        """
        name = await self._directory.open(account.owner)
        if isinstance(name, OtherClaim):
            # Another process is adding the key to an account, or has stopped while it did.
            await self._resolve(name)
            return None
        opened = replace(account, name=name, added_keys=await self._free_keys(account))
        if not await self._apply([AccountChange(None, opened)]):
            return None
        await self._directory.confirm(opened.owner, claims_of(opened))
        return opened

    async def _free_keys(self, account: Account) -> Mapping[str, AddedKey]:
        """Claim those of the added keys that belong to no other account, and return them."""
        return {
            key: added
            for key, added in account.added_keys.items()
            if isinstance(await self._directory.claim(account.owner, [key_claim(key)]), str)
        }

    async def _resolve(self, other: OtherClaim) -> None:
        """Confirm or release a claim that has been unconfirmed for too long."""
        if other.is_stale:
            account = await self._account(other.owner)
            if account is not None and other.claim in claims_of(account):
                await self._directory.confirm(other.owner, [other.claim])
            else:
                await self._directory.release(other.owner, [other.claim])

    async def commit(self, changes: Sequence[Change]) -> bool:
        """Apply changes with the claims that they need, all or none."""
        changed = [
            change
            for change in changes
            if isinstance(change, AccountChange) and changes_claims(change)
        ]
        return await (self._commit_claims(changes, changed) if changed else self._apply(changes))

    async def _commit_claims(
        self, changes: Sequence[Change], changed: Sequence[AccountChange]
    ) -> bool:
        """Commit changes of which some give names or keys to accounts, or take them away."""
        claimed: list[tuple[AccountChange, str]] = []
        succeeded = False
        try:
            for change in changed:
                moment = await self._directory.claim(change.after.owner, new_claims(change))
                if isinstance(moment, OtherClaim):
                    await self._resolve(moment)
                    return False
                claimed.append((change, moment))
            succeeded = await self._apply(changes)
        finally:
            for change, moment in claimed:
                await self._settle(change, moment, succeeded=succeeded)
        return succeeded

    async def _settle(self, change: AccountChange, moment: str, *, succeeded: bool) -> None:
        """Confirm what was claimed for a change and release what it gives up, or undo it."""
        owner = change.after.owner
        if succeeded:
            await self._directory.confirm(owner, new_claims(change))
            await self._directory.release(owner, old_claims(change))
        else:
            current = await self._account(owner)
            lost = new_claims(change) - (claims_of(current) if current else set())
            await self._directory.release(owner, lost, moment)

    async def forget(self, account: Account) -> None:
        """Release the claims of an account that was deleted."""
        owner = account.owner
        await self._directory.remove(account)
        again = await self._account(owner)
        if again is not None:
            # Opened again in the meantime, perhaps before its claims were released.
            await self._directory.claim(owner, claims_of(again))
            await self._directory.confirm(owner, claims_of(again))
