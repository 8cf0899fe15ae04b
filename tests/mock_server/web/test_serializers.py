from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.web.app import create_app
from seedance_mock.web.serializers import LAST_FRAME_FILE, asset_url, video_name


@pytest.fixture
def store() -> MemoryStore:
    """Give the store of the server."""
    return MemoryStore()


@pytest.fixture
def client(store: MemoryStore, clock: ManualClock) -> Iterator[TestClient]:
    """Give a client of a server whose store the test can read."""
    app = create_app(clock=clock, store=store)
    with TestClient(app, headers={"Authorization": "Bearer sk-test"}) as client:
        yield client


def result_url(client: TestClient, store: MemoryStore, name: str) -> str:
    """Create a task and return the URL of its result, before the API shows it."""
    body = {"model": "seedance-2.0", "prompt": "a paper boat"}
    task_id = client.post("/v1/videos/generations", json=body).json()["id"]
    task = asyncio.run(store.task(task_id))
    assert task is not None
    return asset_url(task, name, "http://testserver")


@pytest.mark.parametrize(
    ("seconds", "status"), [(0, 404), (1, 404), (4.999, 404), (5, 200)], ids=str
)
def test_url_is_404_before_the_task_ends(
    seconds: float, status: int, client: TestClient, store: MemoryStore, clock: ManualClock
) -> None:
    url = result_url(client, store, video_name("mp4"))

    clock.advance(seconds)

    assert client.get(url).status_code == status


def test_url_of_a_cancelled_task_is_404(client: TestClient, store: MemoryStore) -> None:
    url = result_url(client, store, video_name("mp4"))
    client.delete("/v1/tasks/" + url.split("/")[-2])

    assert client.get(url).status_code == 404


def test_url_of_an_unrequested_frame_is_404(
    client: TestClient, store: MemoryStore, clock: ManualClock
) -> None:
    url = result_url(client, store, LAST_FRAME_FILE)

    clock.advance(5)

    assert client.get(url).status_code == 404
