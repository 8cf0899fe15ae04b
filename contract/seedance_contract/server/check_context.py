"""What a check works with: the target, keys to use, and the hold we have on its clock and money."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count
from typing import Any, Protocol

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky

from seedance_contract.case import Case, Mismatch, Result
from seedance_contract.declared.errors import TYPES
from seedance_contract.declared.operations import Body
from seedance_contract.declared.routes import CREATE, READ
from seedance_contract.server.budget import UnexercisedError, UnsafeServerError
from seedance_contract.server.target import ReceivedResponse, SentRequest, Target, UnreachableError


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountFunds:
    """An account in USD; `balance` is None where it is unlimited."""

    balance: Decimal | None
    reserved: Decimal
    charged: Decimal


class ControlAdapter(Protocol):
    """The hold that some servers give on an account: this mock does, the real service does not."""

    def open_account(self, key: str, *, balance: Decimal | None = None) -> None:
        """Open the account of a key with a clock that stands still, and this many USD."""

    def advance_clock(self, key: str, seconds: float) -> None:
        """Move the account's clock on. When this returns, that holds."""

    def top_up(self, key: str, usd: Decimal) -> None:
        """Grant the account more USD."""

    def set_rate_limit(self, key: str, requests_per_minute: int) -> None:
        """Let the account make this many requests a minute."""

    def funds(self, key: str) -> AccountFunds:
        """Return the account's money."""


class KeyPool:
    """The API keys of a run: as many as one likes where a server takes any, else those given."""

    def __init__(self, key: str | None, other_key: str | None, *, run_id: str) -> None:
        self._key, self._other, self._run = key, other_key, run_id
        self._numbers = count(1)

    @property
    def accepts_any_key(self) -> bool:
        """Whether the server takes any key, so that each can have an account of its own."""
        return self._key is None

    def new_key(self) -> str:
        """Return the key of a new account where there can be one, else the key given."""
        return self._key or f"sk-check-{self._run}-{next(self._numbers)}"

    def key_pair(self) -> tuple[str, str]:
        """Return the keys of two accounts. Raises Unexercised where only one is known."""
        if self._key is not None and self._other is None:
            raise UnexercisedError("a second key is needed: --other-key")
        return self.new_key(), self._other or self.new_key()


class ResponseLog(Protocol):
    """What was noticed in all answers, whatever was asked; see `answers`."""

    response_count: int
    mismatches: dict[str, tuple[Mismatch, SentRequest, ReceivedResponse]]


RuleCounts = Counter[tuple[str, str]]
"""How often each rule was put to the test, by its id and its side: "valid" or "invalid"."""


@dataclass(slots=True)
class CheckContext:
    """A server under test and how hard it is tried.

    Args:
        target: the server.
        keys: the keys to show it.
        watch: what was noticed in all its answers.
        steering: the hold on its accounts, None where it gives none.
        examples: how many examples a property is tried with.
        seed: makes the examples repeatable.
        patience: real seconds to wait for a task to end where the clock cannot be moved.
        shrink: whether a failing example is made smaller, which takes a while.
        reached: how often each rule was put to the test.
        memory: what checks keep for one another, such as the outcome of a shared run.
    """

    target: Target
    keys: KeyPool
    monitor: ResponseLog
    control: ControlAdapter | None = None
    max_examples: int = 10
    seed: int = 0
    task_timeout: float = 60.0
    shrink: bool = True
    rule_counts: RuleCounts = field(default_factory=Counter)
    cache: dict[str, Any] = field(default_factory=dict)

    def require_control(self) -> ControlAdapter:
        """Return the hold on the server's accounts. Raises Unexercised where there is none."""
        if self.control is None:
            raise UnexercisedError("the server's clock and money cannot be moved from here")
        return self.control

    def require_spending(self) -> None:
        """Raise Unexercised where nothing may be sent that would be accepted."""
        if not self.target.budget.allows_spending:
            raise UnexercisedError("it would be billed: --spend-at-most allows that")

    def create(self, body: object, key: str) -> ReceivedResponse:
        """Send a create request."""
        return self.target.send(CREATE.method, CREATE.path, key=key, body=body)

    def create_task(self, body: Body, key: str) -> str:
        """Create a task and return its id. Raises Mismatch where that is refused."""
        answer = expect_status(self.create(body, key), 200)
        task_id = answer.json.get("id")
        if not isinstance(task_id, str):
            raise Mismatch("an id in the answer to create", answer.summary)
        return task_id

    def read_task(self, task_id: str, key: str) -> Any:
        """Return a task as JSON. Raises Mismatch where it is refused."""
        return expect_status(
            self.target.send("GET", READ.path.format(id=task_id), key=key), 200
        ).json

    def check_property(self, strategy: st.SearchStrategy[Any], test: Callable[[Any], None]) -> None:
        """Try a test on examples. The smallest one that fails raises its Mismatch."""
        trial = PropertyRun()

        @self.hypothesis_settings
        @seed(self.seed)
        @given(strategy)
        def property_(example: Any) -> None:
            self.target.clear_log()
            trial.run(lambda: test(example))

        trial.conclude(property_)

    @property
    def hypothesis_settings(self) -> settings:
        """Settings of Hypothesis: repeatable, silent, and nothing written anywhere."""
        shrinking = (Phase.shrink,) if self.shrink else ()
        return settings(
            max_examples=self.max_examples,
            database=None,
            deadline=None,
            print_blob=False,
            report_multiple_bugs=False,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate, *shrinking),
        )


class PropertyRun:
    """Runs examples until one cannot be carried out: that is no failure to be made smaller."""

    def __init__(self) -> None:
        self._stopped: Exception | None = None
        self._mismatch: Mismatch | None = None

    def run(self, example: Callable[[], None]) -> None:
        """Run one example. Raises the Mismatch that it finds, and nothing else."""
        if self._stopped is not None:
            return
        try:
            example()
        except (UnexercisedError, UnreachableError, UnsafeServerError) as reason:
            self._stopped = reason
        except Mismatch as mismatch:
            self._mismatch = mismatch
            raise

    def conclude(self, examples: Callable[[], None]) -> None:
        """Run all examples. Raises what the smallest failing one, or the one that stopped, says."""
        try:
            examples()
        except Flaky:
            # The server answers the same request now so, now so: what it did wrong counts.
            assert self._mismatch is not None
            raise self._mismatch from None
        if self._stopped is not None:
            raise self._stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerCheck:
    """A case for a server. `run` returns where it holds and raises Mismatch where it does not.

    It raises Unexercised where it cannot be put to the test. Where one run judges many cases it
    returns the whole result of this one.
    """

    case: Case
    run: Callable[[CheckContext], Result | None]


def expect_status(
    answer: ReceivedResponse, status: int, code: str | None = None
) -> ReceivedResponse:
    """Return the answer if it has this status and error code. Raises Mismatch otherwise."""
    if answer.status != status:
        wanted = f"{status} {code}" if code else f"{status}"
        raise Mismatch(wanted, answer.summary)
    if code is not None and error_object(answer).get("code") != code:
        raise Mismatch(f"the code {code}", answer.summary)
    return answer


def error_object(answer: ReceivedResponse) -> Mapping[str, Any]:
    """Return the error object of a refusal. Raises Mismatch where it has not its shape."""
    told = answer.json
    error = told.get("error") if isinstance(told, dict) else None
    if not isinstance(error, dict):
        raise Mismatch('an object {"error": {…}}', answer.summary)
    if not isinstance(error.get("message"), str) or not error["message"]:
        raise Mismatch("an error with a message", answer.summary)
    if error.get("type") not in TYPES:
        raise Mismatch("an error whose type is a documented one", answer.summary)
    return error


def expect_equal(expected: object, actual: object, what: str) -> None:
    """Raise Mismatch where two values differ."""
    if expected != actual:
        raise Mismatch(f"{what} {expected!r}", repr(actual))
