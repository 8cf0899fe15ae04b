"""Repeat a create safely under /api/v3: with the same Idempotency-Key it makes one task."""

from __future__ import annotations

import httpx
import pytest

from seedance_mock.testing import AccountJournal, MockTransport

TASKS = "/api/v3/contents/generations/tasks"
BODY = {
    "model": "doubao-seedance-2-0-260128",
    "content": [{"type": "text", "text": "A paper boat"}],
}


def create(client: httpx.Client, idempotency_key: str) -> str:
    """Create a task and return its id. This is the code under test."""
    for _ in range(3):
        try:
            response = client.post(TASKS, json=BODY, headers={"Idempotency-Key": idempotency_key})
        except httpx.TransportError:
            continue
        return str(response.raise_for_status().json()["id"])
    raise TimeoutError("no response to three requests with the same key")


@pytest.mark.seedance("lostreply")
def test_a_lost_create_is_recovered(
    seedance_httpx_transport: MockTransport,
    seedance_key: str,
    seedance_journal: AccountJournal,
) -> None:
    client = httpx.Client(
        transport=seedance_httpx_transport,
        base_url="https://api.tokenlab.sh",
        headers={"Authorization": f"Bearer {seedance_key}"},
    )

    with client:
        task_id = create(client, "boat-1")
        tasks = client.get(TASKS).json()

    seedance_journal.assert_creates(2)
    assert [task["id"] for task in tasks["items"]] == [task_id]
