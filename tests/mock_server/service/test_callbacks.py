"""The scheduler of callbacks: claims, dead workers, stores that fail, and loops that end."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from seedance_contract.derived.v3.v3_validation import V3Accepted, validate_v3_request
from seedance_mock.domain.accounts import OPENING_KEY, Account
from seedance_mock.domain.clock import ManualClock
from seedance_mock.domain.task import Task, end_time, start_time
from seedance_mock.domain.v3.callbacks import EndedCallbacks, TaskCallbacks, next_change
from seedance_mock.service.admission import Admission
from seedance_mock.service.callbacks import deliveries as callbacks_module
from seedance_mock.service.callbacks.deliveries import LEASE_SECONDS, Callbacks
from seedance_mock.service.journal.memory_journal import MemoryJournal
from seedance_mock.service.tasks import Service
from seedance_mock.service.v3_tasks import V3Service
from seedance_mock.settings import Settings
from seedance_mock.stores import AccountChange, EntryChange, Store, TaskChange
from seedance_mock.stores.errors import StoreUnavailableError
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.stores.sqlite.store import SqliteStore
from seedance_mock.web.v3.serializers import callback_body

pytestmark = pytest.mark.anyio

BODY = {
    "model": "seedance-2.0",
    "content": [{"type": "text", "text": "A kite"}],
    "callback_url": "http://127.0.0.1/hook",
}


class RecordingSender:
    """Records what is sent. `on_send` runs while a callback is on its way."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.on_send: Callable[[], Any] = lambda: None
        self.sent = asyncio.Event()

    async def send(self, url: str, body: bytes) -> tuple[int | None, str | None]:
        result = self.on_send()
        if asyncio.iscoroutine(result):
            await result
        self.bodies.append(body)
        self.sent.set()
        return 200, None


class Setting:
    """A service with callbacks, an account on a frozen clock, and a sender that records."""

    def __init__(self, store: Store, clock: ManualClock, words: str = "clock-frozen") -> None:
        settings = Settings()
        self.store, self.clock, self.words = store, clock, words
        self.service = Service(settings, store, clock)
        self.admission = Admission(settings, store, clock)
        self.journal = MemoryJournal(100, 1_000_000)
        self.sender = RecordingSender()
        self.callbacks = Callbacks(self.service, self.journal, lambda: self.sender, callback_body)

    async def account(self) -> Account:
        return await self.admission.open_account(f"sk-mock-{self.words}--a")

    async def create(self) -> Task:
        verdict = validate_v3_request(BODY)
        assert isinstance(verdict, V3Accepted)
        created = await V3Service(self.service).create(
            await self.account(), verdict, "", OPENING_KEY, BODY, None, "http://127.0.0.1"
        )
        return created.task

    async def entry(self, task: Task) -> TaskCallbacks | None:
        return await self.store.entry(TaskCallbacks, task.owner, task.id)


@pytest.fixture
def setting(clock: ManualClock) -> Setting:
    return Setting(MemoryStore(), clock)


async def test_a_leased_delivery_waits_for_the_end_of_the_lease(setting: Setting) -> None:
    task = await setting.create()
    entry = await setting.entry(task)
    assert entry is not None
    leased = replace(entry, lease_until=setting.clock() + LEASE_SECONDS)
    await setting.store.commit(EntryChange(entry, leased))

    await setting.callbacks.deliver_due(task.owner)
    assert setting.sender.bodies == []

    setting.clock.advance(LEASE_SECONDS)
    await setting.callbacks.deliver_due(task.owner)
    assert len(setting.sender.bodies) == 1


async def test_a_delivery_that_is_cancelled_gives_its_lease_back(setting: Setting) -> None:
    task = await setting.create()
    is_sending = asyncio.Event()

    async def send_forever() -> None:
        is_sending.set()
        await asyncio.Event().wait()

    setting.sender.on_send = send_forever
    sending = asyncio.create_task(setting.callbacks.deliver_due(task.owner))
    await is_sending.wait()

    sending.cancel()
    await asyncio.wait([sending])

    entry = await setting.entry(task)
    assert entry is not None
    assert entry.lease_until == 0


async def test_an_advance_waits_for_what_is_on_its_way(setting: Setting) -> None:
    task = await setting.create()
    go_on = asyncio.Event()
    setting.sender.on_send = go_on.wait

    scheduled = asyncio.create_task(setting.callbacks.deliver_due(task.owner))
    await asyncio.sleep(0)
    advanced = asyncio.create_task(setting.callbacks.deliver_within_limit(task.owner))
    await asyncio.sleep(0)
    assert not advanced.done()
    go_on.set()
    await asyncio.gather(scheduled, advanced)
    await setting.callbacks.close()

    assert len(setting.sender.bodies) == 1


def test_outside_of_asyncio_nothing_is_scheduled(setting: Setting) -> None:
    # As in the event loop of trio, in which no task of asyncio runs.
    setting.callbacks.wake()

    assert setting.callbacks._running is None


async def test_an_advance_waits_for_another_worker(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks_module, "LEASE_POLL_SECONDS", 0.0)
    task = await setting.create()
    other = Callbacks(setting.service, setting.journal, lambda: setting.sender, callback_body)
    go_on = asyncio.Event()
    setting.sender.on_send = go_on.wait

    sending = asyncio.create_task(other.deliver_due(task.owner))
    await asyncio.sleep(0)
    advanced = asyncio.create_task(setting.callbacks.deliver_within_limit(task.owner))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not advanced.done()
    go_on.set()
    await asyncio.gather(sending, advanced)
    await setting.callbacks.close()

    assert len(setting.sender.bodies) == 1


async def test_of_two_workers_one_sends(setting: Setting) -> None:
    task = await setting.create()
    other = Callbacks(setting.service, setting.journal, lambda: setting.sender, callback_body)

    await asyncio.gather(*(worker.deliver_due(task.owner) for worker in (setting.callbacks, other)))

    assert len(setting.sender.bodies) == 1


async def test_a_claim_that_fails_sends_nothing(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = await setting.create()
    commit, answers = setting.store.commit, [False]

    async def commit_later(*changes: Any) -> bool:
        return answers.pop() if answers else await commit(*changes)

    monkeypatch.setattr(setting.store, "commit", commit_later)
    await setting.callbacks.deliver_due(task.owner)

    assert len(setting.sender.bodies) == 1


async def test_a_change_that_another_worker_has_stored_is_read_again(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting.words = "clock-frozen.callback-late-9s"
    task = await setting.create()
    commit, answers = setting.store.commit, [False]

    async def commit_later(*changes: Any) -> bool:
        return answers.pop() if answers else await commit(*changes)

    monkeypatch.setattr(setting.store, "commit", commit_later)
    due_times = await setting.callbacks.deliver_due(task.owner)

    assert due_times == [task.created + 9]


async def test_a_redelivery_during_an_attempt_is_kept(setting: Setting) -> None:
    task = await setting.create()

    async def redeliver() -> None:
        setting.sender.on_send = lambda: None
        entry = await setting.entry(task)
        assert entry is not None
        again = replace(entry.deliveries[0], id="again")
        await setting.store.commit(
            EntryChange(entry, replace(entry, deliveries=(*entry.deliveries, again)))
        )

    setting.sender.on_send = redeliver
    await setting.callbacks.deliver_due(task.owner)

    assert len(setting.sender.bodies) == 2


async def test_callbacks_of_a_task_that_is_gone_are_deleted(setting: Setting) -> None:
    task = await setting.create()
    await setting.store.commit(TaskChange(task, None))

    assert await setting.callbacks.deliver_due(task.owner) == []
    assert await setting.entry(task) is None
    assert setting.sender.bodies == []


async def test_an_account_that_is_reset_during_an_attempt_gets_no_entry(setting: Setting) -> None:
    task = await setting.create()
    account = await setting.account()
    setting.sender.on_send = lambda: setting.store.reset(account, account)

    await setting.callbacks.deliver_due(task.owner)

    assert await setting.entry(task) is None


async def test_the_scheduler_sends_without_a_request(setting: Setting) -> None:
    await setting.create()

    setting.callbacks.wake()
    setting.callbacks.wake()
    await asyncio.wait_for(setting.sender.sent.wait(), 10)
    await setting.callbacks.close()
    await setting.callbacks.close()

    assert len(setting.sender.bodies) == 1


async def test_a_clock_that_goes_wakes_the_scheduler(
    clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = Setting(MemoryStore(), clock, words="clock-x20.queue-1s")
    task = await setting.create()
    waits: list[float] = []

    def timeout(seconds: float | None) -> Any:
        waits.append(math.inf if seconds is None else seconds)
        # The time that the scheduler would sleep passes at once.
        clock.advance(min(seconds or 0.0, 600))
        return asyncio_timeout(0)

    asyncio_timeout = asyncio.timeout
    monkeypatch.setattr(asyncio, "timeout", timeout)
    setting.callbacks.wake()
    while await setting.store.entry(EndedCallbacks, task.owner, task.id) is None:
        await asyncio.sleep(0)
    await setting.callbacks.close()

    assert waits[0] == pytest.approx(1 / 20)
    assert len(setting.sender.bodies) == 3


async def test_the_scheduler_survives_a_store_that_fails(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    await setting.create()
    owners, failures = setting.store.entry_owners, [StoreUnavailableError("away")]

    async def entry_owners(kind: Any) -> Any:
        if failures:
            raise failures.pop()
        return await owners(kind)

    monkeypatch.setattr(setting.store, "entry_owners", entry_owners)
    monkeypatch.setattr(callbacks_module, "SHARED_STORE_SECONDS", 0.0)
    setting.callbacks.wake()
    await asyncio.wait_for(setting.sender.sent.wait(), 10)
    await setting.callbacks.close()

    assert len(setting.sender.bodies) == 1


async def test_an_account_that_is_deleted_meanwhile_needs_no_scheduler(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = await setting.create()

    async def no_account(owner: str) -> None:
        return None

    monkeypatch.setattr(setting.store, "account", no_account)

    assert await setting.callbacks._seconds_to_next(task.owner) == math.inf


async def test_the_callbacks_of_an_earlier_run_are_resumed(
    tmp_path: Path, clock: ManualClock
) -> None:
    url = tmp_path / "mock.db"
    setting = Setting(SqliteStore(url), clock)
    await setting.create()
    await setting.store.close()

    restarted = Setting(SqliteStore(url), clock)
    restarted.callbacks.resume()
    await asyncio.wait_for(restarted.sender.sent.wait(), 10)
    await restarted.callbacks.close()
    await restarted.store.close()

    assert len(restarted.sender.bodies) == 1


async def test_a_store_of_one_process_has_nothing_to_resume(setting: Setting) -> None:
    await setting.create()

    setting.callbacks.resume()
    await asyncio.sleep(0)

    assert setting.sender.bodies == []


async def test_a_receiver_that_takes_too_long_does_not_hold_up_the_control_api(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callbacks_module, "MAX_WAIT_SECONDS", 0.0)
    task = await setting.create()
    setting.sender.on_send = lambda: asyncio.sleep(3600)

    await setting.callbacks.deliver_within_limit(task.owner)
    await setting.callbacks.close()

    assert setting.sender.bodies == []


async def test_a_redelivery_of_pending_callbacks(setting: Setting) -> None:
    task = await setting.create()
    account = await setting.account()
    await setting.callbacks.deliver_due(task.owner)
    entry = await setting.entry(task)
    assert entry is not None

    assert await setting.callbacks.redeliver(account, entry.deliveries[0].id)

    assert len(setting.sender.bodies) == 2


async def test_a_redelivery_starts_again_if_the_callbacks_change(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = await setting.create()
    account = await setting.account()
    await setting.callbacks.deliver_due(task.owner)
    entry = await setting.entry(task)
    assert entry is not None
    commit, answers = setting.store.commit, [False]

    async def commit_later(*changes: Any) -> bool:
        return answers.pop() if answers else await commit(*changes)

    monkeypatch.setattr(setting.store, "commit", commit_later)

    assert await setting.callbacks.redeliver(account, entry.deliveries[0].id)


async def test_an_evicted_task_takes_its_entries_along(clock: ManualClock) -> None:
    setting = Setting(MemoryStore(max_tasks=1), clock)
    first = await setting.create()

    await setting.create()

    assert await setting.entry(first) is None


async def test_a_changed_clock_is_seen_by_a_change_of_the_account(setting: Setting) -> None:
    task = await setting.create()
    account = await setting.account()
    timeline = account.timeline
    moved = replace(
        account,
        timeline=type(timeline)(
            machine_start=timeline.machine_start,
            account_start=timeline.account_start + 600,
            rate=0.0,
        ),
    )
    await setting.store.commit(AccountChange(account, moved))

    await setting.callbacks.deliver_due(task.owner)

    assert len(setting.sender.bodies) == 3


async def test_a_task_changes_until_it_has_ended(setting: Setting) -> None:
    task = await setting.create()
    start, end = start_time(task), end_time(task)

    assert next_change(task, task.created) == start
    assert next_change(task, start) == end
    assert next_change(task, end) is None
