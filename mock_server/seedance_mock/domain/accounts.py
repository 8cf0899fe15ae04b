"""The account of a workspace: keys, money, script, clock and counters. Pure functions only.

A workspace is what the API's documents say tasks belong to; here each workspace is one account.
`balance + reserved + charged` always equals the amount that was granted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from msgspec.structs import replace

from seedance_mock.domain.clock import REAL_TIME, Timeline
from seedance_mock.domain.record import BaseRecord
from seedance_mock.domain.task import NO_REQUEST_COUNTS, Task, charge
from seedance_mock.scripting.script import PLAIN, Script

ZERO = Decimal(0)

KEY_PATTERN = r"sk-[A-Za-z0-9._~+/-]{1,500}=*"
"""An API key, as a regular expression. It allows the characters of a bearer token (RFC 6750)."""

NAME_PATTERN = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
"""A name that the control API can give to a workspace, as a regular expression."""

WINDOW_SECONDS = 60

# Each prompt with words has a counter of its own, so a client decides how many there are.
MAX_COUNTERS = 256
"""How many counters an account has. A new counter beyond that replaces the oldest one."""


MAX_KEYS = 100
"""How many keys a workspace can have. The account is stored as a whole with each request that
changes it, so its size must be bounded."""


class RateWindow(BaseRecord):
    """The minute in which requests are counted: its start, and the requests counted so far."""

    start: float = 0.0
    used: int = 0


class AddedKey(BaseRecord):
    """What a key has of its own after it was added to the account of another key.

    Everything else, such as tasks and money, it shares with the other keys. Amounts are in USD.

    Args:
        words: the text that `state`, `quota` and `rate_limit` come from.
        key_words: the words that the key itself carries; a reset returns to them.
        state: a value of the setting `key`: `ok`, `revoked` or `expired`.
        quota: the spending limit of the key; None for no limit.
        rate_limit: in requests a minute; None for no limit.
        rate_window: the current minute of the rate limit.
        spent: the estimates of its unsettled tasks and the prices of its settled ones.
    """

    words: str = ""
    key_words: str = ""
    state: str = "ok"
    quota: Decimal | None = None
    rate_limit: int | None = None
    rate_window: RateWindow = RateWindow()
    spent: Decimal = ZERO


NO_ADDED_KEYS: Mapping[str, AddedKey] = MappingProxyType({})

OPENING_KEY = ""
"""Stands for the key that opened an account, wherever a function takes the digest of a key."""


class Account(BaseRecord):
    """The state of a workspace, and of the key that opened it. Amounts are in USD.

    Nearly every workspace has only the key that opened it. What that key has of its own are fields
    of the account (`quota`, `rate_limit`, `rate_window`, and `key_state` of its script), so that
    an ordinary request needs no second record. `added_keys` has the same for every other key.

    Args:
        owner: digest of the key that opened the account. No record contains a key itself.
        name: stands for the account wherever it is shown. The store gives it, for example
            `key-1`, unless the control API has chosen one.
        words: the text of `script`.
        key_words: the words that the opening key carries; a reset returns to them.
        script: how the account behaves.
        granted: the credit; None for unlimited credit.
        quota: the spending limit of the opening key; None for no limit.
        reserved: the sum of the estimates of unsettled tasks.
        charged: the sum of the prices of settled tasks.
        timeline: how the account's time follows the machine's clock.
        script_number: counts the scripts that the account has had.
        request_counts: requests by kind since the current script was set.
        rate_window: the current minute of the rate limit of the opening key.
        rate_limit: of the opening key, in requests a minute; None for no limit.
        retention_seconds: how long an ended task can be read; None for ever.
        created_count: how many tasks the account has created.
        added_keys: the other keys of the workspace by their digests.
    """

    owner: str
    name: str = ""
    words: str = ""
    key_words: str = ""
    script: Script = PLAIN
    granted: Decimal | None = None
    quota: Decimal | None = None
    reserved: Decimal = ZERO
    charged: Decimal = ZERO
    timeline: Timeline = REAL_TIME
    script_number: int = 0
    request_counts: Mapping[str, int] = NO_REQUEST_COUNTS
    rate_window: RateWindow = RateWindow()
    rate_limit: int | None = None
    retention_seconds: float | None = None
    created_count: int = 0
    added_keys: Mapping[str, AddedKey] = NO_ADDED_KEYS


def account_name(number: int) -> str:
    """Return the name of the account that was opened as number `number`, from 1."""
    return f"key-{number}"


def balance(account: Account) -> Decimal | None:
    """Return the amount that can still be reserved, or None for unlimited credit."""
    if account.granted is None:
        return None
    return account.granted - account.reserved - account.charged


def covers(account: Account, amount: Decimal) -> bool:
    """Return whether the balance is sufficient to reserve `amount`."""
    available = balance(account)
    return available is None or available >= amount


def spent_by(account: Account, key: str) -> Decimal:
    """Return what is reserved and charged for the tasks of a key."""
    added = account.added_keys.get(key)
    if added is not None:
        return added.spent
    # The opening key has no sum of its own, because every create would have to update it.
    return account.reserved + account.charged - sum(a.spent for a in account.added_keys.values())


def within_quota(account: Account, amount: Decimal, key: str = OPENING_KEY) -> bool:
    """Return whether `amount` more stays within the spending limit of the key."""
    added = account.added_keys.get(key) if key else None
    quota = account.quota if added is None else added.quota
    return quota is None or spent_by(account, key) + amount <= quota


def can_reserve(account: Account, amount: Decimal, key: str = OPENING_KEY) -> bool:
    """Return whether the balance covers `amount`, and the spending limit of the key allows it."""
    if account.granted is None and account.quota is None and not key:
        return True
    return covers(account, amount) and within_quota(account, amount, key)


def with_reservation(account: Account, amount: Decimal, key: str = OPENING_KEY) -> Account:
    """Return the account with `amount` reserved for one more task of the key.

    Source: page, billing
    """
    after = replace(
        account, reserved=account.reserved + amount, created_count=account.created_count + 1
    )
    return _with_spending(after, key, amount) if key else after


def with_settlement(account: Account, task: Task) -> Account:
    """Return the account after `task` has ended: reservation released, price charged."""
    price = charge(task)
    after = replace(
        account,
        reserved=account.reserved - task.estimate,
        charged=account.charged + price,
    )
    return _with_spending(after, task.key, price - task.estimate) if task.key else after


def _with_spending(account: Account, key: str, amount: Decimal) -> Account:
    added = account.added_keys.get(key)
    if added is None:
        # The account was deleted and opened again without the key: the opening key pays.
        return account
    return with_added_key(account, key, replace(added, spent=added.spent + amount))


def with_added_key(account: Account, key: str, added: AddedKey) -> Account:
    """Return the account with the key whose digest is `key`, added or replaced."""
    return replace(account, added_keys={**account.added_keys, key: added})


def without_history(account: Account) -> Account:
    """Return the account with no money reserved or charged, and no requests counted."""
    added_keys = {
        key: replace(added, spent=ZERO, rate_window=RateWindow())
        for key, added in account.added_keys.items()
    }
    return replace(
        account,
        reserved=ZERO,
        charged=ZERO,
        request_counts=NO_REQUEST_COUNTS,
        created_count=0,
        rate_window=RateWindow(),
        added_keys=added_keys,
    )


def with_counted_request(account: Account, kind: str) -> Account:
    """Return the account with one more request of a kind."""
    counts = {**account.request_counts, kind: account.request_counts.get(kind, 0) + 1}
    if len(counts) > MAX_COUNTERS:
        # A dict keeps the order of insertion, so the first key is the oldest counter.
        del counts[next(iter(counts))]
    return replace(account, request_counts=counts)


@dataclass(frozen=True, slots=True)
class RateLimitStatus:
    """The state of the rate limit after a request.

    `reset` is in seconds since the Unix epoch, `retry_after` in seconds.
    """

    limit: int
    remaining: int
    reset: int
    retry_after: int
    allowed: bool


def rate_limit_of(account: Account, key: str) -> int | None:
    """Return the rate limit of a key in requests a minute, or None for no limit."""
    added = account.added_keys.get(key)
    return account.rate_limit if added is None else added.rate_limit


def count_against_rate_limit(
    account: Account, now: float, key: str = OPENING_KEY
) -> tuple[Account, RateLimitStatus | None]:
    """Return the account with one request of a key counted, and the state of its rate limit.

    The state is None if the key has no rate limit. A request that is not allowed is not counted.
    """
    limit = rate_limit_of(account, key)
    if limit is None:
        return account, None
    added = account.added_keys.get(key)
    window = account.rate_window if added is None else added.rate_window
    if now - window.start >= WINDOW_SECONDS:
        window = RateWindow(start=now)
    allowed = window.used < limit
    window = replace(window, used=window.used + allowed)
    reset = window.start + WINDOW_SECONDS
    status = RateLimitStatus(
        limit=limit,
        remaining=limit - window.used,
        reset=math.ceil(reset),
        # At least 1: a client that waits 0 s would only be refused again.
        retry_after=max(1, math.ceil(reset - now)),
        allowed=allowed,
    )
    if added is None:
        return replace(account, rate_window=window), status
    return with_added_key(account, key, replace(added, rate_window=window)), status
