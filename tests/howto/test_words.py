"""Script the responses for a client with words."""

from __future__ import annotations

import httpx
import pytest

from seedance_mock.testing import MockRouter

URL = "https://api.tokenlab.sh/v1/videos/generations"


@pytest.mark.seedance("create-503x2")
def test_two_failures_then_success(seedance_router: MockRouter, seedance_key: str) -> None:
    headers = {"Authorization": f"Bearer {seedance_key}"}
    body = {"model": "seedance-2.0", "prompt": "A paper boat"}

    responses = [httpx.post(URL, json=body, headers=headers) for _ in range(3)]

    assert [response.status_code for response in responses] == [503, 503, 200]
