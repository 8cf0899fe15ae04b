"""A tolerant server under v3: it ignores undocumented fields, and keeps the other rules."""

from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from seedance_mock.settings import Settings

TASKS = "/api/v3/contents/generations/tasks"
BODY = {
    "model": "doubao-seedance-2-0-260128",
    "content": [{"type": "text", "text": "A kite above a harbour"}],
}

pytestmark = pytest.mark.parametrize("settings", [Settings(tolerant=True)], ids=["tolerant"])


@pytest.mark.parametrize(
    ("fields", "header"),
    [
        ({}, None),
        ({"style": "anime", "Ratio": None}, "style, Ratio"),
        (
            {"omni_reference_task_type": "auto", "sk-planted": 1},
            "omni_reference_task_type, (unnamed)",
        ),
    ],
    ids=["none", "two", "of-an-sdk"],
)
def test_undocumented_fields_are_ignored_and_named(
    fields: dict[str, object], header: str | None, user: TestClient
) -> None:
    response = user.post(TASKS, json={**BODY, **fields})

    assert response.status_code == 200
    assert response.headers.get("Mock-Ignored") == header


@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"style": "anime", "duration": 99}, "duration"),
        ({"style": "anime", "frames": 24}, "frames"),
        ({"style": "anime", "priority": 1}, "priority"),
        ({"style": "anime", "content": [{"type": "text", "text": "x", "y": 1}]}, "content[0].y"),
    ],
    ids=["limit", "unsupported", "model", "member"],
)
def test_the_other_rules_are_kept(fields: dict[str, object], param: str, user: TestClient) -> None:
    response = user.post(TASKS, json={**BODY, **fields})

    assert response.status_code == 400
    assert response.json()["error"]["param"] == param
    assert "style" not in response.json()["error"]["message"]
