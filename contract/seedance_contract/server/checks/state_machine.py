"""The state machine: random tasks, polls, cancellations and payments against the naive model.

Where the server's clock can be moved it stands still, so that every answer is certain. Elsewhere
time passes by itself, and only what holds at any speed is asked for.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hypothesis import Verbosity, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    initialize,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)

from seedance_contract.case import Mismatch
from seedance_contract.declared.errors import INSUFFICIENT_BALANCE
from seedance_contract.declared.examples import request
from seedance_contract.declared.models import FAMILY
from seedance_contract.declared.operations import TEXT_TO_VIDEO, VIDEO_EXTENSION, Body
from seedance_contract.declared.routes import CANCEL, READ, READ_OLD
from seedance_contract.server.check_context import CheckContext, error_object
from seedance_contract.server.reference_model import (
    ENDED_RANK,
    RANK,
    KnownAccount,
    KnownTask,
    expected_costs,
)
from seedance_contract.server.target import ReceivedResponse, SentRequest

NAP = 0.05
"""Real seconds that pass where a clock cannot be moved."""

GRANT = Decimal("1.20")
"""USD of each account: a few videos, so that 402 is reached."""

REQUESTS: tuple[Body, ...] = (
    *({**request(TEXT_TO_VIDEO, model.id), "resolution": "480p"} for model in FAMILY),
    {**request(VIDEO_EXTENSION), "resolution": "480p"},
    {**request(TEXT_TO_VIDEO), "duration": -1, "resolution": "480p"},
)
SPANS = (1.0, 2.0, 4.0, 600.0, 300_000.0)
"""Seconds by which a clock is moved: to be seen waiting, running, ended, and long ago."""


bodies = st.sampled_from(REQUESTS)


class Breach(Mismatch):
    """A promise about tasks is broken: which, and everything that was sent before."""

    def __init__(
        self,
        promise: str,
        expected: str,
        actual: str,
        log: list[tuple[SentRequest, ReceivedResponse]],
    ) -> None:
        super().__init__(expected, actual)
        self.promise = promise
        self.log = log


class Tasks(RuleBasedStateMachine):
    """Two accounts, their tasks, and what must hold whatever they do."""

    subject: CheckContext
    muted: frozenset[str]
    last: Breach

    tasks = Bundle("tasks")

    def __init__(self) -> None:
        super().__init__()
        self.subject.target.clear_log()
        self.billing_ids: dict[str, str] = {}
        self.accounts: list[KnownAccount] = []
        self.touched: set[str] = set()

    @initialize(target=tasks, one=bodies, other=bodies)
    def start(self, one: Body, other: Body) -> Any:
        """Open two accounts, or take the keys there are, and give them a task each."""
        for key in dict.fromkeys(self.subject.keys.key_pair()):
            if self.subject.control is not None:
                self.subject.control.open_account(key, balance=GRANT)
            self.accounts.append(KnownAccount(key, GRANT))
        return multiple(*self.create_in(0, one), *self.create_in(1, other))

    def must(self, promise: str, holds: bool, expected: str, actual: object) -> None:
        """Raise Breach where a promise is broken, unless it is known to be."""
        if not holds and promise not in self.muted:
            log = list(self.subject.target.log)
            type(self).last = Breach(promise, expected, str(actual), log)
            raise type(self).last

    def account(self, key: str) -> KnownAccount:
        """Return the account of a key."""
        [account] = [one for one in self.accounts if one.key == key]
        return account

    def send(self, method: str, path: str, key: str) -> ReceivedResponse:
        """Send a request about a task."""
        return self.subject.target.send(method, path, key=key)

    @rule(target=tasks, which=st.integers(0, 1), body=bodies)
    def create(self, which: int, body: Body) -> Any:
        """Create a task, or learn that there is no money for it."""
        return multiple(*self.create_in(which, body))

    def create_in(self, which: int, body: Body) -> list[KnownTask]:
        """Create a task in one of the accounts, and return it if there is one."""
        account = self.accounts[which % len(self.accounts)]
        self.touched.add(account.key)
        self.look_at_all(account)
        reserve, price = expected_costs(body)
        answer = self.subject.create(body, account.key)
        if self.subject.control is not None and reserve > account.available:
            code = error_object(answer).get("code") if answer.status == 402 else None
            refused = code == INSUFFICIENT_BALANCE.code
            self.must("tasks.unaffordable", refused, "402 insufficient_balance", answer.summary)
            return []
        self.must("tasks.affordable", answer.status == 200, "200: it is affordable", answer.summary)
        return [self.known(account, body, answer, reserve, price)] if answer.status == 200 else []

    def known(
        self,
        account: KnownAccount,
        body: Body,
        answer: ReceivedResponse,
        reserve: Decimal,
        price: Decimal,
    ) -> KnownTask:
        """Take a new task down."""
        told = answer.json
        same = isinstance(told.get("id"), str) and told["id"] == told.get("task_id")
        self.must("tasks.ids", same, "id and task_id, equal", answer.summary)
        path = READ.path.format(id=told["id"])
        self.must("tasks.poll-url", told.get("poll_url") == path, path, answer.summary)
        self.must("tasks.created", told.get("status") == "pending", "pending", answer.summary)
        self.must("tasks.created", told.get("model") == body["model"], "its model", answer.summary)
        task = KnownTask(
            id=told["id"],
            key=account.key,
            model=str(body["model"]),
            reservation=reserve,
            price=price,
            created_at=account.clock,
            read_at=account.clock,
            poll_url=told.get("poll_url"),
        )
        account.tasks.append(task)
        return task

    @rule(task=tasks)
    def poll(self, task: KnownTask) -> None:
        """Read a task twice; nothing changes by being looked at."""
        first = self.look(task, READ.path)
        second = self.look(task, READ.path)
        if self.subject.control is not None:
            self.must("tasks.pure", first == second, f"{first} again", second)

    @rule(task=tasks)
    def poll_by_old_path(self, task: KnownTask) -> None:
        """Read a task by its older path: the same task."""
        old, new = self.look(task, READ_OLD.path), self.look(task, READ.path)
        if self.subject.control is not None:
            self.must("tasks.old-path", old == new, f"{new} by the older path too", old)

    @rule(task=tasks, path=st.sampled_from([READ, READ_OLD, CANCEL]))
    def intrude(self, task: KnownTask, path: Any) -> None:
        """Ask for a task with another key."""
        strangers = [one.key for one in self.accounts if one.key != task.key]
        for key in strangers:
            answer = self.send(path.method, path.path.format(id=task.id), key)
            self.must("tasks.isolation", answer.status == 403, "403 task_not_owned", answer.summary)

    def look(self, task: KnownTask, path: str) -> Mapping[str, Any]:
        """Read a task, and hold what it tells against what is known of it."""
        self.touched.add(task.key)
        answer = self.send("GET", path.format(id=task.id), task.key)
        self.must("tasks.readable", answer.status == 200, "200: it stays readable", answer.summary)
        told: Mapping[str, Any] = answer.json if answer.status == 200 else {}
        status = str(told.get("status"))
        rank = RANK.get(status, task.rank)
        before = "nothing" if task.last_body is None else task.last_body.get("status")
        self.must("tasks.order", rank >= task.rank, f"{before}, or later", answer.summary)
        if task.rank == ENDED_RANK and task.last_body is not None:
            kept = all(told.get(name) == value for name, value in task.last_body.items())
            self.must("tasks.ended", kept, f"{task.last_body} for ever", answer.summary)
        self.hold_times(task, told, rank)
        self.hold_result(task, told, status)
        task.rank, task.last_body = max(rank, task.rank), told
        task.read_at = self.account(task.key).clock
        return told

    def hold_times(self, task: KnownTask, told: Mapping[str, Any], rank: int) -> None:
        """Hold `updated` against when the task can have changed.

        Spans are whole seconds, so that cutting fractions off moves nothing.
        """
        created, updated = told.get("created", 0), told.get("updated", 0)
        self.must("tasks.updated", created <= updated, "created <= updated", f"{told}")
        if self.subject.control is None or rank == task.rank:
            return
        since, now = task.read_at - task.created_at, self.account(task.key).clock - task.created_at
        changed = since <= updated - created <= now
        expected = f"updated {since:.0f} to {now:.0f} s after created"
        self.must("tasks.updated", changed, expected, f"{updated - created} s: {told}")

    def hold_result(self, task: KnownTask, told: Mapping[str, Any], status: str) -> None:
        """Hold what an ended task carries against how it ended."""
        paid = told.get("billing_transaction_id")
        completed = status == "completed"
        self.must("tasks.result", bool(told.get("video_url")) == completed, "a result", f"{told}")
        self.must("tasks.billing-id", bool(paid) == completed, "an id once charged", f"{told}")
        if completed and isinstance(paid, str):
            owner = self.billing_ids.setdefault(paid, task.id)
            fresh = owner == task.id and paid != task.id
            self.must("tasks.billing-id", fresh, "a billing id of its own", f"{told}")
        shown = told.get("cancelled") is True
        self.must("tasks.cancelled", shown == task.cancelled, f"cancelled {task.cancelled}", told)

    @rule(task=tasks)
    def cancel(self, task: KnownTask) -> None:
        """Cancel a task: only one that waits, and only where its model allows that."""
        self.look(task, READ.path)
        answer = self.send("DELETE", CANCEL.path.format(id=task.id), task.key)
        if not task.cancellable:
            self.must("tasks.cancel-model", answer.status == 400, "400", answer.summary)
            return
        waiting = task.rank == 0 and not task.cancelled
        if not waiting:
            self.must("tasks.cancel-late", answer.status == 409, "409", answer.summary)
            return
        won = answer.status == 200
        started = self.subject.control is None and answer.status == 409
        self.must("tasks.cancel-waiting", won or started, "200", answer.summary)
        if won:
            self.cancelled(task, answer)

    def cancelled(self, task: KnownTask, answer: ReceivedResponse) -> None:
        """Hold the answer to a cancellation against its shape."""
        told = answer.json
        shape = (told.get("status"), told.get("cancelled"), told.get("cancellation_status"))
        wanted = ("failed", True, "cancelled")
        self.must("tasks.cancelled", shape == wanted, str(wanted), answer.summary)
        task.cancelled = True

    @rule(which=st.integers(0, 1), seconds=st.sampled_from(SPANS))
    def advance(self, which: int, seconds: float) -> None:
        """Let time pass, and look at what became of every task."""
        account = self.accounts[which % len(self.accounts)]
        self.touched.add(account.key)
        if self.subject.control is None:
            time.sleep(NAP)
            return
        self.subject.control.advance_clock(account.key, seconds)
        account.clock += seconds
        for task in account.tasks:
            self.look(task, READ.path)

    @rule(which=st.integers(0, 1), cents=st.integers(1, 100))
    def top_up(self, which: int, cents: int) -> None:
        """Grant an account more money."""
        if self.subject.control is not None:
            account = self.accounts[which % len(self.accounts)]
            self.touched.add(account.key)
            self.subject.control.top_up(account.key, Decimal(cents) / 100)
            account.granted += Decimal(cents) / 100

    def look_at_all(self, account: KnownAccount) -> None:
        """Learn which tasks have ended meanwhile."""
        if self.subject.control is not None:
            for task in account.tasks:
                if task.rank < ENDED_RANK:
                    self.look(task, READ.path)

    @invariant()
    def money_is_conserved(self) -> None:
        """Hold the money of the account that did something against what it was granted."""
        if self.subject.control is None:
            return
        for account in [self.account(key) for key in self.touched]:
            money = self.subject.control.funds(account.key)
            kept = (money.balance or 0) + money.reserved + money.charged
            told = f"{money.balance} + {money.reserved} + {money.charged}"
            self.must("tasks.money", kept == account.granted, f"{account.granted} in all", told)
        self.touched.clear()

    def teardown(self) -> None:
        """Hold each account's money against every task, once the state of each is known."""
        if self.subject.control is None:
            return
        for account in self.accounts:
            self.look_at_all(account)
            money = self.subject.control.funds(account.key)
            self.must(
                "tasks.charged", money.charged == account.charged, f"{account.charged}", money
            )
            self.must(
                "tasks.reserved", money.reserved == account.reserved, f"{account.reserved}", money
            )


STEPS = 15
"""Steps of a run."""

RUNS = 3
"""Runs for each example that other checks are tried with."""

ROUNDS = 6
"""The most promises that one run finds broken."""


@dataclass(slots=True)
class Findings:
    """What runs of the machine have found broken, and whether the last one found nothing."""

    broken: dict[str, Breach] = field(default_factory=dict)
    exhausted: bool = False


def breach_of(subject: CheckContext, promise: str) -> Breach | None:
    """Return how a promise is broken, None where it holds.

    The machine runs until it has found this promise broken, or finds nothing any more: each run
    leaves out what is known to be broken. What it finds is remembered for the other promises.
    """
    findings: Findings = subject.cache.setdefault("machine", Findings())
    while not findings.exhausted and promise not in findings.broken:
        breach = _run(subject, frozenset(findings.broken))
        if breach is not None:
            findings.broken[breach.promise] = breach
        findings.exhausted = breach is None or len(findings.broken) >= ROUNDS
    return findings.broken.get(promise)


def _run(subject: CheckContext, muted: frozenset[str]) -> Breach | None:
    """Return the first promise that the machine finds broken, in its smallest form."""

    @seed(subject.seed)
    class Run(Tasks):
        pass

    Run.subject, Run.muted = subject, muted
    chosen = settings(
        subject.hypothesis_settings,
        max_examples=RUNS * subject.max_examples,
        stateful_step_count=STEPS,
        verbosity=Verbosity.quiet,
    )
    try:
        run_state_machine_as_test(Run, settings=chosen)
    except Breach as breach:
        return breach
    except Flaky:
        return Run.last
    return None
