"""The account of a key: its money, its script, its time, its counters. Pure functions.

At every moment `balance + reserved + charged` is what was granted.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from seedance_mock.domain.clock import REAL_TIME, Timeline
from seedance_mock.domain.task import NO_REQUEST_COUNTS, Task, charge
from seedance_mock.scripting.script import PLAIN, Script

ZERO = Decimal(0)

KEY_PATTERN = r"sk-[A-Za-z0-9._~+/-]{1,500}=*"
"""What an API key looks like, as a regular expression: the characters of a bearer token."""

WINDOW_SECONDS = 60

MAX_COUNTERS = 256
"""How many counters an account keeps; more prompts with words than that forget the oldest."""


class RateWindow(NamedTuple):
    """The minute in which requests are counted: when it began, how many came."""

    start: float = 0.0
    used: int = 0


class Account(NamedTuple):
    """What is known of a key. Amounts are in USD; `granted` is None for unlimited credit.

    It is a tuple, as that is quickly replaced, which every create does. `name` stands for the
    key wherever something is shown. `words` is the text of `script`, `opened_with` that of the
    key itself.
    `counts` holds how many requests of each kind came since the script was given, which was
    the `epoch`-th. `limit` is in requests a minute, `keep` in seconds after a task has ended;
    None for neither. `born` is how many tasks were created.
    """

    owner: str
    name: str
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


def balance(account: Account) -> Decimal | None:
    """Return what can still be reserved, or None for unlimited credit."""
    if account.granted is None:
        return None
    return account.granted - account.reserved - account.charged


def covers(account: Account, amount: Decimal) -> bool:
    """Tell whether the balance suffices to reserve `amount`."""
    available = balance(account)
    return available is None or available >= amount


def within_quota(account: Account, amount: Decimal) -> bool:
    """Tell whether the key's own limit admits `amount` more."""
    spent = account.reserved + account.charged
    return account.quota is None or spent + amount <= account.quota


def with_reservation(account: Account, amount: Decimal) -> Account:
    """Return the account with `amount` set aside for one more task. Source: page, billing"""
    return account._replace(
        reserved=account.reserved + amount, created_count=account.created_count + 1
    )


def with_settlement(account: Account, task: Task) -> Account:
    """Return the account after `task` has ended: its reservation gone, its price charged."""
    return account._replace(
        reserved=account.reserved - task.estimate,
        charged=account.charged + charge(task),
    )


def without_history(account: Account) -> Account:
    """Return the account without a past: nothing reserved, charged or counted."""
    return account._replace(
        reserved=ZERO,
        charged=ZERO,
        request_counts=NO_REQUEST_COUNTS,
        created_count=0,
        rate_window=RateWindow(),
    )


def with_counted_request(account: Account, kind: str) -> Account:
    """Return the account with one more request of a kind."""
    counts = {**account.request_counts, kind: account.request_counts.get(kind, 0) + 1}
    if len(counts) > MAX_COUNTERS:
        del counts[next(iter(counts))]
    return account._replace(request_counts=counts)


@dataclass(frozen=True, slots=True)
class RateLimitStatus:
    """What the rate limit says of a request: `reset` is in seconds since the Unix epoch."""

    limit: int
    remaining: int
    reset: int
    retry_after: int
    allowed: bool


def count_against_rate_limit(
    account: Account, now: float
) -> tuple[Account, RateLimitStatus | None]:
    """Count a request in the account's minute, and tell whether it is still allowed."""
    if account.rate_limit is None:
        return account, None
    window = account.rate_window
    if now - window.start >= WINDOW_SECONDS:
        window = RateWindow(start=now)
    allowed = window.used < account.rate_limit
    window = window._replace(used=window.used + allowed)
    reset = window.start + WINDOW_SECONDS
    allowance = RateLimitStatus(
        limit=account.rate_limit,
        remaining=account.rate_limit - window.used,
        reset=math.ceil(reset),
        retry_after=max(1, math.ceil(reset - now)),
        allowed=allowed,
    )
    return account._replace(rate_window=window), allowance
