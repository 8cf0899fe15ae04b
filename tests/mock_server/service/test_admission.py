"""Admission of requests in circumstances that a client cannot bring about at will."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from seedance_mock.domain.clock import ManualClock
from seedance_mock.domain.task import Task
from seedance_mock.service.admission import Admission
from seedance_mock.settings import Settings
from seedance_mock.stores import TaskChange
from seedance_mock.stores.memory import MemoryStore

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("is_stored", [True, False])
async def test_a_task_may_be_deleted_while_its_request_is_counted(
    is_stored: bool, example_task: Callable[..., Task]
) -> None:
    store, clock = MemoryStore(), ManualClock()
    admission = Admission(Settings(), store, clock)
    account = await admission.open_account("sk-mock-poll-503x1--a")
    polled = example_task("1", owner=account.owner)
    if is_stored:
        await store.commit(TaskChange(None, polled))

    admitted = await admission.admit(account, clock(), "poll", polled)

    assert (admitted.task is not None) is is_stored
    assert admitted.fault is not None
