"""The account of an API key: money, script, clock and counters. Pure functions only.

`balance + reserved + charged` always equals the amount that was granted.
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
"""An API key, as a regular expression. It allows the characters of a bearer token (RFC 6750)."""

WINDOW_SECONDS = 60

# Each prompt with words has a counter of its own, so a client decides how many there are.
MAX_COUNTERS = 256
"""How many counters an account has. A new counter beyond that replaces the oldest one."""


class RateWindow(NamedTuple):
    """The minute in which requests are counted: its start, and the requests counted so far."""

    start: float = 0.0
    used: int = 0


# Records are tuples, not frozen dataclasses: every create replaces its account, and `_replace`
# of a tuple takes about a quarter of the time of `dataclasses.replace`.
class Account(NamedTuple):
    """The state of one API key. Amounts are in USD.

    Args:
        owner: digest of the key. No record contains the key itself.
        name: stands for the key wherever an account is shown, for example `key-1`. The store
            gives it.
        words: the text of `script`.
        key_words: the words that the key itself carries; a reset returns to them.
        script: how the account behaves.
        granted: the credit; None for unlimited credit.
        quota: the spending limit of the key; None for no limit.
        reserved: the sum of the estimates of unsettled tasks.
        charged: the sum of the prices of settled tasks.
        timeline: how the account's time follows the machine's clock.
        script_number: counts the scripts that the account has had.
        request_counts: requests by kind since the current script was set.
        rate_window: the current minute of the rate limit.
        rate_limit: in requests a minute; None for no limit.
        retention_seconds: how long an ended task can be read; None for ever.
        created_count: how many tasks the account has created.
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


def account_name(number: int) -> str:
    """Return the name of the account that was opened as number `number`, from 1."""
    return f"key-{number}"


def balance(account: Account) -> Decimal | None:
    """Return the amount that can still be reserved, or None for unlimited credit."""
    if account.granted is None:
        return None
    return account.granted - account.reserved - account.charged


def covers(account: Account, amount: Decimal) -> bool:
    """Tell whether the balance is sufficient to reserve `amount`."""
    available = balance(account)
    return available is None or available >= amount


def within_quota(account: Account, amount: Decimal) -> bool:
    """Tell whether `amount` more stays within the spending limit of the key."""
    spent = account.reserved + account.charged
    return account.quota is None or spent + amount <= account.quota


def with_reservation(account: Account, amount: Decimal) -> Account:
    """Return the account with `amount` reserved for one more task. Source: page, billing"""
    return account._replace(
        reserved=account.reserved + amount, created_count=account.created_count + 1
    )


def with_settlement(account: Account, task: Task) -> Account:
    """Return the account after `task` has ended: reservation released, price charged."""
    return account._replace(
        reserved=account.reserved - task.estimate,
        charged=account.charged + charge(task),
    )


def without_history(account: Account) -> Account:
    """Return the account with no money reserved or charged, and no requests counted."""
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
        # A dict keeps the order of insertion, so the first key is the oldest counter.
        del counts[next(iter(counts))]
    return account._replace(request_counts=counts)


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


def count_against_rate_limit(
    account: Account, now: float
) -> tuple[Account, RateLimitStatus | None]:
    """Return the account with one request counted, and the state of its rate limit.

    The state is None if the account has no rate limit. A request that is not allowed is not
    counted.
    """
    if account.rate_limit is None:
        return account, None
    window = account.rate_window
    if now - window.start >= WINDOW_SECONDS:
        window = RateWindow(start=now)
    allowed = window.used < account.rate_limit
    window = window._replace(used=window.used + allowed)
    reset = window.start + WINDOW_SECONDS
    status = RateLimitStatus(
        limit=account.rate_limit,
        remaining=account.rate_limit - window.used,
        reset=math.ceil(reset),
        # At least 1: a client that waits 0 s would only be refused again.
        retry_after=max(1, math.ceil(reset - now)),
        allowed=allowed,
    )
    return account._replace(rate_window=window), status
