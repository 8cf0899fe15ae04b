"""Advance the clock by hand, so that no test waits for a video."""

from __future__ import annotations

import httpx
import pytest

from seedance_mock.testing import AccountClock, MockRouter

API = "https://api.tokenlab.sh"


@pytest.mark.seedance("queue-90s", "run-180s")
def test_a_task_queues_runs_and_completes(
    seedance_router: MockRouter, seedance_key: str, seedance_clock: AccountClock
) -> None:
    body = {"model": "seedance-2.0", "prompt": "A paper boat"}
    with httpx.Client(base_url=API, headers={"Authorization": f"Bearer {seedance_key}"}) as client:
        poll_url = client.post("/v1/videos/generations", json=body).json()["poll_url"]
        statuses = []
        for seconds in (89, 1, 179, 1):
            seedance_clock.advance(seconds)
            statuses.append(client.get(poll_url).json()["status"])

    assert statuses == ["pending", "processing", "processing", "completed"]
