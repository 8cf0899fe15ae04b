"""The delivery of callbacks: what is due by the clocks of the accounts, one task after the other.

One scheduler sleeps until the next callback is due, and only while there are callbacks. A delivery
is claimed with a lease, so that of several workers one sends it; if that worker dies, another one
takes over when the lease ends, and the client may get it twice.
"""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Callable, Sequence
from functools import cache
from typing import Protocol
from weakref import WeakValueDictionary

from msgspec.structs import astuple, replace

from seedance_contract.declared.v3.callbacks import TIMEOUT_SECONDS
from seedance_contract.declared.v3.tasks import V3Status
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.clock import monotonic
from seedance_mock.domain.task import Task
from seedance_mock.domain.v3.callbacks import (
    Attempt,
    Delivery,
    EndedCallbacks,
    TaskCallbacks,
    are_complete,
    due_delivery,
    judged_attempt,
    next_due,
    with_attempt,
    with_changes,
    with_redelivery,
)
from seedance_mock.domain.v3.details import shown_id
from seedance_mock.service.callbacks.attempts import AttemptRecord
from seedance_mock.service.journal.entries import Journal
from seedance_mock.service.tasks import Service
from seedance_mock.stores import EntryChange
from seedance_mock.stores.errors import StoreUnavailableError

logger = logging.getLogger("seedance_mock.callbacks")

LEASE_SECONDS = 6 * TIMEOUT_SECONDS
"""How long a worker may take for an attempt before another one repeats it."""

LEASE_POLL_SECONDS = 0.05
"""How often the control API looks whether another worker has finished."""

MAX_CONCURRENT = 16
"""How many tasks have a callback on its way at a time."""

MIN_SLEEP_SECONDS = 0.01

SHARED_STORE_SECONDS = 1.0
"""How often a worker looks for callbacks of tasks that other workers have created."""

MAX_WAIT_SECONDS = 10.0
"""How long the control API waits for the callbacks that an advance of a clock has made due."""

CallbackBody = Callable[[Task, V3Status, float, str], bytes]
"""Returns the body for a task that had a status since a time. The text is the server's origin."""


class Sender(Protocol):
    """Sends the body of a callback."""

    async def send(self, url: str, body: bytes) -> tuple[int | None, str | None]:
        """Return the status of the response, or None and the problem."""


class Callbacks:
    """Delivers callbacks.

    `sender` returns what sends them, when the first one is due: it needs libraries that a server
    without callbacks does not load. `body_of` returns the body of one. Each attempt becomes an
    entry of the journal.
    """

    def __init__(
        self,
        service: Service,
        journal: Journal,
        sender: Callable[[], Sender],
        body_of: CallbackBody,
    ) -> None:
        self._service = service
        self._journal = journal
        self._sender = cache(sender)
        self._body_of = body_of
        self._is_shared = service.store.journal_log is not None
        self._running: asyncio.Task[None] | None = None
        self._wake_up = asyncio.Event()
        self._slots = asyncio.Semaphore(MAX_CONCURRENT)
        # Of the tasks whose callbacks are being delivered in this process. Whoever advances a clock
        # waits for an attempt that is on its way, and then goes on.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def wake(self) -> None:
        """Look for due callbacks soon. The first call starts the scheduler in the running loop."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            # Another event loop, such as that of trio: callbacks are delivered by `deliver_due`.
            return
        running = self._running
        if running is None or running.done() or running.get_loop() is not loop:
            self._wake_up, self._slots = asyncio.Event(), asyncio.Semaphore(MAX_CONCURRENT)
            self._running = loop.create_task(self._run())
        self._wake_up.set()

    def resume(self) -> None:
        """Deliver what other processes, or an earlier run of this one, have left in the store."""
        if self._is_shared:
            self.wake()

    async def close(self) -> None:
        """Stop the scheduler. What is not delivered stays in the store."""
        running, self._running = self._running, None
        if running is not None and running.get_loop() is asyncio.get_running_loop():
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            self._wake_up.clear()
            try:
                seconds = await self._deliver_all()
            except StoreUnavailableError as error:
                logger.warning("callbacks wait: the store is not available: %s", error)
                seconds = SHARED_STORE_SECONDS
            if self._is_shared:
                seconds = min(seconds, SHARED_STORE_SECONDS)
            try:
                async with asyncio.timeout(None if seconds == math.inf else seconds):
                    await self._wake_up.wait()
            except TimeoutError:
                continue

    async def _deliver_all(self) -> float:
        """Deliver what is due for every account; return the seconds until there is more to do."""
        owners = await self._service.store.entry_owners(TaskCallbacks)
        pauses = await asyncio.gather(*(self._seconds_to_next(owner) for owner in owners))
        # Never shorter, as rounding can leave a time that is due in less than the clock can show.
        return max(MIN_SLEEP_SECONDS, min(pauses, default=math.inf))

    async def _seconds_to_next(self, owner: str) -> float:
        due_times = await self.deliver_due(owner)
        account = await self._service.store.account(owner)
        if account is None or not due_times:
            return math.inf
        timeline = account.timeline
        # A clock that stands still, or moves with polls: whoever moves it wakes the scheduler.
        if timeline.rate == 0:
            return math.inf
        return (min(due_times) - self._service.now(account)) / timeline.rate

    async def deliver_due(self, owner: str, *, waits_for_leases: bool = False) -> list[float]:
        """Deliver what is due for the tasks of an account.

        With `waits_for_leases` it also waits for what another worker is sending. Returns the times
        at which more is due, by the account's clock.
        """
        pending = await self._service.store.entries(TaskCallbacks, owner)
        due_times = await asyncio.gather(
            *(self._deliver_in_slot(entry, waits_for_leases) for entry in pending)
        )
        return [due for due in due_times if due is not None]

    async def deliver_within_limit(self, owner: str) -> None:
        """Deliver what is due for an account, but return after `MAX_WAIT_SECONDS` at the latest."""
        # Under another event loop, such as that of trio, there is no such limit and no scheduler.
        if not await self._service.store.entries(TaskCallbacks, owner):
            return
        try:
            async with asyncio.timeout(MAX_WAIT_SECONDS):
                remaining = await self.deliver_due(owner, waits_for_leases=True)
        except TimeoutError:
            logger.warning("callbacks are not all delivered after %g s", MAX_WAIT_SECONDS)
            remaining = [0.0]
        # What remains, such as a retry, is up to the scheduler.
        if remaining:
            self.wake()

    async def _deliver_in_slot(self, entry: TaskCallbacks, waits_for_leases: bool) -> float | None:
        lock = self._locks.setdefault(entry.id, asyncio.Lock())
        async with lock, self._slots:
            return await self._deliver_task(entry, waits_for_leases)

    async def _deliver_task(self, entry: TaskCallbacks, waits_for_leases: bool) -> float | None:
        """Deliver what is due for a task, in order.

        Returns when more is due by the account's clock; None if nothing is left.
        """
        store = self._service.store
        current = await store.entry(TaskCallbacks, entry.owner, entry.id)
        while current is not None:
            account, task = await store.account(current.owner), await store.task(current.id)
            if account is None or task is None:
                await store.commit(EntryChange(current, None))
                return None
            now = self._service.now(account, task)
            planned = with_changes(current, task, now)
            delivery = due_delivery(planned, now)
            if delivery is None:
                after = await self._store_progress(current, planned, task, now)
                if after is not None:
                    return next_due(after, task, now)
                if are_complete(planned, task, now):
                    return None
            elif current.lease_until > self._service.clock():
                if not waits_for_leases:
                    # Another worker sends it. Look again when its lease has ended.
                    return now + LEASE_SECONDS
                await asyncio.sleep(LEASE_POLL_SECONDS)
            else:
                await self._attempt(current, planned, delivery, account, task)
            current = await store.entry(TaskCallbacks, entry.owner, entry.id)
        return None

    async def _store_progress(
        self, current: TaskCallbacks, planned: TaskCallbacks, task: Task, now: float
    ) -> TaskCallbacks | None:
        """Store new deliveries, and end callbacks that are complete.

        Returns the stored callbacks, or None if they have ended or another worker was faster.
        """
        store = self._service.store
        if are_complete(planned, task, now):
            ended = EndedCallbacks(*astuple(planned))
            former = await store.entry(EndedCallbacks, ended.owner, ended.id)
            await store.commit(EntryChange(current, None), EntryChange(former, ended))
            return None
        if planned is current or await store.commit(EntryChange(current, planned)):
            return planned
        return None

    async def _attempt(
        self,
        current: TaskCallbacks,
        planned: TaskCallbacks,
        delivery: Delivery,
        account: Account,
        task: Task,
    ) -> None:
        """Claim a delivery, send it, and store the outcome."""
        leased = replace(planned, lease_until=self._service.clock() + LEASE_SECONDS)
        if not await self._service.store.commit(EntryChange(current, leased)):
            return
        at, started = self._service.now(account, task), monotonic()
        body = self._body_of(task, V3Status(delivery.status), delivery.changed, leased.origin)
        try:
            status, problem = await self._sender().send(leased.url, body)
        except asyncio.CancelledError:
            # The server stops, or the event loop of a test ends. Whoever goes on need not wait for
            # the end of the lease.
            await self._service.store.commit(EntryChange(leased, planned))
            raise
        milliseconds = round((monotonic() - started) * 1000)
        logger.info(
            "%s: %s, %s, %s ms", delivery.id, delivery.status, problem or status, milliseconds
        )
        sent = Attempt(at, milliseconds, status, problem)
        attempt = judged_attempt(delivery, sent, task.script.callback_form)
        # First, so that whoever sees the attempt in its delivery finds it in the journal, too.
        self._journal.add(AttemptRecord(account.name, shown_id(task.id), delivery, attempt))
        await self._store_attempt(leased, delivery.id, attempt)

    async def _store_attempt(
        self, leased: TaskCallbacks, delivery_id: str, attempt: Attempt
    ) -> None:
        current: TaskCallbacks | None = leased
        while current is not None:
            after = with_attempt(current, delivery_id, attempt)
            if await self._service.store.commit(EntryChange(current, after)):
                return
            # A redelivery was demanded meanwhile, or the account was reset.
            current = await self._service.store.entry(TaskCallbacks, leased.owner, leased.id)

    async def of_account(self, owner: str) -> Sequence[TaskCallbacks | EndedCallbacks]:
        """Return the callbacks of the tasks of an account."""
        store = self._service.store
        ended = await store.entries(EndedCallbacks, owner)
        return [*ended, *await store.entries(TaskCallbacks, owner)]

    async def redeliver(self, account: Account, delivery_id: str) -> bool:
        """Send a delivery once more. Return False if there is none with this id."""
        store = self._service.store
        while True:
            callbacks = next(
                (
                    item
                    for item in await self.of_account(account.owner)
                    if any(delivery.id == delivery_id for delivery in item.deliveries)
                ),
                None,
            )
            if callbacks is None:
                return False
            after = with_redelivery(callbacks, delivery_id, self._service.now(account))
            if after is None:
                return False
            is_pending = isinstance(callbacks, TaskCallbacks)
            removal = [] if is_pending else [EntryChange(callbacks, None)]
            before = callbacks if is_pending else None
            if await store.commit(*removal, EntryChange(before, after)):
                await self.deliver_within_limit(account.owner)
                return True
