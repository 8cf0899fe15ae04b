"""Let every test judge its traffic: retries, waits, polls, keys. No test has to be changed."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from seedance_mock.testing import AccountChecks, MockRouter

URL = "https://api.tokenlab.sh/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "A paper boat"}


# With `autouse=True` in conftest.py, it judges every test.
@pytest.fixture
def judged_traffic(seedance_checks: AccountChecks) -> Iterator[None]:
    """Fail a test whose client breaks a requirement of the documents."""
    yield
    seedance_checks.assert_no_findings()


def create(key: str, attempts: int) -> httpx.Response:
    """Create a task, and try again after any error. This is the code under test."""
    for _ in range(attempts):
        response = httpx.post(URL, json=BODY, headers={"Authorization": f"Bearer {key}"})
        if response.is_success:
            break
    return response


@pytest.mark.usefixtures("judged_traffic")
def test_a_video_is_created(seedance_router: MockRouter, seedance_key: str) -> None:
    assert create(seedance_key, attempts=3).status_code == 200


@pytest.mark.seedance("create-504")
def test_a_blind_retry_is_found(
    seedance_router: MockRouter, seedance_key: str, seedance_checks: AccountChecks
) -> None:
    # A 504 says nothing about the task: this client may pay for two videos.
    create(seedance_key, attempts=2)

    with pytest.raises(AssertionError, match="FAIL no-blind-create") as failure:
        seedance_checks.assert_no_findings()

    assert "fix: Do not let a retry policy cover" in str(failure.value)
