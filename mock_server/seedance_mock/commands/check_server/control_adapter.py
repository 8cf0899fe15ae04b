"""The control API of the mock, in the form that the server checks use."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from importlib.resources import files
from typing import Any

from seedance_contract.case import Mismatch
from seedance_contract.server.control_adapter import AccountFunds
from seedance_contract.server.errors import UnreachableError
from seedance_contract.server.http.exchange import SentRequest, member
from seedance_contract.server.http.transport import Transport
from seedance_mock.domain.lifecycle import MATERIAL_SECONDS, QUICK
from seedance_mock.testing.control_client import AccountState, Control, ControlError

VOCABULARY = ("presets", "settings", "places", "faults")
"""Members of the response of `GET /_mock/words`, by which the control API is recognised."""


UNLIMITED_USD, UNLIMITED_REQUESTS, UNLIMITED_SECONDS = Decimal(1_000_000), 999_999, 9_999_999
"""What a server with limits allows the accounts of the checks: more than any check needs."""

QUICK_WORDS = f"queue-{QUICK[0]:g}s run-{QUICK[1]:g}s asset-ready-{MATERIAL_SECONDS['quick']:g}s"
"""The durations of the lifecycle `quick`, which the checks and the examples are written for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStart:
    """How an account starts. `balance` is in USD, None for that of the server."""

    words: str = ""
    balance: Decimal | None = None

    @property
    def shell_variables(self) -> str:
        """The variables with which the shell functions open the same accounts."""
        words = f"ACCOUNT_WORDS='{self.words}'\n" if self.words else ""
        return words if self.balance is None else f"{words}ACCOUNT_USD={self.balance}\n"


def account_start(server: Mapping[str, object]) -> AccountStart:
    """Return the start that undoes what the options of a server do to each account.

    `server` is the response of `GET /_mock/server`. A limit is no fault of a server, but the checks
    would take the refusals and the missing tasks for one.
    """
    words = [
        QUICK_WORDS if server.get("lifecycle", "quick") != "quick" else "",
        f"limit-{UNLIMITED_REQUESTS}" if server.get("requests_a_minute") is not None else "",
        f"keep-{UNLIMITED_SECONDS}s" if server.get("retention_s") is not None else "",
    ]
    has_balance = server.get("balance_usd") is not None
    return AccountStart(
        words=" ".join(filter(None, words)), balance=UNLIMITED_USD if has_balance else None
    )


class TransportControl(Control):
    """A client of the control API that sends its requests over the connections of a run.

    They are kept open, and limited in time and size like all others.
    """

    def __init__(self, url: str, token: str | None, transport: Transport) -> None:
        super().__init__(url, token)
        self._url, self._authorization, self._transport = url.rstrip("/"), token, transport

    def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Call the control API and return the JSON body of the response."""
        headers = {"Content-Type": "application/json"}
        if self._authorization is not None:
            headers["Authorization"] = f"Bearer {self._authorization}"
        request = SentRequest(
            method=method,
            path=f"/_mock{path}",
            url=f"{self._url}/_mock{path}",
            headers=headers,
            body=None if body is None else json.dumps(body).encode(),
        )
        response, _ = self._transport.send(request)
        if response.status >= 400:
            message = member(response.json, "error", "message")
            raise ControlError(response.status, str(message))
        return response.json


@contextmanager
def _working_control() -> Iterator[None]:
    """Raise UnreachableError if the control API does not do what the checks need."""
    try:
        yield
    except (ControlError, Mismatch, LookupError, TypeError, ValueError, ArithmeticError) as error:
        message = f"the control API does not work: {type(error).__name__}: {error}"
        raise UnreachableError(message) from None


class MockControlAdapter:
    """Changes accounts with the control API of a mock. Implements `ControlAdapter`.

    Args:
        control: the client of the control API.
        start: how each account starts.
    """

    def __init__(self, control: Control, start: AccountStart | None = None) -> None:
        self._control = control
        self._start = start or AccountStart()
        self._names: dict[str, str] = {}

    def open_account(self, key: str, *, balance: Decimal | None = None) -> None:
        with _working_control():
            if key in self._names:
                # A check may open an account for each of its examples.
                self._control.reset(self._names[key])
            account = self._open(key, balance)
            if account.reserved or account.charged:
                # The key was used before it was opened here.
                self._control.reset(account.name)
                account = self._open(key, balance)
            self._names[key] = account.name

    def _open(self, key: str, balance: Decimal | None) -> AccountState:
        return self._control.open(
            key,
            words=self._start.words or None,
            balance=self._start.balance if balance is None else balance,
            # The clock stands still, so that only the checks decide when a task ends.
            mode="frozen",
        )

    def close_account(self, key: str) -> None:
        with _working_control():
            # An account has a name, which only the response to this request gives.
            self._control.reset(self._control.open(key).name)

    def advance_clock(self, key: str, seconds: float) -> None:
        with _working_control():
            self._control.advance(self._names[key], seconds)

    def top_up(self, key: str, usd: Decimal) -> None:
        with _working_control():
            self._control.top_up(self._names[key], usd)

    def set_rate_limit(self, key: str, requests_per_minute: int) -> None:
        with _working_control():
            # The control API sets no rate limit; a word does. Of two limits the later one counts.
            words = f"{self._start.words} limit-{requests_per_minute}"
            self._control.open(key, words=words.lstrip(), mode="frozen")

    def funds(self, key: str) -> AccountFunds:
        with _working_control():
            state = self._control.account(self._names[key])
        return AccountFunds(balance=state.balance, reserved=state.reserved, charged=state.charged)

    @cached_property
    def shell_functions(self) -> str:
        text = files(__package__).joinpath("control_functions.sh").read_text("utf-8")
        return self._start.shell_variables + text


def find_control_adapter(
    url: str, token: str | None, transport: Transport | None = None
) -> MockControlAdapter | None:
    """Return the control adapter of the server at `url`; None if it has no control API."""
    control = TransportControl(url, token, transport or Transport())
    try:
        vocabulary, server = control.call("GET", "/words"), control.call("GET", "/server")
    # Another server may respond with anything, or with nothing at all.
    except (ControlError, Mismatch, UnreachableError):
        return None
    if not all(isinstance(member(vocabulary, name), list) for name in VOCABULARY):
        return None
    return MockControlAdapter(control, account_start(server if isinstance(server, dict) else {}))
