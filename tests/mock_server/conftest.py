"""What several test modules of the mock server share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient


@pytest.fixture
def poll(user: TestClient) -> Callable[[str], Any]:
    """Give a function that reads a task and returns what the API shows of it."""

    def read(task_id: str) -> Any:
        answer = user.get(f"/v1/tasks/{task_id}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    return read
