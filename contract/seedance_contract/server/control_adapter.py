"""Control over the accounts of a server. This mock gives it, the real service does not.

With it the clock stands still between requests, so every response is certain. Without it the
checks wait in real time and leave out what depends on the clock or on the balance.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFunds:
    """The money of an account in USD. `balance` is None if it is unlimited."""

    balance: Decimal | None
    reserved: Decimal
    charged: Decimal


class ControlAdapter(Protocol):
    """Controls clock, money and rate limit of the accounts of a server."""

    def open_account(self, key: str, *, balance: Decimal | None = None) -> None:
        """Open the account of a key with a stopped clock and a balance in USD.

        If the account exists, it is reset: it keeps no tasks and no charges.
        """

    def close_account(self, key: str) -> None:
        """Delete the account of a key. The next request opens one as if the key were new."""

    def advance_clock(self, key: str, seconds: float) -> None:
        """Move the clock of an account on. Requests made after the return see the new time."""

    def top_up(self, key: str, usd: Decimal) -> None:
        """Grant an account more USD."""

    def set_rate_limit(self, key: str, requests_per_minute: int) -> None:
        """Limit the requests that an account may make."""

    def funds(self, key: str) -> AccountFunds:
        """Return the money of an account."""

    @property
    def shell_functions(self) -> str:
        """Functions of a POSIX shell that do the same, for scripts that repeat a failure.

        They are `open_account KEY [USD]`, `advance_clock KEY SECONDS`, `top_up KEY USD`,
        `set_rate_limit KEY REQUESTS` and `show_funds KEY`, and they use curl. The script defines
        `$BASE_URL`, the directory `$DIR` for temporary files, and the filter `member NAME`, which
        prints the first member of that name in JSON. Only `show_funds` prints something.
        """
