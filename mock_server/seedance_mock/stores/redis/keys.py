"""The names of the keys in Redis.

Everything of one account has the same hash tag, so that it is in one slot of a cluster and one
script can change it. The tag is the first digits of the owner, which are also the last digits of
the ids of its tasks (`domain.task.new_task_id`): no other key tells which slot a task is in.
"""

from __future__ import annotations

from seedance_mock.domain.task import OWNER_DIGITS
from seedance_mock.stores.records import VERSION as RECORD_VERSION

KEY_VERSION = 2
"""The version of the keys and of what they contain. Raise it with each change of them."""

FORMAT = f"{KEY_VERSION}.{RECORD_VERSION}"
"""What the key `format` of a store has."""


class Keys:
    """The names under a prefix, which separates stores in one database."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        # What all keys of this prefix match, and none of another: `a:{…}` but not `a:b:{…}`. No
        # character that a prefix may have is special in a pattern of Redis.
        self.pattern = f"{prefix}:{{*"
        self.format = f"{prefix}:{{directory}}:format"
        self.claims = f"{prefix}:{{directory}}:claims"
        self.unconfirmed = f"{prefix}:{{directory}}:unconfirmed"
        self.numbers = f"{prefix}:{{directory}}:numbers"
        self.order = f"{prefix}:{{directory}}:order"
        self.counters = f"{prefix}:{{directory}}:counters"
        self.active = f"{prefix}:{{directory}}:active"
        self.open_queue = f"{prefix}:{{directory}}:open"
        self.settled_queue = f"{prefix}:{{directory}}:settled"
        # The imports that have begun and not ended.
        self.loading = f"{prefix}:{{directory}}:loading"
        self.journal = f"{prefix}:{{journal}}"

    def task(self, task_id: str) -> str:
        """Return the key of a task."""
        return f"{self.prefix}:{{{task_id[-OWNER_DIGITS:]}}}:task:{task_id}"

    def account(self, owner: str) -> str:
        """Return the key of an account."""
        return f"{self._account_prefix(owner)}:account:{owner}"

    def open_tasks(self, owner: str) -> str:
        """Return the key of the sorted set of an owner's tasks that are not settled, by end."""
        return f"{self._account_prefix(owner)}:open:{owner}"

    def settled_tasks(self, owner: str) -> str:
        """Return the key of the sorted set of an owner's settled tasks, by end."""
        return f"{self._account_prefix(owner)}:settled:{owner}"

    def entries(self, kind: str, owner: str) -> str:
        """Return the key of the hash of an owner's entries of a kind, by its name."""
        return f"{self._account_prefix(owner)}:entries:{kind}:{owner}"

    def entry_owners(self, kind: str) -> str:
        """Return the key of the sorted set of owners that may have entries of a kind."""
        return f"{self.prefix}:{{directory}}:entry-owners:{kind}"

    def token(self, owner: str, token: str) -> str:
        """Return the key of a token, in the slot of an owner."""
        return f"{self._account_prefix(owner)}:token:{token}"

    def _account_prefix(self, owner: str) -> str:
        return f"{self.prefix}:{{{owner[:OWNER_DIGITS]}}}"
