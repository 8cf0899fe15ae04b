"""The operations of the API on tasks: create, read, cancel. No HTTP, no clock of its own."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from seedance_contract.declared.contract import contract_of
from seedance_contract.declared.errors import (
    TASK_NOT_CANCELLABLE,
    TASK_NOT_FOUND,
    TASK_NOT_OWNED,
    UNSUPPORTED_CANCEL,
)
from seedance_contract.declared.models import MODELS
from seedance_contract.declared.operations import Body
from seedance_contract.declared.tasks import Status
from seedance_contract.derived.cost import requested_video
from seedance_contract.derived.validation import Accepted, Rejected, validate_request
from seedance_mock.domain.accounts import (
    OPENING_KEY,
    Account,
    can_reserve,
    with_reservation,
    with_settlement,
)
from seedance_mock.domain.clock import Clock, account_time
from seedance_mock.domain.errors import ApiError, invalid_field, invalid_request
from seedance_mock.domain.forced_status import ForcedStatus, with_forced_status
from seedance_mock.domain.lifecycle import LIFECYCLES
from seedance_mock.domain.task import (
    Stage,
    Task,
    is_past_retention,
    stage,
    status,
    with_cancellation,
    with_eviction_failure,
    with_observed_stage,
)
from seedance_mock.domain.v3.callbacks import EndedCallbacks, TaskCallbacks
from seedance_mock.domain.v3.idempotency import IdempotencyRecord
from seedance_mock.service.account_locks import AccountLocks
from seedance_mock.service.materials.inputs import accept_materials, names_materials
from seedance_mock.service.materials.library import MaterialLibrary
from seedance_mock.service.orders import FurtherChanges, Order
from seedance_mock.service.pauses import with_pauses
from seedance_mock.service.task_creation import new_task, payment_error
from seedance_mock.settings import Settings
from seedance_mock.stores import (
    AccountChange,
    Change,
    Entry,
    EntryChange,
    Store,
    TaskChange,
    ensure_account,
)


class Service:
    """Creates, reads and cancels tasks for the accounts that own them.

    Every operation reads records, decides, and commits the changed records. If another request
    has replaced one of them in the meantime, the commit fails and the operation starts again.
    """

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self.settings = settings
        self.contract = contract_of(settings.models)
        self.store = store
        self.clock = clock
        self._locks = AccountLocks()
        self.materials = MaterialLibrary(settings, store, clock)

    def now(self, account: Account, task: Task | None = None) -> float:
        """Return the account's time, or the task's own time if polls are its clock."""
        if task is not None and (task.clock_by_polls or account.timeline.by_polls):
            return task.created + task.poll_count
        return account_time(account.timeline, self.clock())

    def validate(self, body: Body) -> Accepted | Rejected:
        """Return the normalised request, or every violation of `body`."""
        return validate_request(body, tolerant=self.settings.tolerant, contract=self.contract)

    async def create(
        self, account: Account, body: Body, words: str, key: str = OPENING_KEY
    ) -> tuple[Task, Accepted]:
        """Create a task and reserve its estimated cost.

        `words` are the words in the text of the request. `key` is the digest of the key that it
        was sent with, or `OPENING_KEY`: what the task costs counts for the quota of this key.

        Raises ApiError: an error of the body, `insufficient_balance` or `quota_exceeded`. Then
        no task is created and nothing is reserved.
        """
        # Not by `validate`, which would be one more call for each create.
        verdict = validate_request(body, tolerant=self.settings.tolerant, contract=self.contract)
        if isinstance(verdict, Rejected):
            verdict = await self.reconsider(account, body, verdict)
        continued_seconds = None
        if "task_id" in verdict.request:
            continued_id = str(verdict.request["task_id"])
            continued_seconds = await self._continued_seconds(account, continued_id)
        order = Order(verdict.request, words, key, continued_seconds)
        return await self.create_ordered(account, order), verdict

    async def create_ordered(
        self, account: Account, order: Order, further_changes: FurtherChanges | None = None
    ) -> Task:
        """Create the task of an order and reserve its estimated cost.

        `further_changes` returns what is committed together with the task.

        Raises ApiError: `insufficient_balance`, `quota_exceeded`, or what `further_changes` raises.
        """
        if not self.store.is_async:
            # No other request runs before the commit.
            return await self._create(account, order, further_changes)
        async with self._locks.hold(account.owner) as has_waited:
            if has_waited:
                account = self.store.known_account(account.owner) or account
            return await self._create(account, order, further_changes)

    async def _create(
        self, account: Account, order: Order, further_changes: FurtherChanges | None
    ) -> Task:
        video = requested_video(
            order.request,
            input_seconds=self.settings.input_seconds,
            continued_seconds=order.continued_seconds,
        )
        lifecycle = LIFECYCLES[self.settings.lifecycle]
        while True:
            # Made again for each attempt: its id, time and script depend on the account.
            task = new_task(
                account,
                order.words,
                order.request,
                video,
                lifecycle,
                self.now(account),
                order.key,
                order.v3,
            )
            further = () if further_changes is None else await further_changes(task)
            if await self._reserve(account, task, further):
                return task
            account = await ensure_account(self.store, account)
            account = await self._skip_used_id(account, task)

    async def reconsider(self, account: Account, body: Body, rejected: Rejected) -> Accepted:
        """Return a refused request, normalised, if the account has the materials that it names.

        Raises ApiError with every violation.
        """
        if not names_materials(rejected):
            raise invalid_request(rejected)
        return await accept_materials(self.materials, account, body, self.validate)

    async def _continued_seconds(self, account: Account, task_id: str) -> int:
        """Return the length of the video that the new one continues, in seconds."""
        task = await self.store.task(task_id)
        if task is None or task.owner != account.owner or self._is_past_retention(account, task):
            raise invalid_field("task_id", "no such task of this workspace")
        if status(task, self.now(account, task)) is not Status.COMPLETED:
            raise invalid_field("task_id", "the task is not completed")
        return task.video.seconds

    async def _reserve(
        self, account: Account, task: Task, further_changes: Sequence[Change]
    ) -> bool:
        """Store a new task and reserve its cost; return False if the caller must start again.

        If the store is full, another task is evicted in the same commit.
        """
        # The eviction, the new task and the reservation are one commit: no other request can see
        # a task that nobody pays for, and two creates cannot spend the same money.
        candidates = await self.store.eviction_candidates()
        payer, evictions = (
            await self._eviction(account, candidates) if candidates else (account, [])
        )
        if not can_reserve(payer, task.estimate, task.key):
            # Before the account is refused, look at it again and settle what has ended: both can
            # release money. By value, because a store may return an equal copy.
            is_outdated = await ensure_account(self.store, account) != account
            if is_outdated or await self.settle_due(account):
                return False
            raise payment_error(account, task, self.contract)
        after = AccountChange(account, with_reservation(payer, task.estimate, task.key))
        return await self.store.commit(*evictions, TaskChange(None, task), after, *further_changes)

    async def _skip_used_id(self, account: Account, task: Task) -> Account:
        """Return the account with its next number if an older task has the id of a new one.

        Under a seed an account repeats its ids if it was deleted and opened again while its tasks
        were still stored. Without this the create could never succeed.
        """
        if account.created_count > task.number or await self.store.task(task.id) is None:
            return account
        after = replace(account, created_count=account.created_count + 1)
        is_current = await self.store.commit(AccountChange(account, after))
        return after if is_current else await ensure_account(self.store, account)

    async def _eviction(
        self, account: Account, candidates: Sequence[Task]
    ) -> tuple[Account, list[Change]]:
        """Return the changes that make room for a task, and `account` after them.

        The task that ended first is evicted. If none has ended it is the oldest one, which then
        costs nothing.
        """
        ended = [task for task in candidates if await self._has_ended(task)]
        victim = ended[0] if ended else candidates[-1]
        removal: list[Change] = [TaskChange(victim, None), *await self._attached_entries(victim)]
        if victim.is_settled:
            return account, removal
        final = victim if ended else with_eviction_failure(victim)
        if victim.owner == account.owner:
            # The caller changes this account too, and a commit has one change for a record.
            return with_settlement(account, final), removal
        return account, [*removal, *await self._settlement(final)]

    async def _attached_entries(self, task: Task) -> list[EntryChange]:
        """Return the changes that delete what is kept for a task of v3 beside it."""
        if task.v3 is None:
            return []
        ids: list[tuple[type[Entry], str]] = [(TaskCallbacks, task.id), (EndedCallbacks, task.id)]
        if task.v3.idempotency_id is not None:
            ids.append((IdempotencyRecord, task.v3.idempotency_id))
        found = [await self.store.entry(kind, task.owner, id) for kind, id in ids]
        return [EntryChange(entry, None) for entry in found if entry is not None]

    async def settle_due(self, account: Account) -> bool:
        """Settle the tasks that ended and were not read since; return whether there were any."""
        ended = False
        async for task in with_pauses(await self.store.due(account.owner, self.now(account))):
            # A task whose clock is its polls may not have ended yet by that clock.
            after = with_observed_stage(task, self.now(account, task))
            if after.observed_stage is Stage.ENDED:
                ended = True
                await self._commit(task, after)
        return ended

    async def _commit(self, before: Task, after: Task, account: Account | None = None) -> bool:
        """Replace a task. If it has ended, settle its account in the same commit.

        `account` is the account of the task as it was just read; it is read again if None.
        """
        if after.observed_stage is not Stage.ENDED or after.is_settled:
            return await self.store.commit(TaskChange(before, after))
        settled = replace(after, is_settled=True)
        settlement = await self._settlement(settled, account)
        return await self.store.commit(TaskChange(before, settled), *settlement)

    async def _settlement(self, task: Task, account: Account | None = None) -> list[AccountChange]:
        account = account or await self.store.account(task.owner)
        return [] if account is None else [AccountChange(account, with_settlement(account, task))]

    async def _has_ended(self, task: Task) -> bool:
        if task.is_settled:
            return True
        account = await self.store.account(task.owner)
        return account is None or stage(task, self.now(account, task)) is Stage.ENDED

    async def read(
        self, account: Account, task_id: str, task: Task | None = None, *, v3: bool = False
    ) -> tuple[Task, float]:
        """Return a task of the account, and the time that the response must show it at.

        The stage that the response shows is stored first.

        Args:
            account: the account as it was just read.
            task_id: the id of the task.
            task: the task as it was read with the account; it is read again if None.
            v3: whether the request is one of the dialect v3. No dialect shows tasks of the other.

        Raises ApiError: `async_task_not_found` or `task_not_owned`.
        """
        known_account: Account | None = account
        while True:
            task = self.visible_task(account, task or await self.store.task(task_id), v3)
            polled = task
            if task.clock_by_polls or account.timeline.by_polls:
                polled = replace(task, poll_count=task.poll_count + 1)
            now = self.now(account, polled)
            after = with_observed_stage(polled, now)
            # The same object means that nothing changed: most polls need no commit.
            if after is task or await self._commit(task, after, known_account):
                return after, now
            task = known_account = None

    async def observe(self, account: Account, task: Task) -> Task:
        """Return a task of the account as a list shows it, and store the stage that it shows.

        A list is no poll: a task whose clock is its polls does not move.
        """
        current: Task | None = task
        while current is not None:
            after = with_observed_stage(current, self.now(account, current))
            if after is current or await self._commit(current, after):
                return after
            current = await self.store.task(task.id)
        return task

    def visible_task(self, account: Account, task: Task | None, v3: bool | None) -> Task:
        """Return the task if the account may see it. Raises ApiError if not.

        `v3` is the dialect of the request; None for the control API, which shows the tasks of both.
        """
        if task is None or (task.owner == account.owner and self._is_past_retention(account, task)):
            raise ApiError(TASK_NOT_FOUND)
        if (task.v3 is None) is v3:
            raise ApiError(TASK_NOT_FOUND)
        if task.owner != account.owner:
            raise ApiError(TASK_NOT_OWNED)
        return task

    def _is_past_retention(self, account: Account, task: Task) -> bool:
        return account.retention_seconds is not None and is_past_retention(
            task, account.retention_seconds, self.now(account, task)
        )

    async def cancel(
        self, account: Account, task_id: str, task: Task | None = None, *, v3: bool = False
    ) -> tuple[Task, float]:
        """Cancel a task that has not started, release its reservation, return it and the time.

        The arguments are those of `read`.

        Raises ApiError, checked in this order: `async_task_not_found`, `task_not_owned`,
        `unsupported_task_cancel`, `task_not_cancellable`.
        """
        known_account: Account | None = account
        while True:
            # In the order in which the API checks. A foreign task is refused before its state.
            task = self.visible_task(account, task or await self.store.task(task_id), v3)
            if not v3 and not MODELS[task.model].cancellable:
                raise ApiError(UNSUPPORTED_CANCEL, details={"model": task.model})
            now = self.now(account, task)
            after = with_cancellation(task, now)
            if after is None:
                raise ApiError(TASK_NOT_CANCELLABLE)
            if await self._commit(task, after, known_account):
                return after, now
            task = known_account = None

    async def force(
        self, account: Account, task_id: str, status: ForcedStatus, failure: str | None = None
    ) -> tuple[Task, float]:
        """Give a task a status from now on, and return it and the time.

        `failure` is why a task fails.

        Raises ApiError: `async_task_not_found`; `task_not_cancellable` if the task has ended or
        can no longer have the status.
        """
        while True:
            task = self.visible_task(account, await self.store.task(task_id), None)
            now = self.now(account, task)
            after = with_forced_status(task, status, now, failure)
            if after is None:
                raise ApiError(TASK_NOT_CANCELLABLE, "The task can no longer have this status")
            if await self._commit(task, after):
                return after, now

    async def completed_task(self, task_id: str) -> Task | None:
        """Return a task of any account if it is completed, else None."""
        task = await self.store.task(task_id)
        account = None if task is None else await self.store.account(task.owner)
        if task is None or account is None or self._is_past_retention(account, task):
            return None
        is_completed = status(task, self.now(account, task)) is Status.COMPLETED
        return task if is_completed else None
