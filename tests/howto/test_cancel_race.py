"""Handle a cancellation that comes too late: the task completes."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from seedance_mock.testing import MockRouter

API = "https://api.tokenlab.sh"
BODY = {"model": "seedance-2.0", "prompt": "A paper boat"}


def cancel(client: httpx.Client, poll_url: str) -> Any:
    """Cancel a task, and return it when it has ended. This is the code under test."""
    response = client.delete(poll_url)
    if response.status_code != 409:
        return response.raise_for_status().json()
    while True:
        task = client.get(poll_url).raise_for_status().json()
        if task["status"] in ("completed", "failed"):
            return task


@pytest.mark.parametrize(
    "status",
    [
        pytest.param("failed", id="in time"),
        pytest.param("completed", id="too late", marks=pytest.mark.seedance("race")),
    ],
)
def test_a_cancelled_task_ends(status: str, seedance_router: MockRouter, seedance_key: str) -> None:
    with httpx.Client(base_url=API, headers={"Authorization": f"Bearer {seedance_key}"}) as client:
        task = client.post("/v1/videos/generations", json=BODY).json()

        assert cancel(client, task["poll_url"])["status"] == status
