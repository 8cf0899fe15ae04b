"""A store whose calls are measured behaves like the store itself."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from seedance_mock.domain.task import Task
from seedance_mock.stores.errors import StoreUnavailableError
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.web.metrics.measured_store import measured_store


class FailingStore(MemoryStore):
    """A store whose list of tasks cannot be read."""

    async def tasks(self, owner: str | None = None) -> Sequence[Task]:
        raise StoreUnavailableError


def test_each_call_is_measured_also_one_that_fails() -> None:
    calls: list[str] = []
    store = measured_store(FailingStore(9), lambda name, seconds: calls.append(name))

    async def use() -> None:
        assert await store.accounts() == []
        assert await store.accounts() == []
        with pytest.raises(StoreUnavailableError):
            await store.tasks()

    asyncio.run(use())

    assert calls == ["accounts", "accounts", "tasks"]


def test_what_is_no_call_is_passed_on() -> None:
    store = measured_store(MemoryStore(9), lambda name, seconds: None)

    assert store.is_async is False
    assert store.journal_log is None
