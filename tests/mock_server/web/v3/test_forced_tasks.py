"""Tasks of v3 whose status a user forces."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

TASKS = "/api/v3/contents/generations/tasks"
BODY = {
    "model": "doubao-seedance-2-0-260128",
    "content": [{"type": "text", "text": "A kite above a harbour"}],
    "execution_expires_after": 3_600,
}


@pytest.mark.parametrize(
    ("forced", "shown", "expires_after"),
    [
        (["completed"], "succeeded", 3_600),
        (["held", "completed"], "succeeded", None),
        (["processing", "held", "completed"], "succeeded", 3_600),
        (["held", "failed"], "failed", None),
        (["held", "cancelled"], "cancelled", None),
        (["held", "expired"], "expired", None),
    ],
    ids=["completed", "held", "held-later", "failed", "cancelled", "expired"],
)
def test_a_forced_task_is_shown(
    forced: list[str], shown: str, expires_after: int | None, user: TestClient
) -> None:
    task_id = user.post(TASKS, json=BODY).json()["id"]
    for status in forced:
        assert user.post(f"/_mock/tasks/{task_id}", json={"status": status}).status_code == 200

    task = user.get(f"{TASKS}/{task_id}")
    [item] = user.get(TASKS).json()["items"]

    assert task.status_code == 200
    assert task.json() == item
    assert item["status"] == shown
    assert item.get("execution_expires_after") == expires_after
