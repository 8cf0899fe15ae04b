"""Tasks for the tests of stores, and what a store holds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from seedance_contract.derived.cost import Video
from seedance_mock.domain.task import Task
from seedance_mock.stores import Store, TaskChange


def task(task_id: str, owner: str = "a", **fields: Any) -> Task:
    """Return a task that waits for 1 s and runs for 4 s, unless its fields say otherwise."""
    defaults: dict[str, Any] = {
        "model": "seedance-2.0",
        "video": Video("seedance-2.0", "720p", "16:9", 5),
        "audio": True,
        "last_frame": False,
        "created": 0.0,
        "queue_seconds": 1.0,
        "run_seconds": 4.0,
        "expires_after": 3600,
        "estimate": Decimal(1),
        "price": Decimal(1),
    }
    return Task(id=task_id, owner=owner, **{**defaults, **fields})


def equal_copy(record: Any) -> Any:
    """Return a record with the same values, as a store outside the process returns it."""
    return record._replace()


async def add(store: Store, *tasks: Task) -> None:
    """Store new tasks."""
    assert await store.commit(*(TaskChange(None, task) for task in tasks))


async def ids(store: Store, owner: str | None = None) -> list[str]:
    """Return the ids of the tasks, of one owner or all."""
    return [task.id for task in await store.tasks(owner)]


async def names(store: Store) -> list[str]:
    """Return the names of the accounts."""
    return [account.name for account in await store.accounts()]
