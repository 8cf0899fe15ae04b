"""What the steps of the state machine do: requests, and the promises that responses must keep."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from seedance_contract.case import Mismatch
from seedance_contract.declared.errors import INSUFFICIENT_BALANCE
from seedance_contract.declared.operations import Body
from seedance_contract.declared.routes import READ, Endpoint
from seedance_contract.server.check_context import CheckContext
from seedance_contract.server.control_adapter import AccountFunds
from seedance_contract.server.errors import UnexercisedError, UnreachableError, UnsafeServerError
from seedance_contract.server.http.exchange import ReceivedResponse, member
from seedance_contract.server.http.log import LogEntry, LoggedMismatch
from seedance_contract.server.properties.reference_model import (
    KnownAccount,
    KnownTask,
    expected_costs,
)
from seedance_contract.server.responses.status_causes import status_cause
from seedance_contract.server.responses.task_expectations import (
    TaskExpectation,
    creation_expectations,
    read_expectations,
    read_rank,
)

STATUS_PROMISES = {"tasks.readable", "tasks.order", "tasks.ended", "tasks.cancelled"}
"""Promises without which the status of a task does not tell what it costs."""


class PromiseMismatch(LoggedMismatch):
    """A promise about tasks is broken. `log` has everything that led to it."""

    def __init__(
        self, promise: str, expected: str, actual: str, log: tuple[LogEntry, ...], cause: str = ""
    ) -> None:
        super().__init__(expected, actual, log, cause=cause)
        self.promise = promise


@dataclass(slots=True)
class MachineRun:
    """A run of the state machine: what its instances need, and what they find.

    Args:
        context: the server and what the checks need.
        muted: the promises that are known to be broken.
        counts: how often each promise was at stake.
        last_mismatch: the broken promise that was found last.
        stop_reason: why no more requests can be sent.
    """

    context: CheckContext
    muted: Collection[str] = frozenset()
    counts: Counter[str] = field(default_factory=Counter)
    last_mismatch: PromiseMismatch | None = None
    stop_reason: Exception | None = None


class TaskActions(RuleBasedStateMachine):
    """The accounts and tasks of a run, the requests about them, and the promises they must keep.

    The state machine, its subclass, says in which order the actions happen.
    """

    def __init__(self, run: MachineRun) -> None:
        super().__init__()
        if run.stop_reason is not None:
            # Hypothesis takes the first one for a failure that it can reduce with more requests.
            raise run.stop_reason
        self.run, self.context = run, run.context
        self.context.target.log.start_example()
        self.task_of_billing_id: dict[str, str] = {}
        self.accounts: list[KnownAccount] = []
        self.used_keys: set[str] = set()
        # False after a response from which nobody can tell what the tasks of `accounts` cost, or
        # whether these are all.
        self.are_costs_known = True

    def require(
        self,
        promise: str,
        is_met: bool,
        expected: str,
        actual: object,
        *,
        is_at_stake: bool = True,
        cause: str = "",
    ) -> None:
        """Raise PromiseMismatch if a promise is broken and not muted."""
        if is_at_stake:
            self.run.counts[promise] += 1
        if not is_met and promise in STATUS_PROMISES:
            self.are_costs_known = False
        if not is_met and promise not in self.run.muted:
            raise self.broken_promise(promise, expected, str(actual), cause)

    def broken_promise(
        self, promise: str, expected: str, actual: str, cause: str
    ) -> PromiseMismatch:
        """Return the exception for a broken promise, with the log so far."""
        self.are_costs_known = False
        log = self.context.target.log.entries
        mismatch = PromiseMismatch(promise, expected, actual, log, cause)
        self.run.last_mismatch = mismatch
        return mismatch

    def require_all(self, expectations: Iterable[TaskExpectation]) -> None:
        """Raise PromiseMismatch for the first expectation that is not met and not muted."""
        for expectation in expectations:
            self.require(
                expectation.promise,
                expectation.is_met,
                expectation.expected,
                expectation.actual,
                is_at_stake=expectation.is_at_stake,
            )

    @contextmanager
    def responses_for(self, promise: str) -> Iterator[None]:
        """Let a response that is not complete break a promise, muted or not."""
        try:
            yield
        except Mismatch as mismatch:
            raise self.broken_promise(
                promise, mismatch.expected, mismatch.actual, mismatch.cause
            ) from None
        except (UnexercisedError, UnreachableError, UnsafeServerError) as reason:
            self.run.stop_reason = reason
            raise

    def create_in(self, number: int, body: Body) -> list[KnownTask]:
        """Create a task in one of the accounts. Return it, nothing if it was refused."""
        account = self.numbered_account(number)
        self.read_active_tasks(account)
        reservation, price = expected_costs(body)
        with self.responses_for("tasks.affordable"):
            response = self.context.send_create(body, account.key)
        if self.context.control is not None and reservation > account.available:
            code = member(response.json_object, "error", "code")
            is_refused = (response.status, code) == (402, INSUFFICIENT_BALANCE.code)
            expected = f"402 {INSUFFICIENT_BALANCE.code}"
            self.require("tasks.unaffordable", is_refused, expected, response.summary)
            self.are_costs_known &= response.status >= 400
            return []
        is_accepted = response.status == 200
        expected = "200, as the balance covers it"
        # Only a 402 is about money.
        is_other_refusal = response.status != INSUFFICIENT_BALANCE.status
        cause = status_cause(200, response) or "valid-request-refused" if is_other_refusal else ""
        self.require("tasks.affordable", is_accepted, expected, response.summary, cause=cause)
        if not is_accepted:
            # A server may create a task and respond with a 201.
            self.are_costs_known &= response.status >= 400
            return []
        self.require_all(creation_expectations(body, response))
        task = KnownTask(
            id=str(response.json_object.get("id")),
            key=account.key,
            model=str(body["model"]),
            reservation=reservation,
            price=price,
            created_at=account.clock,
            read_at=account.clock,
        )
        account.tasks.append(task)
        return [task]

    def funds(self, account: KnownAccount) -> AccountFunds:
        """Return the money of an account. Needs control."""
        assert self.context.control is not None
        with self.responses_for("tasks.money"):
            return self.context.control.funds(account.key)

    def read(self, task: KnownTask, endpoint: Endpoint = READ) -> Mapping[str, Any]:
        """Read a task, check the response, and update what is known of the task."""
        response = self.send(endpoint, task, task.key)
        clock = self.account_of(task.key).clock
        has_control = self.context.control is not None
        self.require_all(read_expectations(task, response, clock=clock if has_control else None))
        body = response.json_object if response.status == 200 else {}
        self.require_own_billing_id(task, body)
        if read_rank(task, response) > task.rank:
            # The end of a task is when its reservation becomes a charge.
            self.used_keys.add(task.key)
        task.rank, task.last_body = max(read_rank(task, response), task.rank), body
        task.read_at = clock
        return body

    def require_own_billing_id(self, task: KnownTask, body: Mapping[str, Any]) -> None:
        """Check that no other task has the billing id of this one."""
        billing_id = body.get("billing_transaction_id")
        if body.get("status") == "completed" and isinstance(billing_id, str):
            owner = self.task_of_billing_id.setdefault(billing_id, task.id)
            is_own = owner == task.id and billing_id != task.id
            self.require("tasks.billing-id", is_own, "a billing id of its own", body)

    def read_active_tasks(self, account: KnownAccount) -> None:
        """Read the tasks of an account that have not ended, to know what is charged by now."""
        if self.context.control is not None:
            for task in account.tasks:
                if not task.has_ended:
                    self.read(task)

    def send(self, endpoint: Endpoint, task: KnownTask, key: str) -> ReceivedResponse:
        """Send a request about a task."""
        with self.responses_for("tasks.readable"):
            return self.context.send_about_task(endpoint, task.id, key)

    def numbered_account(self, number: int) -> KnownAccount:
        """Return the account of a number, and mark it as used."""
        account = self.accounts[number % len(self.accounts)]
        self.used_keys.add(account.key)
        return account

    def account_of(self, key: str) -> KnownAccount:
        """Return the account of a key."""
        [account] = [account for account in self.accounts if account.key == key]
        return account
