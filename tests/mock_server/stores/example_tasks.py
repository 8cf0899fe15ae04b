"""Tasks for the tests of stores."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from seedance_contract.derived.cost import Video
from seedance_mock.domain.task import Task


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
