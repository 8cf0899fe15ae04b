"""A client of the control API for tests and scripts, in the standard library only.

control = Control("http://127.0.0.1:8000")
account = control.open("sk-mock-ok--my-test", words="clock-frozen")
control.advance(account.name, 5)
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

from seedance_mock.service.journal import JournalEntry

TIMEOUT = 10.0
"""Seconds to wait for an answer of the control API."""


_opener = build_opener(ProxyHandler({}))
"""Goes straight to the server, whatever proxy the environment names."""


class ControlError(Exception):
    """The control API refuses a call. `status` is that of its answer."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """An account: amounts in USD, None for unlimited; `now` in seconds since the Unix epoch."""

    name: str
    words: str
    mode: str
    now: float
    granted: Decimal | None
    balance: Decimal | None
    reserved: Decimal
    charged: Decimal


def _state(row: Mapping[str, Any]) -> AccountState:
    return AccountState(
        name=row["name"],
        words=row["words"],
        mode=row["clock"]["mode"],
        now=row["clock"]["now"],
        granted=_amount(row["granted_usd"]),
        balance=_amount(row["balance_usd"]),
        reserved=Decimal(row["reserved_usd"]),
        charged=Decimal(row["charged_usd"]),
    )


def _amount(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


class Control:
    """The control API of a server at `url`; `token` is its --control-token, if it has one.

    Every method raises ControlError where the server refuses, and OSError where it cannot be
    reached.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        self._base = url.rstrip("/") + "/_mock"
        self._token = token

    def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Call the control API, and return the JSON of its answer."""
        headers = {"Content-Type": "application/json"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._base + path, data=data, headers=headers, method=method)
        try:
            with _opener.open(request, timeout=TIMEOUT) as response:
                return json.load(response)
        except HTTPError as error:
            with error:
                told = json.load(error)
            raise ControlError(error.code, told["error"]["message"]) from None

    def open(
        self,
        key: str,
        *,
        words: str | None = None,
        balance: Decimal | str | None = None,
        mode: str | None = None,
    ) -> AccountState:
        """Open the account of a key, or change it, and return it.

        Args:
            key: the API key that the client under test uses.
            words: the script; what the key itself says where None.
            balance: credit in USD from now on.
            mode: the clock: real, frozen, polls, or x and a factor.
        """
        asked = {"key": key, "words": words, "balance_usd": balance, "mode": mode}
        return _state(self.call("POST", "/accounts", _given(asked)))

    def account(self, name: str) -> AccountState:
        """Return an account."""
        return _state(self.call("GET", _path(name)))

    def script(self, name: str, words: str) -> AccountState:
        """Give an account other words; its counters begin again."""
        return _state(self.call("POST", _path(name), {"words": words}))

    def top_up(self, name: str, amount: Decimal | str) -> AccountState:
        """Grant an account more USD."""
        return _state(self.call("POST", _path(name), {"top_up_usd": f"{Decimal(amount):f}"}))

    def reset(self, name: str) -> AccountState:
        """Forget an account's tasks, and put it back to how its key opened it."""
        return _state(self.call("DELETE", _path(name)))

    def reset_all(self) -> None:
        """Forget every account, task and journal entry."""
        self.call("DELETE", "/accounts")

    def advance(self, name: str, seconds: float) -> float:
        """Move an account's clock on, and return its new time. When it returns, that holds."""
        now: float = self.call("POST", _path(name) + "/clock", {"advance_s": seconds})["now"]
        return now

    def set_mode(self, name: str, mode: str) -> float:
        """Set the mode of an account's clock, and return its time."""
        now: float = self.call("POST", _path(name) + "/clock", {"mode": mode})["now"]
        return now

    def force(self, task_id: str, status: str) -> str:
        """Give a task a status from now on, and return it."""
        path = f"/tasks/{quote(task_id, safe='')}"
        told: str = self.call("POST", path, {"status": status})["status"]
        return told

    def journal(
        self,
        *,
        account: str | None = None,
        task_id: str | None = None,
        place: str | None = None,
        status: int | None = None,
    ) -> list[JournalEntry]:
        """Return the exchanges with these properties, oldest first."""
        asked = {"account": account, "task_id": task_id, "place": place, "status": status}
        query = urlencode(_given(asked))
        return [JournalEntry(**row) for row in self.call("GET", f"/journal?{query}")["entries"]]

    def why(self, request_id: str) -> list[str]:
        """Return in plain sentences why a request was answered as it was."""
        told: list[str] = self.call("GET", f"/why/{quote(request_id, safe='')}")["why"]
        return told


def _path(name: str) -> str:
    return f"/accounts/{quote(name, safe='')}"


def _given(members: Mapping[str, object]) -> dict[str, object]:
    return {
        name: f"{value:f}" if isinstance(value, Decimal) else value
        for name, value in members.items()
        if value is not None
    }


class AsyncControl:
    """`Control` for asynchronous tests: the same methods, to be awaited."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self._control = Control(url, token)

    async def open(
        self,
        key: str,
        *,
        words: str | None = None,
        balance: Decimal | str | None = None,
        mode: str | None = None,
    ) -> AccountState:
        """See `Control.open`."""
        return await asyncio.to_thread(
            self._control.open, key, words=words, balance=balance, mode=mode
        )

    async def account(self, name: str) -> AccountState:
        """See `Control.account`."""
        return await asyncio.to_thread(self._control.account, name)

    async def script(self, name: str, words: str) -> AccountState:
        """See `Control.script`."""
        return await asyncio.to_thread(self._control.script, name, words)

    async def top_up(self, name: str, amount: Decimal | str) -> AccountState:
        """See `Control.top_up`."""
        return await asyncio.to_thread(self._control.top_up, name, amount)

    async def reset(self, name: str) -> AccountState:
        """See `Control.reset`."""
        return await asyncio.to_thread(self._control.reset, name)

    async def reset_all(self) -> None:
        """See `Control.reset_all`."""
        await asyncio.to_thread(self._control.reset_all)

    async def advance(self, name: str, seconds: float) -> float:
        """See `Control.advance`."""
        return await asyncio.to_thread(self._control.advance, name, seconds)

    async def set_mode(self, name: str, mode: str) -> float:
        """See `Control.set_mode`."""
        return await asyncio.to_thread(self._control.set_mode, name, mode)

    async def force(self, task_id: str, status: str) -> str:
        """See `Control.force`."""
        return await asyncio.to_thread(self._control.force, task_id, status)

    async def journal(
        self,
        *,
        account: str | None = None,
        task_id: str | None = None,
        place: str | None = None,
        status: int | None = None,
    ) -> list[JournalEntry]:
        """See `Control.journal`."""
        return await asyncio.to_thread(
            self._control.journal, account=account, task_id=task_id, place=place, status=status
        )

    async def why(self, request_id: str) -> list[str]:
        """See `Control.why`."""
        return await asyncio.to_thread(self._control.why, request_id)
