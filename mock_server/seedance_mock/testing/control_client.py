"""A client of the control API for tests and scripts.

control = Control("http://127.0.0.1:8000")
account = control.open("sk-mock-ok--my-test", words="clock-frozen")
control.advance(account.name, 5)

It sends its requests with the standard library, so that it needs no extra.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import partial, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar
from urllib.error import HTTPError
from urllib.parse import quote, urlencode
from urllib.request import ProxyHandler, Request, build_opener

from seedance_mock.service.journal.entries import JournalEntry
from seedance_mock.testing.check_verdicts import CheckVerdict, check_verdict
from seedance_mock.web.control import CONTROL_PREFIX

TIMEOUT_SECONDS = 10.0
"""How long a call waits for the response of the control API."""

NO_CONTROL_API = "the response is not one of the control API: check the URL of the server"

_direct_opener = build_opener(ProxyHandler({}))
"""Connects to the server directly, even if the environment names a proxy."""


class ControlError(Exception):
    """The control API refuses a call. `status` is the HTTP status of the response."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(f"{status}: {message}")
        self.status = status


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountState:
    """The state of an account.

    Amounts are in USD. `granted` and `balance` are None for unlimited credit. `mode` is the mode of
    the account's clock and `now` its time, in seconds since the Unix epoch.
    """

    name: str
    words: str
    mode: str
    now: float
    granted: Decimal | None
    balance: Decimal | None
    reserved: Decimal
    charged: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestDetails:
    """All that a server knows of a request.

    Args:
        entry: its journal entry.
        why: sentences that explain its response.
        content: the members `request` and `response`, each with `headers`, `body` and `truncated`;
            None if the server does not keep them (`serve --journal-bodies`).
    """

    entry: JournalEntry
    why: Sequence[str]
    content: Mapping[str, Any] | None

    def json_body(self) -> Any:
        """Return the JSON in the body of the request. Raises LookupError if it is not kept."""
        if self.content is None:
            raise LookupError(
                "the mock keeps no bodies: start it with --journal-bodies, or with"
                " Settings(journal_bodies=True)"
            )
        return json.loads(self.content["request"]["body"])


def _error_message(content: bytes) -> str:
    try:
        return str(json.loads(content)["error"]["message"])
    except (ValueError, LookupError, TypeError):
        # Another server listens at this URL, or a proxy has responded.
        return NO_CONTROL_API


def _account_state(row: Mapping[str, Any]) -> AccountState:
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

    Every method raises ControlError if the server refuses the call or has no control API, and
    OSError if the server cannot be reached.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        self._base_url = url.rstrip("/") + CONTROL_PREFIX
        self._token = token

    def call(self, method: str, path: str, body: Mapping[str, object] | None = None) -> Any:
        """Call the control API and return the JSON body of the response."""
        # The server refuses other types: web pages may send those without asking it first (CORS).
        headers = {"Content-Type": "application/json"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._base_url + path, data=data, headers=headers, method=method)
        try:
            with _direct_opener.open(request, timeout=TIMEOUT_SECONDS) as response:
                status, content = response.status, response.read()
        except HTTPError as error:
            with error:
                raise ControlError(error.code, _error_message(error.read())) from None
        try:
            return json.loads(content)
        except ValueError:
            raise ControlError(status, NO_CONTROL_API) from None

    def open(
        self,
        key: str,
        *,
        workspace: str | None = None,
        words: str | None = None,
        balance: Decimal | str | None = None,
        mode: str | None = None,
    ) -> AccountState:
        """Create or change the account of an API key, and return its state.

        Args:
            key: the API key that the client under test sends.
            workspace: the name of the account that the key is added to; if there is none of this
                name yet, the key opens it. If None, a new key opens an account of its own.
            words: the script from now on. If None, an account keeps its script; a new account has
                the words in its key. A key that was added to an account has words of its own, with
                `key-`, `quota-` and `limit-` only.
            balance: the credit from now on, in USD; unchanged if None.
            mode: the mode of the clock: `real`, `frozen`, `polls`, or `x` and a factor such as
                `x20`; unchanged if None.
        """
        fields = {
            "key": key,
            "workspace": workspace,
            "words": words,
            "balance_usd": balance,
            "mode": mode,
        }
        return _account_state(self.call("POST", "/accounts", _without_none(fields)))

    def account(self, name: str) -> AccountState:
        """Return the state of an account."""
        return _account_state(self.call("GET", _account_path(name)))

    def script(self, name: str, words: str) -> AccountState:
        """Replace the words of an account. Its request counters start again at zero."""
        return _account_state(self.call("POST", _account_path(name), {"words": words}))

    def top_up(self, name: str, amount: Decimal | str) -> AccountState:
        """Add `amount` USD to the credit of an account."""
        return _account_state(
            self.call("POST", _account_path(name), {"top_up_usd": f"{Decimal(amount):f}"})
        )

    def reset(self, name: str) -> AccountState:
        """Delete the tasks and journal entries of an account, and restore its first state."""
        return _account_state(self.call("DELETE", _account_path(name)))

    def reset_all(self) -> None:
        """Delete every account, task and journal entry."""
        self.call("DELETE", "/accounts")

    def advance(self, name: str, seconds: float) -> float:
        """Advance the clock of an account by `seconds`, and return its new time.

        Every request after the return sees the new time.
        """
        now: float = self.call("POST", _account_path(name) + "/clock", {"advance_s": seconds})[
            "now"
        ]
        return now

    def set_mode(self, name: str, mode: str) -> float:
        """Set the mode of an account's clock, and return the time of the clock."""
        now: float = self.call("POST", _account_path(name) + "/clock", {"mode": mode})["now"]
        return now

    def force(self, task_id: str, status: str, failure: str | None = None) -> str:
        """Set the status of a task from now on, and return the status that polls show.

        `status` is `processing`, `completed`, `failed`, `cancelled`, `expired`, or `held`: as it
        is until the next change. `failure` is why a task fails.
        """
        path = f"/tasks/{quote(task_id, safe='')}"
        reason = {} if failure is None else {"failure": failure}
        forced: str = self.call("POST", path, {"status": status, **reason})["status"]
        return forced

    def end_material(self, asset_id: str, end: str = "active") -> str:
        """End the import of a material now: `active` or `failed`. Return its status."""
        path = f"/materials/{quote(asset_id, safe='')}"
        status: str = self.call("POST", path, {"end": end})["status"]
        return status

    def journal(
        self,
        *,
        account: str | None = None,
        task_id: str | None = None,
        place: str | None = None,
        status: int | None = None,
    ) -> list[JournalEntry]:
        """Return the journal entries with these properties, oldest first."""
        filters = {"account": account, "task_id": task_id, "place": place, "status": status}
        entries: list[JournalEntry] = []
        after: int | None = 0
        # The server answers in pages, so that a long journal does not keep it from other requests.
        while after is not None:
            query = urlencode({**_without_none(filters), "after": after})
            page = self.call("GET", f"/journal?{query}")
            entries += [JournalEntry(**row) for row in page["entries"]]
            after = page["next"]
        return entries

    def checks(self, account: str, *, after: int = 0) -> list[CheckVerdict]:
        """Return what the checks of `check-client` say about the requests of an account.

        Only journal entries with a number above `after` count.
        """
        query = urlencode({"account": account, "after": after})
        return [check_verdict(row) for row in self.call("GET", f"/checks?{query}")["checks"]]

    def request(self, request_id: str) -> RequestDetails:
        """Return all that is known of a request."""
        members = self.call("GET", f"/requests/{quote(request_id, safe='')}")
        return RequestDetails(
            entry=JournalEntry(**members["entry"]), why=members["why"], content=members["content"]
        )

    def export(self, *, account: str | None = None) -> dict[str, Any]:
        """Return the journal, of one account or all, as an HTTP Archive (HAR 1.2)."""
        query = urlencode(_without_none({"account": account}))
        archive: dict[str, Any] = self.call("GET", f"/export?{query}")
        return archive

    def why(self, request_id: str) -> list[str]:
        """Return sentences that explain why a request received its response."""
        sentences: list[str] = self.call("GET", f"/why/{quote(request_id, safe='')}")["why"]
        return sentences


def _account_path(name: str) -> str:
    # Also the slash: the path of a wrong name must not be that of another route.
    return f"/accounts/{quote(name, safe='')}"


def _without_none(members: Mapping[str, object]) -> dict[str, object]:
    # "f", because str() writes small amounts as 1E-7, which the server does not take.
    return {
        name: f"{value:f}" if isinstance(value, Decimal) else value
        for name, value in members.items()
        if value is not None
    }


P = ParamSpec("P")
ResultT = TypeVar("ResultT")


def _awaitable(
    method: Callable[Concatenate[Control, P], ResultT],
) -> Callable[Concatenate[AsyncControl, P], Coroutine[Any, Any, ResultT]]:
    """Return a method of AsyncControl that runs a method of Control in a worker thread."""

    @wraps(method)
    async def run(self: AsyncControl, /, *args: P.args, **kwargs: P.kwargs) -> ResultT:
        # Not `asyncio.to_thread`: a test may run on trio. `Control` alone needs no library.
        import anyio.to_thread

        call = partial(method, self.control, *args, **kwargs)
        return await anyio.to_thread.run_sync(call, abandon_on_cancel=True)

    return run


class AsyncControl:
    """`Control` for asynchronous tests: the same methods, which return awaitables.

    Each call runs in a worker thread, so that the event loop of the test goes on, on asyncio or on
    trio. The type of each method is that of the method of `Control`; nothing is declared twice.
    """

    def __init__(self, url: str, token: str | None = None) -> None:
        self.control = Control(url, token)

    call = _awaitable(Control.call)
    open = _awaitable(Control.open)
    account = _awaitable(Control.account)
    script = _awaitable(Control.script)
    top_up = _awaitable(Control.top_up)
    reset = _awaitable(Control.reset)
    reset_all = _awaitable(Control.reset_all)
    advance = _awaitable(Control.advance)
    set_mode = _awaitable(Control.set_mode)
    force = _awaitable(Control.force)
    end_material = _awaitable(Control.end_material)
    journal = _awaitable(Control.journal)
    checks = _awaitable(Control.checks)
    request = _awaitable(Control.request)
    export = _awaitable(Control.export)
    why = _awaitable(Control.why)
