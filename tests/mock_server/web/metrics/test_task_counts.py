"""The number of tasks of each status, and how often it is counted."""

from __future__ import annotations

import asyncio

import pytest
from starlette.testclient import TestClient

from seedance_mock.service.tasks import Service
from seedance_mock.settings import Settings
from seedance_mock.web.app import MockApp, create_app
from seedance_mock.web.metrics import task_counts
from seedance_mock.web.metrics.task_counts import TaskCounts

BODY = {"model": "seedance-2.0", "prompt": "A paper boat"}


@pytest.fixture
def app() -> MockApp:
    return create_app(Settings(lifecycle="manual"))


def create_task(app: MockApp, key: str = "sk-a") -> str:
    headers = {"Authorization": f"Bearer {key}"}
    response = TestClient(app).post("/v1/videos/generations", json=BODY, headers=headers)
    task_id: str = response.raise_for_status().json()["id"]
    return task_id


def counts_of(counts: TaskCounts) -> dict[str, int]:
    return {status.value: count for status, count in asyncio.run(counts.read()).items()}


def test_every_status_is_counted(app: MockApp) -> None:
    create_task(app)
    ended = create_task(app, "sk-b")
    TestClient(app).post(f"/_mock/tasks/{ended}", json={"status": "completed"})

    counted = counts_of(TaskCounts(app.state.service))

    assert counted == {"pending": 1, "processing": 0, "completed": 1, "failed": 0}


def test_a_count_that_takes_long_is_kept(app: MockApp, monkeypatch: pytest.MonkeyPatch) -> None:
    times = [0.0, 1.0, 50.0, 51.5, 51.6]
    monkeypatch.setattr(task_counts, "monotonic", lambda: times.pop(0))
    counts = TaskCounts(app.state.service)
    first = counts_of(counts)
    create_task(app)

    # It took 1 s, so the next one is made after another 50.
    kept, new = counts_of(counts), counts_of(counts)

    assert (first["pending"], kept["pending"], new["pending"]) == (0, 0, 1)


class OrphanStore:
    """A store whose accounts were deleted after its tasks were read."""

    def __init__(self, service: Service) -> None:
        self._store = service.store

    async def accounts(self) -> list[object]:
        return []

    async def tasks(self) -> object:
        return await self._store.tasks()


def test_a_task_of_a_deleted_account_is_not_counted(
    app: MockApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_task(app)
    service: Service = app.state.service
    monkeypatch.setattr(service, "store", OrphanStore(service))

    assert sum(counts_of(TaskCounts(service)).values()) == 0
