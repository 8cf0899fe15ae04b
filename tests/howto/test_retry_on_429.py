"""Retry after a 429, and wait as long as Retry-After says."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests

from seedance_mock.testing import AccountJournal

BODY = {"model": "seedance-2.0", "prompt": "A paper boat"}


def create(base: str, key: str, sleep: Callable[[float], None]) -> Any:
    """Create a task. This is the code under test."""
    url, headers = f"{base}/v1/videos/generations", {"Authorization": f"Bearer {key}"}
    while True:
        response = requests.post(url, json=BODY, headers=headers, timeout=30)
        if response.status_code != 429:
            response.raise_for_status()
            return response.json()
        sleep(float(response.headers["Retry-After"]))


@pytest.mark.seedance("create-429x2", "retry-7s")
def test_the_client_waits_for_retry_after(
    seedance_url: str, seedance_key: str, seedance_journal: AccountJournal
) -> None:
    waits: list[float] = []

    task = create(seedance_url, seedance_key, sleep=waits.append)

    assert task["status"] == "pending"
    assert waits == [7.0, 7.0]
    seedance_journal.assert_creates(3)
