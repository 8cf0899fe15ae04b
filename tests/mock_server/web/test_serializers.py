from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.web.app import create_app
from seedance_mock.web.serializers import LAST_FRAME, VIDEO, asset_url


@pytest.fixture
def store() -> MemoryStore:
    """Give the records of the server."""
    return MemoryStore()


@pytest.fixture
def client(store: MemoryStore, clock: ManualClock) -> Iterator[TestClient]:
    """Give a client of a server whose records a test can read."""
    app = create_app(clock=clock, store=store)
    with TestClient(app, headers={"Authorization": "Bearer sk-test"}) as client:
        yield client


def result_of(client: TestClient, store: MemoryStore, name: str) -> str:
    """Create a task and return the URL at which its result will stand."""
    body = {"model": "seedance-2.0", "prompt": "a paper boat"}
    task_id = client.post("/v1/videos/generations", json=body).json()["id"]
    task = asyncio.run(store.task(task_id))
    assert task is not None
    return asset_url(task, name, "http://testserver")


@pytest.mark.parametrize(
    ("passed", "status"), [(0, 404), (1, 404), (4.999, 404), (5, 200)], ids=str
)
def test_right_url_too_early_is_404(
    passed: float, status: int, client: TestClient, store: MemoryStore, clock: ManualClock
) -> None:
    url = result_of(client, store, VIDEO)

    clock.advance(passed)

    assert client.get(url).status_code == status


def test_right_url_of_a_cancelled_task_is_404(client: TestClient, store: MemoryStore) -> None:
    url = result_of(client, store, VIDEO)
    client.delete("/v1/tasks/" + url.split("/")[-2])

    assert client.get(url).status_code == 404


def test_right_url_of_a_frame_not_asked_for_is_404(
    client: TestClient, store: MemoryStore, clock: ManualClock
) -> None:
    url = result_of(client, store, LAST_FRAME)

    clock.advance(5)

    assert client.get(url).status_code == 404
