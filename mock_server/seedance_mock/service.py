"""The operations of the API: check, decide, store. No HTTP, no clock of its own."""

from __future__ import annotations

import secrets
from dataclasses import replace
from decimal import Decimal

from seedance_contract.declared.errors import (
    INSUFFICIENT_BALANCE,
    TASK_NOT_CANCELLABLE,
    TASK_NOT_FOUND,
    TASK_NOT_OWNED,
    UNSUPPORTED_CANCEL,
)
from seedance_contract.declared.models import MODELS
from seedance_contract.declared.operations import Body
from seedance_contract.declared.tasks import ID_PREFIX, Status
from seedance_contract.derived.check import Refused, check
from seedance_contract.derived.cost import Request, Video, cheaper, estimate, usd, video_of
from seedance_mock.accounts import Account, balance, covers, reserved, settled
from seedance_mock.clock import Clock
from seedance_mock.lifecycle import LIFECYCLES
from seedance_mock.refusals import ApiError, invalid, unusable
from seedance_mock.settings import Settings
from seedance_mock.stores import AccountChange, Store, TaskChange
from seedance_mock.task import Stage, Task, abandoned, cancelled, observed, stage, status


class Service:
    """Creates, reads and cancels tasks for their owners."""

    def __init__(self, settings: Settings, store: Store, clock: Clock) -> None:
        self.settings = settings
        self.store = store
        self.clock = clock

    async def create(self, owner: str, body: Body) -> Task:
        """Create a task and reserve what it is estimated to cost.

        Raises ApiError: a refusal of the body, or `insufficient_balance`; then nothing was
        created and nothing is reserved.
        """
        verdict = check(body, tolerant=self.settings.tolerant)
        if isinstance(verdict, Refused):
            raise invalid(verdict)
        video = await self._video(owner, verdict.request)
        cost = estimate(verdict.request, video)
        task = self._new(owner, verdict.request, video, cost)
        await self._make_room()
        while not await self._reserve(task):
            pass
        return task

    async def _video(self, owner: str, request: Request) -> Video:
        seconds = None
        if "task_id" in request:
            task = await self.store.task(str(request["task_id"]))
            now = self.clock()
            if task is None or task.owner != owner:
                raise unusable("task_id", "no such task of this key")
            if status(task, now) is not Status.COMPLETED:
                raise unusable("task_id", "the task is not completed")
            seconds = task.video.seconds
        return video_of(
            request,
            input_seconds=self.settings.input_seconds,
            continued_seconds=seconds,
        )

    def _new(self, owner: str, request: Request, video: Video, cost: Decimal) -> Task:
        task_id = ID_PREFIX + secrets.token_hex(16)
        waits, runs = LIFECYCLES[self.settings.lifecycle](task_id, video)
        patience = request["execution_expires_after"]
        assert isinstance(patience, int)
        return Task(
            id=task_id,
            owner=owner,
            model=video.model,
            video=video,
            audio=request["output_audio"] is True,
            last_frame=request["return_last_frame"] is True,
            created=self.clock(),
            waits=waits,
            runs=runs,
            patience=patience,
            estimate=cost,
            price=usd(video),
        )

    async def _reserve(self, task: Task) -> bool:
        """Store the task with its reservation; False where somebody else was faster."""
        before = await self.store.account(task.owner)
        account = before or Account(owner=task.owner, granted=self.settings.balance)
        if not covers(account, task.estimate):
            if await self._settle_due(task.owner):
                return False
            raise _insufficient(account, task)
        after = reserved(account, task.estimate)
        return await self.store.commit(AccountChange(before, after), TaskChange(None, task))

    async def _settle_due(self, owner: str) -> bool:
        """Settle the tasks that ended while nobody looked; tell whether there were any."""
        now = self.clock()
        due = await self.store.due(owner, now)
        for task in due:
            await self._commit(task, observed(task, now))
        return bool(due)

    async def _commit(self, before: Task, after: Task) -> bool:
        """Replace a task; if it has ended, settle its account in the same commit."""
        if after.reached is not Stage.ENDED:
            return await self.store.commit(TaskChange(before, after))
        done = replace(after, settled=True)
        return await self.store.commit(TaskChange(before, done), *await self._payment(done))

    async def _payment(self, task: Task) -> list[AccountChange]:
        account = await self.store.account(task.owner)
        return [] if account is None else [AccountChange(account, settled(account, task))]

    async def _make_room(self) -> None:
        """Forget a task if the store is full: the oldest that has ended, else the oldest."""
        now = self.clock()
        candidates = await self.store.surplus()
        if not candidates:
            return
        over = (task for task in candidates if stage(task, now) is Stage.ENDED)
        victim = next(over, None) or abandoned(candidates[0])
        [kept] = [task for task in candidates if task.id == victim.id]
        payment = [] if kept.settled else await self._payment(victim)
        await self.store.commit(TaskChange(kept, None), *payment)

    async def read(self, owner: str, task_id: str) -> tuple[Task, float]:
        """Return a task of `owner`, stored as far as it has come by now, and that now.

        Raises ApiError: `async_task_not_found` or `task_not_owned`.
        """
        while True:
            task, now = await self._owned(owner, task_id), self.clock()
            seen = observed(task, now)
            if seen is task or await self._commit(task, seen):
                return seen, now

    async def _owned(self, owner: str, task_id: str) -> Task:
        task = await self.store.task(task_id)
        if task is None:
            raise ApiError(TASK_NOT_FOUND)
        if task.owner != owner:
            raise ApiError(TASK_NOT_OWNED)
        return task

    async def cancel(self, owner: str, task_id: str) -> tuple[Task, float]:
        """Cancel a task that has not started, and release its reservation; return it and now.

        Raises ApiError: in this order `async_task_not_found`, `task_not_owned`,
        `unsupported_task_cancel`, `task_not_cancellable`.
        """
        while True:
            task, now = await self._owned(owner, task_id), self.clock()
            if not MODELS[task.model].cancellable:
                raise ApiError(UNSUPPORTED_CANCEL, details={"model": task.model})
            after = cancelled(task, now)
            if after is None:
                raise ApiError(TASK_NOT_CANCELLABLE)
            if await self._commit(task, after):
                return after, now


def _insufficient(account: Account, task: Task) -> ApiError:
    available = balance(account)
    assert available is not None
    return ApiError(
        INSUFFICIENT_BALANCE,
        details={
            "balance_usd": float(available),
            "estimated_cost_usd": float(task.estimate),
            "suggestions": [{"id": model} for model in cheaper(task.video)],
            "hint": "A shorter or smaller video, or a cheaper model, costs less",
        },
    )
