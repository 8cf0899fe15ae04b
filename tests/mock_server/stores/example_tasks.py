"""Tasks and entries for the tests of stores, and what a store holds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from msgspec.structs import replace

from seedance_contract.derived.cost import Video
from seedance_mock.domain.materials import Material, MaterialGroup
from seedance_mock.domain.task import Task
from seedance_mock.stores import EntryChange, Store, TaskChange


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


def material(entry_id: str, owner: str = "a", **fields: Any) -> Material:
    """Return a material of an owner."""
    defaults: dict[str, Any] = {
        "project": "default",
        "group_id": "group-1",
        "library_type": "aigc_avatar",
        "asset_type": "Image",
        "name": "Front view",
        "metadata": '{"approved": true, "by": "Zoë"}',
        "created": 1.5,
        "updated": 1.5,
        "processing_seconds": 2.0,
    }
    return Material(owner=owner, id=entry_id, **{**defaults, **fields})


def group(entry_id: str, owner: str = "a") -> MaterialGroup:
    """Return a group of an owner."""
    return MaterialGroup(owner, entry_id, "default", "aigc_avatar", None, None, None, 1.0, 1.0)


def equal_copy(record: Any) -> Any:
    """Return a record with the same values, as a store outside the process returns it."""
    return replace(record)


async def add(store: Store, *tasks: Task) -> None:
    """Store new tasks."""
    assert await store.commit(*(TaskChange(None, task) for task in tasks))


async def add_entries(store: Store, *entries: Material | MaterialGroup) -> None:
    """Store new entries."""
    assert await store.commit(*(EntryChange(None, entry) for entry in entries))


async def ids(store: Store, owner: str | None = None) -> list[str]:
    """Return the ids of the tasks, of one owner or all."""
    return [task.id for task in await store.tasks(owner)]


async def names(store: Store) -> list[str]:
    """Return the names of the accounts."""
    return [account.name for account in await store.accounts()]
