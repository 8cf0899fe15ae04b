"""The log of a check: the requests that it sent and the changes that it made to accounts, in order.

A report shows a failure with the log that led to it, and repeats it as a script. So the log has
everything that a repetition needs.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field, replace
from decimal import Decimal

from seedance_contract.case import Mismatch
from seedance_contract.server.control_adapter import AccountFunds, ControlAdapter
from seedance_contract.server.http.exchange import Exchange

MAX_LOG_ENTRIES = 400
"""The number of entries that are kept. The longest sequence of the state machine makes some 200."""

KEPT_AT_START = 50
"""The number of the oldest entries that are kept in any case: they create what later ones read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimedStep:
    """A step of the control API, with times in seconds on the monotonic clock.

    The times tell which requests it overlaps. Steps at different times are equal.
    """

    key: str
    started_at: float = field(default=0.0, compare=False)
    ended_at: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountOpened(TimedStep):
    """The account of a key was opened or reset. Its clock stands still from now on.

    `balance` is in USD, None for unlimited credit.
    """

    balance: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ClockAdvanced(TimedStep):
    """The clock of an account was moved on by `seconds`."""

    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceToppedUp(TimedStep):
    """An account was granted `usd` more."""

    usd: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimitSet(TimedStep):
    """The requests that an account may make in a minute were limited."""

    requests_per_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FundsRead(TimedStep):
    """The money of an account was read. It changes nothing, and may show a fault."""

    funds: AccountFunds


ControlStep = AccountOpened | ClockAdvanced | BalanceToppedUp | RateLimitSet | FundsRead
"""What was done to an account or read of it without a request of the API."""

LogEntry = Exchange | ControlStep


class ExchangeLog:
    """The entries of one check, the oldest first. Safe to use from several threads."""

    def __init__(self) -> None:
        self._entries: list[LogEntry] = []
        self._setup_length = 0
        self._lock = threading.Lock()

    @property
    def entries(self) -> tuple[LogEntry, ...]:
        """The entries so far."""
        with self._lock:
            return tuple(self._entries)

    @property
    def exchanges(self) -> tuple[Exchange, ...]:
        """The exchanges so far, without the control steps."""
        return tuple(entry for entry in self.entries if isinstance(entry, Exchange))

    def append(self, entry: LogEntry) -> None:
        """Add an entry. Beyond the limit an entry after the setup and the start is forgotten."""
        with self._lock:
            self._entries.append(entry)
            # An endless task is polled without a limit. The newest entries show the failure, the
            # script of the reproduction needs the oldest: entries in the middle have to go.
            if len(self._entries) > MAX_LOG_ENTRIES:
                del self._entries[max(self._setup_length, KEPT_AT_START)]

    def replace(self, entries: tuple[LogEntry, ...]) -> None:
        """Hold these entries instead: a failure was found by an earlier run, which kept them."""
        with self._lock:
            self._entries, self._setup_length = list(entries), 0

    def clear(self) -> None:
        """Forget everything."""
        self.replace(())

    def end_setup(self) -> None:
        """Keep the entries so far for every example that follows, such as the opened account."""
        with self._lock:
            self._setup_length = len(self._entries)

    def start_example(self) -> None:
        """Forget what earlier examples did. What came before `end_setup` stays."""
        with self._lock:
            del self._entries[self._setup_length :]


class LoggedMismatch(Mismatch):
    """A mismatch that an earlier run has found. `log` has everything that led to it."""

    def __init__(
        self, expected: str, actual: str, log: tuple[LogEntry, ...], *, cause: str = ""
    ) -> None:
        super().__init__(expected, actual, cause=cause)
        self.log = log


class LoggedControl:
    """A control adapter that writes each step that it takes to a log."""

    def __init__(self, control: ControlAdapter, log: ExchangeLog) -> None:
        self._control, self._log = control, log

    def open_account(self, key: str, *, balance: Decimal | None = None) -> None:
        """Open or reset an account, as `ControlAdapter` says."""
        # Logged after the call: a step that raises an error has not happened, and a script that
        # repeats it would fail elsewhere.
        started_at = time.monotonic()
        self._control.open_account(key, balance=balance)
        self._append(AccountOpened(key=key, balance=balance), started_at)

    def close_account(self, key: str) -> None:
        """Delete an account. This comes before a check and after it, so no script repeats it."""
        self._control.close_account(key)

    def advance_clock(self, key: str, seconds: float) -> None:
        """Move the clock of an account on."""
        started_at = time.monotonic()
        self._control.advance_clock(key, seconds)
        self._append(ClockAdvanced(key=key, seconds=seconds), started_at)

    def top_up(self, key: str, usd: Decimal) -> None:
        """Grant an account more USD."""
        started_at = time.monotonic()
        self._control.top_up(key, usd)
        self._append(BalanceToppedUp(key=key, usd=usd), started_at)

    def set_rate_limit(self, key: str, requests_per_minute: int) -> None:
        """Limit the requests that an account may make."""
        started_at = time.monotonic()
        self._control.set_rate_limit(key, requests_per_minute)
        self._append(RateLimitSet(key=key, requests_per_minute=requests_per_minute), started_at)

    def funds(self, key: str) -> AccountFunds:
        """Return the money of an account."""
        started_at = time.monotonic()
        funds = self._control.funds(key)
        self._append(FundsRead(key=key, funds=funds), started_at)
        return funds

    @property
    def shell_functions(self) -> str:
        """The functions of the control adapter."""
        return self._control.shell_functions

    def _append(self, step: ControlStep, started_at: float) -> None:
        self._log.append(replace(step, started_at=started_at, ended_at=time.monotonic()))
