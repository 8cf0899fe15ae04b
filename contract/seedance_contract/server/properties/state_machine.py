"""The state machine: random tasks, reads, cancellations and payments against the reference model.

If the server's clock can be moved, it stands still between the steps and every response is
certain. Otherwise time passes on its own, and only those promises are checked that hold at any
speed.
"""

from __future__ import annotations

import time
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, initialize, invariant, multiple, rule

from seedance_contract.declared.examples import example_request
from seedance_contract.declared.models import FAMILY
from seedance_contract.declared.operations import TEXT_TO_VIDEO, VIDEO_EXTENSION, Body
from seedance_contract.declared.routes import CANCEL, READ, READ_LEGACY, Endpoint
from seedance_contract.server.properties.reference_model import KnownAccount, KnownTask
from seedance_contract.server.properties.task_actions import TaskActions
from seedance_contract.server.responses.task_expectations import cancellation_expectation

REAL_PAUSE_SECONDS = 0.05
"""Real seconds that a step waits if the clock cannot be moved."""

INITIAL_BALANCE = Decimal("1.20")
"""USD of each account. It covers a few videos, so that a run also reaches a 402."""

CREATE_BODIES: tuple[Body, ...] = (
    *({**example_request(TEXT_TO_VIDEO, model.id), "resolution": "480p"} for model in FAMILY),
    {**example_request(VIDEO_EXTENSION), "resolution": "480p"},
    {**example_request(TEXT_TO_VIDEO), "duration": -1, "resolution": "480p"},
)
"""Requests of every model in the cheapest resolution, with video input, and of unknown length."""

CLOCK_STEPS = (1.0, 2.0, 4.0, 60.0, 600.0, 300_000.0)
"""Seconds by which the clock is moved: small ones to see a task pending and processing, a large
one to see its end, and one that is longer than any task waits."""

create_bodies = st.sampled_from(CREATE_BODIES)
account_numbers = st.integers(0, 1)


class TaskMachine(TaskActions):
    """Two accounts, their tasks, and the promises that hold in every order of steps."""

    tasks = Bundle("tasks")

    @initialize(target=tasks, first_body=create_bodies, second_body=create_bodies)
    def open_accounts(self, first_body: Body, second_body: Body) -> Any:
        """Open two accounts with a task each. If the keys are given, use their accounts."""
        # The two keys may be the same one, or only one may be known: then there is one account for
        # both tasks.
        for key in self.context.keys.up_to_two_keys():
            if self.context.control is not None:
                with self.responses_for("tasks.affordable"):
                    self.context.control.open_account(key, balance=INITIAL_BALANCE)
            self.accounts.append(KnownAccount(key, INITIAL_BALANCE))
        return multiple(*self.create_in(0, first_body), *self.create_in(1, second_body))

    @rule(target=tasks, number=account_numbers, body=create_bodies)
    def create(self, number: int, body: Body) -> Any:
        """Create a task, or be refused because the balance does not cover it."""
        return multiple(*self.create_in(number, body))

    @rule(task=tasks)
    def read_twice(self, task: KnownTask) -> None:
        """Read a task twice. A read changes nothing."""
        first, second = self.read(task), self.read(task)
        if self.context.control is not None:
            self.require("tasks.pure", first == second, f"{first} again", second)

    @rule(task=tasks)
    def read_by_old_path(self, task: KnownTask) -> None:
        """Read a task by both paths. They show the same task."""
        old, new = self.read(task, READ_LEGACY), self.read(task)
        if self.context.control is not None:
            self.require("tasks.old-path", old == new, f"{new} by the older path too", old)

    @rule(task=tasks, endpoint=st.sampled_from([READ, READ_LEGACY, CANCEL]))
    def use_foreign_key(self, task: KnownTask, endpoint: Endpoint) -> None:
        """Read or cancel a task with the key of the other account."""
        for account in self.accounts:
            if account.key != task.key:
                response = self.send(endpoint, task, account.key)
                is_refused = response.status == 403
                expected = "403 task_not_owned"
                self.require("tasks.isolation", is_refused, expected, response.summary)

    @rule(task=tasks)
    def cancel(self, task: KnownTask) -> None:
        """Cancel a task. That succeeds only while it is pending, if its model allows it."""
        # Other steps may have moved the clock: the model has to know the status of this moment.
        self.read(task)
        response = self.send(CANCEL, task, task.key)
        status, summary = response.status, response.summary
        if not task.cancellable:
            self.require("tasks.cancel-model", status == 400, "400", summary)
        elif task.rank > 0 or task.is_cancelled:
            self.require("tasks.cancel-late", status == 409, "409", summary)
        else:
            # In real time the task may have started since it was read.
            has_started = self.context.control is None and status == 409
            self.require("tasks.cancel-waiting", status == 200 or has_started, "200", summary)
            if status == 200:
                self.require_all([cancellation_expectation(response)])
                task.is_cancelled = True
                self.used_keys.add(task.key)

    @rule(number=account_numbers, seconds=st.sampled_from(CLOCK_STEPS))
    def pass_time(self, number: int, seconds: float) -> None:
        """Move the clock of an account on, and read all its tasks."""
        account = self.numbered_account(number)
        if self.context.control is None:
            time.sleep(REAL_PAUSE_SECONDS)
            return
        with self.responses_for("tasks.readable"):
            self.context.control.advance_clock(account.key, seconds)
        account.clock += seconds
        for task in account.tasks:
            self.read(task)

    @rule(number=account_numbers, cents=st.integers(1, 100))
    def top_up(self, number: int, cents: int) -> None:
        """Grant an account more money."""
        if self.context.control is not None:
            account, usd = self.numbered_account(number), Decimal(cents) / 100
            with self.responses_for("tasks.affordable"):
                self.context.control.top_up(account.key, usd)
            account.granted += usd

    @invariant()
    def money_adds_up(self) -> None:
        """Check that balance, reservations and charges add up to what was granted."""
        if self.context.control is None:
            return
        # Only accounts whose money the last step may have moved: asking for both after every step
        # would nearly double the requests to the control API.
        for account in [self.account_of(key) for key in self.used_keys]:
            funds = self.funds(account)
            total = (funds.balance or 0) + funds.reserved + funds.charged
            actual = f"{funds.balance} + {funds.reserved} + {funds.charged}"
            expected = f"{account.granted} in total"
            self.require("tasks.money", total == account.granted, expected, actual)
        self.used_keys.clear()

    def teardown(self) -> None:
        """Check what each account was charged and has reserved, after all tasks were read."""
        if self.context.control is None or self.run.stop_reason is not None:
            return
        if not self.are_costs_known:
            # The money would differ for another reason, and Hypothesis would report this failure
            # instead of the one that ended the steps.
            return
        for account in self.accounts:
            self.read_active_tasks(account)
            funds = self.funds(account)
            charged, reserved = account.charged, account.reserved
            self.require(
                "tasks.charged",
                funds.charged == charged,
                f"{charged}",
                funds,
                is_at_stake=any(task.has_ended for task in account.tasks),
            )
            self.require(
                "tasks.reserved",
                funds.reserved == reserved,
                f"{reserved}",
                funds,
                is_at_stake=bool(account.tasks),
            )
