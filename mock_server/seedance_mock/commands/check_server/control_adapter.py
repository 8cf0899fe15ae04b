"""The control API of the mock, in the form that the server checks use."""

from __future__ import annotations

from decimal import Decimal
from functools import cached_property
from importlib.resources import files

from seedance_contract.server.control_adapter import AccountFunds
from seedance_mock.testing.control_client import Control, ControlError


class MockControlAdapter:
    """Changes accounts with the control API of a mock. Implements `ControlAdapter`."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._names: dict[str, str] = {}

    def open_account(self, key: str, *, balance: Decimal | None = None) -> None:
        if key in self._names:
            # With --key all checks share one key. Each must find an account without tasks.
            self._control.reset(self._names[key])
        # The clock stands still, so that only the checks decide when a task ends.
        self._names[key] = self._control.open(key, balance=balance, mode="frozen").name

    def advance_clock(self, key: str, seconds: float) -> None:
        self._control.advance(self._names[key], seconds)

    def top_up(self, key: str, usd: Decimal) -> None:
        self._control.top_up(self._names[key], usd)

    def set_rate_limit(self, key: str, requests_per_minute: int) -> None:
        # The control API sets no rate limit; a word does.
        self._control.open(key, words=f"limit-{requests_per_minute}", mode="frozen")

    def funds(self, key: str) -> AccountFunds:
        state = self._control.account(self._names[key])
        return AccountFunds(balance=state.balance, reserved=state.reserved, charged=state.charged)

    @cached_property
    def shell_functions(self) -> str:
        return files(__package__).joinpath("control_functions.sh").read_text("utf-8")


def find_control_adapter(url: str, token: str | None) -> MockControlAdapter | None:
    """Return the control adapter of the server at `url`; None if it has no control API."""
    control = Control(url, token)
    try:
        control.call("GET", "/words")
    # Another server may respond with anything: an error, no JSON, JSON without `error.message`.
    except (ControlError, OSError, ValueError, LookupError):
        return None
    return MockControlAdapter(control)
