"""The stores of records: one interface, which a store outside the process can implement too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from seedance_mock.domain.accounts import Account, without_history
from seedance_mock.domain.task import Task


class TaskChange(NamedTuple):
    """Replace the task `before` by `after`. None stands for no record."""

    before: Task | None
    after: Task | None


class AccountChange(NamedTuple):
    """Replace the account `before` by `after`. `before` is None if there is no account yet."""

    before: Account | None
    after: Account


Change = TaskChange | AccountChange


class Store(Protocol):
    """Keeps tasks by id and accounts by owner. A record is replaced whole, never changed.

    `waits` tells whether a method may wait for anything. If not, a request is answered as soon
    as it has come, without a task of the event loop.
    """

    is_async: bool

    async def task(self, task_id: str) -> Task | None:
        """Return the task, or None where there is no such id."""

    async def account(self, owner: str) -> Account | None:
        """Return the account, or None where the owner has none yet."""

    async def commit(self, *changes: Change) -> bool:
        """Apply all changes, or none where a record is no longer the `before` of its change.

        Of two commits from the same `before` exactly one succeeds, so that a cancel and a
        start, two cancels, or two creates on one balance cannot both win.
        """

    async def due(self, owner: str, now: float) -> Sequence[Task]:
        """Return the owner's tasks that have ended by `now` and are not settled."""

    async def eviction_candidates(self) -> Sequence[Task]:
        """Return the tasks that could make room, best first; none while there is room.

        The first of them that has ended is the one that ended first, by the clock of its
        account, whether or not anybody looked. If none has ended, no task in the store has;
        then the last of them is the oldest. What this costs does not grow with the tasks.
        """

    async def accounts(self) -> Sequence[Account]:
        """Return every account, the oldest first."""

    async def tasks(self, owner: str | None = None) -> Sequence[Task]:
        """Return the tasks of an owner, or all, in the order of their creation."""

    async def forget(self, owner: str) -> None:
        """Forget an account and its tasks."""

    async def clear(self) -> None:
        """Forget everything."""


async def ensure_account(store: Store, account: Account) -> Account:
    """Return the account as it is stored now.

    If the account was deleted while its request was handled, it is stored again without history.
    """
    stored = await store.account(account.owner)
    if stored is not None:
        return stored
    restored = without_history(account)
    await store.commit(AccountChange(None, restored))
    return restored
