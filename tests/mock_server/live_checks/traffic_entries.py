"""Entries of the journal for the tests of live checks."""

from __future__ import annotations

from itertools import count
from typing import Any

from seedance_mock.service.journal.entries import JournalEntry

TASK = "ldtask_" + "a" * 32
OTHER_TASK = "ldtask_" + "b" * 32

_numbers = count(1)


def entry(place: str, received: float, **members: Any) -> JournalEntry:
    """Return the entry of an ordinary request that was answered after 0.1 s."""
    number = next(_numbers)
    defaults: dict[str, Any] = {
        "number": number,
        "request_id": f"req_{number}",
        "account": "key-1",
        "time": 1000.0 + received,
        "received": received,
        "answered": received + 0.1,
        "connection": 1,
        "turn": 1,
        "method": "GET",
        "target": f"/v1/tasks/{TASK}",
        "place": place,
        "authorized": True,
        "task_id": TASK,
        "status": 200,
        "code": None,
        "task_status": "pending",
        "fault": None,
        "applied": None,
        "rules": (),
        "warnings": (),
        "request": None,
        "host": "127.0.0.1:8000",
    }
    return JournalEntry(**{**defaults, **members})


def create(received: float = 0.0, **members: Any) -> JournalEntry:
    """Return the entry of a create request."""
    body = {"model": "seedance-2.0", "prompt": "(12 characters)"}
    defaults = {
        "method": "POST",
        "target": "/v1/videos/generations",
        "job": "c0ffee",
        "request": body,
    }
    return entry("create", received, **{**defaults, **members})


def failed_create(received: float, status: int | None, **members: Any) -> JournalEntry:
    """Return the entry of a create request that got an error, or no response for None."""
    error = {"error": {"code": "some_code", **members.pop("error", {})}}
    response = None if status is None else {**error, **members.pop("response", {})}
    defaults = {"status": status, "task_id": None, "task_status": None, "response": response}
    return create(received, **{**defaults, **members})


def poll(received: float, task_status: str | None = "processing", **members: Any) -> JournalEntry:
    """Return the entry of a poll."""
    return entry("poll", received, **{"task_status": task_status, **members})
