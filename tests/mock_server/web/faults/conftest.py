"""Fixtures of the tests for fault injection: requests by a client that changes only its key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

Send = Callable[..., httpx2.Response]


@pytest.fixture
def send(client: TestClient) -> Send:
    """Give a function that sends a request with a key that has these words."""

    def send_request(words: str, method: str, path: str, **options: Any) -> httpx2.Response:
        headers = {"Authorization": f"Bearer sk-mock-{words}"}
        return client.request(method, path, headers=headers, **options)

    return send_request


@pytest.fixture
def create_task(send: Send) -> Callable[..., str]:
    """Give a function that creates a task with a key that has these words and returns its id."""

    def create(words: str, **fields: object) -> str:
        body = {"model": "seedance-2.0", "prompt": "a paper boat", **fields}
        response = send(words, "POST", "/v1/videos/generations", json=body)
        assert response.status_code == 200, response.text
        # Words can leave out one of the two ids.
        task_id: str = response.json().get("id") or response.json()["task_id"]
        return task_id

    return create
