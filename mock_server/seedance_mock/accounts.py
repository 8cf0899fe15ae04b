"""The account: what a key was granted, what is reserved, what was charged. Pure functions.

At every moment `balance + reserved + charged` is what was granted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal

from seedance_mock.task import Task, charge

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """The money of one key, in USD. `granted` is None for unlimited credit."""

    owner: str
    granted: Decimal | None = None
    reserved: Decimal = ZERO
    charged: Decimal = ZERO


def balance(account: Account) -> Decimal | None:
    """Return what can still be reserved, or None for unlimited credit."""
    if account.granted is None:
        return None
    return account.granted - account.reserved - account.charged


def covers(account: Account, amount: Decimal) -> bool:
    """Tell whether `amount` can be reserved."""
    available = balance(account)
    return available is None or available >= amount


def reserved(account: Account, amount: Decimal) -> Account:
    """Return the account with `amount` set aside. Source: page, billing"""
    return replace(account, reserved=account.reserved + amount)


def settled(account: Account, task: Task) -> Account:
    """Return the account after `task` has ended: its reservation gone, its price charged."""
    return replace(
        account,
        reserved=account.reserved - task.estimate,
        charged=account.charged + charge(task),
    )
