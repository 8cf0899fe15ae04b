"""What reads of the memory store cost, in instructions of the interpreter."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest

from seedance_mock.stores import TaskChange
from seedance_mock.stores.memory import MemoryStore

from .example_tasks import task

pytestmark = pytest.mark.anyio


async def cost_of_own_tasks(store: MemoryStore) -> int:
    """Return how many instructions it takes to read the tasks of the owner `a`."""
    count = 0

    def count_instruction(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal count
        # Lines would not count the turns of a loop that is written in one line.
        frame.f_trace_opcodes = True
        count += 1
        return count_instruction

    before = sys.gettrace()
    sys.settrace(count_instruction)
    try:
        await store.tasks("a")
    finally:
        sys.settrace(before)
    return count


async def test_the_tasks_of_an_owner_cost_nothing_for_those_of_others() -> None:
    store = MemoryStore()
    for number in range(10):
        await store.commit(TaskChange(None, task(str(number), is_settled=number % 2 == 0)))
    alone = await cost_of_own_tasks(store)

    for number in range(200):
        await store.commit(TaskChange(None, task(f"b{number}", owner="b")))

    assert await cost_of_own_tasks(store) == alone


async def test_an_owner_without_tasks_leaves_nothing_behind() -> None:
    store = MemoryStore()
    await store.commit(TaskChange(None, task("1")))

    await store.commit(TaskChange(task("1"), None))

    assert await store.tasks("a") == []
    assert store._task_ids == {}
