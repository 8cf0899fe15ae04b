"""The stores of records: one interface, which a store outside the process can implement too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol, TypeVar

from seedance_mock.domain.accounts import Account, without_history
from seedance_mock.domain.task import Task
from seedance_mock.stores.journal_log import JournalLog


class TaskChange(NamedTuple):
    """Replace the task `before` by `after`. None stands for no record."""

    before: Task | None
    after: Task | None


class AccountChange(NamedTuple):
    """Replace the account `before` by `after`. `before` is None if there is no account yet."""

    before: Account | None
    after: Account


class Entry(Protocol):
    """A small immutable record that belongs to an account, such as a material of the library.

    It is a struct of one of the kinds in `stores.records.ENTRY_KINDS`.
    """

    @property
    def owner(self) -> str:
        """The owner of the account. If the account is deleted, its entries are deleted too."""

    @property
    def id(self) -> str:
        """The id, not empty, which no other entry of this kind and owner has."""


EntryT = TypeVar("EntryT", bound=Entry)


class EntryChange(NamedTuple):
    """Replace the entry `before` by `after`. None stands for no record.

    Both have the same kind, owner and id.
    """

    before: Entry | None
    after: Entry | None


Change = TaskChange | AccountChange | EntryChange


class AccountContent(NamedTuple):
    """An account, its tasks in the order of their creation, and its entries.

    The entries of each kind are in the order in which they were first stored.
    """

    account: Account
    tasks: list[Task]
    entries: list[Entry]


class Store(Protocol):
    """Stores tasks by id, accounts by owner, and entries by kind, owner and id.

    Records are immutable values: a record is replaced as a whole, never changed. A store may be
    another process. What it returns is equal to what was stored, but it may be another object
    each time, so neither callers nor stores rely on identity. A store that does keep objects may
    compare with `is` first and with `==` only if that fails, because `is` is cheaper.

    Every method is atomic: no other call sees a part of its effect.

    `is_async` tells whether a method may wait, for a network or for a lock. If it is true, requests
    that change the same account follow each other, see `service.account_locks`.
    """

    is_async: bool

    journal_log: JournalLog | None
    """The journal that all processes with this store share; None if each has its own."""

    async def task(self, task_id: str) -> Task | None:
        """Return the task, or None if there is no task with this id."""

    async def account(self, owner: str) -> Account | None:
        """Return the account, or None if the owner has none yet."""

    def known_account(self, owner: str) -> Account | None:
        """Return the account as this process has seen it last, without asking the store.

        It may be outdated. None if this process does not know it.
        """

    async def account_of_key(self, key: str) -> Account | None:
        """Return the account that a key belongs to, or None if it belongs to none.

        `key` is the digest of the key. A key belongs to the account that it owns, or to the one
        that has it among its `added_keys`, never to two. Every request of the API calls this.
        """

    async def account_and_task(self, key: str, task_id: str) -> tuple[Account | None, Task | None]:
        """Return what `account_of_key` and `task` do.

        Every request for a task calls this: a store in another process is asked once, not twice.
        """

    async def account_by_name(self, name: str) -> Account | None:
        """Return the account with this name, or None. No two accounts have the same name."""

    async def open_account(self, account: Account) -> Account:
        """Return the account that the owner's key belongs to. If none, store and return `account`.

        A new account gets the name `account_name(n)`, where n counts the accounts that the store
        has named so. No number is given twice, even after a restart and in another process, until
        `clear`. A number whose name is taken, as after an import, is left out. Added keys that
        belong to another account by now are left out.
        """

    async def commit(self, *changes: Change) -> bool:
        """Apply all changes and return True, or apply none and return False.

        None is applied if a record in the store is not equal to the `before` of its change, or if
        the name or a key of an account belongs to another account. All are compared with the
        records from before the commit. Of two commits from the same record exactly one succeeds,
        so that a cancel and a start, two cancels, or two creates on one balance cannot both win.
        """

    async def due(self, owner: str, now: float) -> Sequence[Task]:
        """Return the owner's tasks that have ended by `now` and are not settled."""

    async def eviction_candidates(self) -> Sequence[Task]:
        """Return the tasks that can be evicted, the best one first; none while there is room.

        The first candidate that has ended is the task that ended first, by the clock of its
        account, whether or not it was read since; of several, the one that was created first.
        If no candidate has ended, no task in the store has, and the last candidate is the task
        that was stored first. The cost of this call does not grow with the number of tasks.
        """

    async def accounts(self) -> Sequence[Account]:
        """Return all accounts in the order in which they were opened."""

    async def tasks(self, owner: str | None = None) -> Sequence[Task]:
        """Return the tasks of an owner, or all tasks, in the order of their creation.

        The cost for an owner does not depend on the tasks of other owners.
        """

    async def entry(self, kind: type[EntryT], owner: str, entry_id: str) -> EntryT | None:
        """Return an entry of an owner, or None if there is no entry of this kind and id."""

    async def entries(self, kind: type[EntryT], owner: str) -> Sequence[EntryT]:
        """Return an owner's entries of a kind in the order in which they were first stored.

        The cost of this call does not depend on the entries of other owners.
        """

    async def entry_owners(self, kind: type[Entry]) -> Sequence[str]:
        """Return the owners that have entries of a kind, in no particular order.

        The cost of this call depends neither on the number of tasks nor on that of entries.
        """

    async def reset(self, before: Account, after: Account) -> bool:
        """Replace an account as `commit` does, and delete all of its tasks and entries.

        Returns False, and does neither, where `commit` would.
        """

    async def clear(self) -> None:
        """Delete all records. The next account is number 1 again."""

    async def close(self) -> None:
        """Release files and connections. No other method may be called after it."""


class SharedStore(Store, Protocol):
    """A store that several processes can use, so that commands can reach it, too."""

    async def contents(self) -> Sequence[AccountContent]:
        """Return all accounts in the order of opening, with their tasks and entries.

        Each account is as it was at one moment, however many commits others make meanwhile.
        """

    async def load(self, contents: Sequence[AccountContent]) -> None:
        """Store accounts with their tasks and entries in an empty store.

        No two accounts have the same name or key, and no two tasks the same id.

        Raises LoadError if the store is not empty. What others have stored is never deleted.
        """


async def ensure_account(store: Store, account: Account) -> Account:
    """Return the account as it is stored now.

    If it was deleted while its request was handled, it is opened again under a new name, without
    its history.
    """
    return await store.open_account(without_history(account))


def content_changes(content: AccountContent) -> Sequence[Change]:
    """Return what stores an account with its tasks and entries."""
    return [
        AccountChange(None, content.account),
        *(TaskChange(None, task) for task in content.tasks),
        *(EntryChange(None, entry) for entry in content.entries),
    ]


def entry_of(change: EntryChange) -> Entry:
    """Return an entry with kind, owner and id of the one that is changed."""
    entry = change.before or change.after
    assert entry is not None, "a change has a record before or after"
    return entry
