"""The operations of the dialect v3 on tasks: create, list and delete. No HTTP."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import NamedTuple

from seedance_contract.declared.media_limits import ASSET_SCHEME, is_asset
from seedance_contract.declared.operations import Body
from seedance_contract.declared.v3.content import IMAGE, ContentItem
from seedance_contract.declared.v3.errors import IDEMPOTENCY_CONFLICT, IDEMPOTENCY_IN_PROGRESS
from seedance_contract.declared.v3.routes import LIST_WINDOW_SECONDS
from seedance_contract.declared.v3.tasks import V3Status
from seedance_contract.derived.v3.v3_validation import V3Accepted, chosen_seed
from seedance_mock.domain.accounts import Account
from seedance_mock.domain.errors import ApiError
from seedance_mock.domain.task import CREATION_ORDER, Task, is_past_retention, stage
from seedance_mock.domain.v3.callbacks import TaskCallbacks
from seedance_mock.domain.v3.details import V3Details, stored_v3_id
from seedance_mock.domain.v3.idempotency import IdempotencyRecord, idempotency_id, json_digest
from seedance_mock.domain.v3.status import v3_status
from seedance_mock.service.orders import Order
from seedance_mock.service.tasks import Service
from seedance_mock.stores import Change, EntryChange, TaskChange


class ListQuery(NamedTuple):
    """Which tasks a list shows. None for no filter. `task_ids` are ids as the API shows them."""

    page_num: int
    page_size: int
    status: str | None = None
    task_ids: Sequence[str] | None = None
    model: str | None = None
    service_tier: str | None = None

    @property
    def has_filters(self) -> bool:
        """Whether it leaves out tasks by what they are."""
        return (self.status, self.model, self.service_tier) != (None, None, None)


class CreatedTask(NamedTuple):
    """The task of a create; `is_replayed` tells whether an earlier create has made it."""

    task: Task
    is_replayed: bool = False


_DELETABLE = (V3Status.SUCCEEDED, V3Status.FAILED, V3Status.EXPIRED)


class _RepeatedCreate(Exception):
    """Another request has used the same idempotency key in the meantime."""


class V3Service:
    """Creates, lists and deletes tasks of v3."""

    def __init__(self, service: Service) -> None:
        self.service = service

    async def create(
        self,
        account: Account,
        verdict: V3Accepted,
        words: str,
        key: str,
        body: Body,
        idempotency_key: str | None,
        origin: str,
    ) -> CreatedTask:
        """Create a task, or return the one that an earlier create with the same key has made.

        Args:
            account: the account.
            verdict: the accepted request.
            words: the words in the text of the request.
            key: the digest of the key, or `OPENING_KEY`.
            body: the body as the client sent it.
            idempotency_key: the key that makes the create repeatable; None without one.
            origin: the origin of this server as the client reaches it, for the links in callbacks.

        Raises ApiError: `insufficient_balance`, `quota_exceeded`, an error of a material,
        `IdempotencyConflict` or `IdempotencyRequestInProgress`.
        """
        if idempotency_key is None:
            await self._check_materials(account, verdict.items)
            order = Order(verdict.request, words, key, v3=_details(verdict))
            further_changes = partial(_callbacks, origin) if "callback_url" in body else None
            task = await self.service.create_ordered(account, order, further_changes)
            return CreatedTask(task)
        record_id = idempotency_id(key, idempotency_key)
        digest = json_digest(body)
        order = Order(verdict.request, words, key, v3=_details(verdict, record_id))

        async def claim_key(task: Task) -> Sequence[Change]:
            claim = await self._claim(account, record_id, digest, task)
            return [*claim, *await _callbacks(origin, task)]

        while True:
            replayed = await self._replayed(account, record_id, digest)
            if replayed is not None:
                return CreatedTask(replayed, is_replayed=True)
            # After the replay: it does not depend on materials that were deleted since.
            await self._check_materials(account, verdict.items)
            try:
                task = await self.service.create_ordered(account, order, claim_key)
            except _RepeatedCreate:
                continue
            return CreatedTask(task)

    async def _check_materials(self, account: Account, items: Sequence[ContentItem]) -> None:
        """Return if the account can use the materials in a request. Raises ApiError if not."""
        for item in items:
            if item.kind is not IMAGE:
                continue
            url = item.value
            if isinstance(url, str) and is_asset(url):
                asset_id = url.removeprefix(ASSET_SCHEME)
                await self.service.materials.check(account, [asset_id], item.value_path)

    async def _replayed(self, account: Account, record_id: str, digest: str) -> Task | None:
        """Return the task of an earlier create with the key, or None if the key is free.

        Raises ApiError: `IdempotencyConflict` or `IdempotencyRequestInProgress`.
        """
        record = await self.service.store.entry(IdempotencyRecord, account.owner, record_id)
        task = None if record is None else await self.service.store.task(record.task_id)
        if record is None or task is None:
            return None
        if record.body_digest != digest:
            raise ApiError(IDEMPOTENCY_CONFLICT)
        seconds = record.in_progress_until - self.service.now(account)
        if seconds > 0:
            retry_after = str(max(1, round(seconds)))
            raise ApiError(IDEMPOTENCY_IN_PROGRESS, headers={"Retry-After": retry_after})
        return task

    async def _claim(
        self, account: Account, record_id: str, digest: str, task: Task
    ) -> Sequence[Change]:
        """Return the change that gives a key to a new task.

        Raises _RepeatedCreate if the key belongs to another task by now.
        """
        # Read for each attempt to commit: the commit compares it, so that of two creates with one
        # key, on whatever worker, exactly one makes a task.
        store = self.service.store
        record = await store.entry(IdempotencyRecord, account.owner, record_id)
        if record is not None and await store.task(record.task_id) is not None:
            raise _RepeatedCreate
        hold = task.script.idempotency_hold_seconds
        until = self.service.now(account) + hold if hold else 0.0
        return [
            EntryChange(record, IdempotencyRecord(account.owner, record_id, digest, task.id, until))
        ]

    def _has_ended(self, account: Account, task: Task) -> bool:
        return v3_status(task, self.service.now(account, task)) in _DELETABLE

    async def list(
        self, account: Account, query: ListQuery
    ) -> tuple[Sequence[tuple[Task, float]], int]:
        """Return a page of the account's tasks, the newest first, and the number of all of them.

        Each task has the time that the response must show it at.
        """
        now = self.service.now(account)
        tasks = await self._candidates(account, query, now)
        retention = account.retention_seconds
        matching = [
            task
            for task in tasks
            if task.v3 is not None
            and (retention is None or not is_past_retention(task, retention, now))
        ]
        if query.has_filters:
            matching = [task for task in matching if _matches(task, query, now)]
        # Where the second is the same, as under a frozen clock, the order of creation counts.
        matching.reverse()
        start = (query.page_num - 1) * query.page_size
        by_polls = account.timeline.by_polls
        shown: list[tuple[Task, float]] = []
        for task in matching[start : start + query.page_size]:
            is_by_polls = by_polls or task.clock_by_polls
            task_now = self.service.now(account, task) if is_by_polls else now
            if stage(task, task_now) is not task.observed_stage:
                task = await self.service.observe(account, task)
            # Most tasks are as a response has shown them before, and cost no commit.
            shown.append((task, task_now))
        return shown, len(matching)

    async def _candidates(self, account: Account, query: ListQuery, now: float) -> Sequence[Task]:
        store, owner = self.service.store, account.owner
        if query.task_ids is not None:
            ids = [stored_v3_id(task_id, owner) for task_id in dict.fromkeys(query.task_ids)]
            found = [await store.task(task_id) for task_id in ids]
            own = [task for task in found if task is not None and task.owner == owner]
            return sorted(own, key=CREATION_ORDER)
        oldest = now - LIST_WINDOW_SECONDS
        return [task for task in await store.tasks(owner) if task.created >= oldest]

    async def delete(
        self, account: Account, task_id: str, task: Task | None, *, deletes_ended: bool
    ) -> None:
        """Cancel a task that has not started.

        With `deletes_ended` a task that has ended otherwise is deleted, as at the model's maker.

        Raises ApiError: `async_task_not_found`, or `task_not_cancellable` in any other status.
        """
        if deletes_ended:
            task = self.service.visible_task(
                account, task or await self.service.store.task(task_id), v3=True
            )
            # Settled first: the amount of a deleted task could never be charged.
            await self.service.observe(account, task)
            task = await self.service.store.task(task_id)
            if task is not None and self._has_ended(account, task):
                # If it fails, another request has deleted the task: that is the same result.
                await self.service.store.commit(TaskChange(task, None))
                return
        await self.service.cancel(account, task_id, task, v3=True)


async def _callbacks(origin: str, task: Task) -> Sequence[Change]:
    """Return the change that makes a new task report its statuses, if its client wants that."""
    url = None if task.v3 is None else task.v3.callback_url
    if url is None:
        return ()
    return [EntryChange(None, TaskCallbacks(task.owner, task.id, url, origin))]


def _details(verdict: V3Accepted, idempotency_id: str | None = None) -> V3Details:
    fields = verdict.fields
    return V3Details(
        model=str(fields["model"]),
        seed=chosen_seed(verdict.request),
        service_tier=str(fields["service_tier"]),
        web_search=bool(fields.get("tools")),
        safety_identifier=_text(fields, "safety_identifier"),
        callback_url=_text(fields, "callback_url"),
        priority=_number(fields, "priority"),
        idempotency_id=idempotency_id,
    )


def _text(fields: Mapping[str, object], name: str) -> str | None:
    value = fields.get(name)
    return value if isinstance(value, str) else None


def _number(fields: Mapping[str, object], name: str) -> int | None:
    value = fields.get(name)
    return value if isinstance(value, int) else None


def _matches(task: Task, query: ListQuery, now: float) -> bool:
    """Return whether a task of v3 passes the filters of a list."""
    details = task.v3
    assert details is not None, "the list has only tasks of v3"
    return (
        (query.status is None or v3_status(task, now) == query.status)
        and (query.model is None or query.model in (details.model, task.model))
        and (query.service_tier is None or query.service_tier == details.service_tier)
    )
