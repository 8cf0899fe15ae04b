"""The log of a check: what it keeps, and that control steps are part of it."""

from __future__ import annotations

import time
from decimal import Decimal

from seedance_contract.server.control_adapter import AccountFunds
from seedance_contract.server.http.log import (
    MAX_LOG_ENTRIES,
    AccountOpened,
    BalanceToppedUp,
    ClockAdvanced,
    ExchangeLog,
    FundsRead,
    LoggedControl,
    RateLimitSet,
)

FUNDS = AccountFunds(balance=None, reserved=Decimal(0), charged=Decimal(0))


class PassiveControl:
    """Accepts every step and does nothing."""

    shell_functions = "open_account() { :; }"

    def open_account(self, key: str, *, balance: Decimal | None = None) -> None: ...
    def close_account(self, key: str) -> None: ...
    def advance_clock(self, key: str, seconds: float) -> None: ...
    def top_up(self, key: str, usd: Decimal) -> None: ...
    def set_rate_limit(self, key: str, requests_per_minute: int) -> None: ...
    def funds(self, key: str) -> AccountFunds:
        return FUNDS


def test_control_steps_are_logged_in_order() -> None:
    log = ExchangeLog()
    control = LoggedControl(PassiveControl(), log)

    control.close_account("sk-a")
    control.open_account("sk-a", balance=Decimal(1))
    control.advance_clock("sk-a", 5.0)
    control.top_up("sk-a", Decimal(2))
    control.set_rate_limit("sk-a", 3)

    assert control.funds("sk-a") is FUNDS
    assert log.exchanges == ()
    assert log.entries == (
        AccountOpened(key="sk-a", balance=Decimal(1)),
        ClockAdvanced(key="sk-a", seconds=5.0),
        BalanceToppedUp(key="sk-a", usd=Decimal(2)),
        RateLimitSet(key="sk-a", requests_per_minute=3),
        FundsRead(key="sk-a", funds=FUNDS),
    )
    assert control.shell_functions == PassiveControl.shell_functions


def test_control_step_has_its_time() -> None:
    log = ExchangeLog()
    before = time.monotonic()

    LoggedControl(PassiveControl(), log).advance_clock("sk-a", 5.0)

    [step] = log.entries
    assert before <= step.started_at <= step.ended_at <= time.monotonic()


def test_setup_outlives_the_examples() -> None:
    log = ExchangeLog()
    setup, first, second = (AccountOpened(key=key) for key in ("sk-a", "sk-b", "sk-c"))
    log.append(setup)
    log.end_setup()

    for example in (first, second):
        log.start_example()
        log.append(example)

    assert log.entries == (setup, second)


def test_cleared_log_is_empty() -> None:
    log = ExchangeLog()
    log.append(AccountOpened(key="sk-a"))

    log.clear()

    assert log.entries == ()


def test_long_log_keeps_its_setup_and_its_end() -> None:
    log = ExchangeLog()
    setup = AccountOpened(key="sk-a")
    log.append(setup)
    log.end_setup()

    for seconds in range(MAX_LOG_ENTRIES + 5):
        log.append(ClockAdvanced(key="sk-a", seconds=seconds))

    assert len(log.entries) == MAX_LOG_ENTRIES
    assert log.entries[:2] == (setup, ClockAdvanced(key="sk-a", seconds=0))
    assert log.entries[-1] == ClockAdvanced(key="sk-a", seconds=MAX_LOG_ENTRIES + 4)
