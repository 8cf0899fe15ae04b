"""Fixtures that several test modules of the mock server use."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.task import Task
from seedance_mock.stores import Store
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.stores.sqlite import SqliteStore

from .stores.copying_store import CopyingStore
from .stores.example_tasks import task
from .stores.redis_server import new_redis_store, shared_url

MakeStore = Callable[[int], Store]


def new_sqlite_store(max_tasks: int = 100_000) -> SqliteStore:
    """Return a store in a new file."""
    return SqliteStore(Path(tempfile.mkdtemp()) / "store.sqlite", max_tasks)


# The laws of the interface and the tests of the service run on every store of this table.
STORES: Mapping[str, MakeStore] = {
    "memory": MemoryStore,
    "copying": CopyingStore,
    "sqlite": new_sqlite_store,
    "redis": new_redis_store,
}


@pytest.fixture
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio, like the server."""
    return "asyncio"


@pytest.fixture(params=STORES)
def make_store(request: pytest.FixtureRequest) -> MakeStore:
    """Give a function that returns an empty store with room for a number of tasks."""
    return STORES[request.param]


@pytest.fixture(params=[name for name in STORES if name != "redis"])
def make_evicting_store(request: pytest.FixtureRequest) -> MakeStore:
    """Give the same for the stores that leave it to their callers to evict a task."""
    return STORES[request.param]


@pytest.fixture
def example_task() -> Callable[..., Task]:
    """Give a function that returns a task of an owner, see `example_tasks`."""
    return task


@pytest.fixture
def redis_url() -> str:
    """Give the URL of a real server."""
    return shared_url()


@pytest.fixture(name="new_redis_store")
def give_new_redis_store() -> Callable[..., Store]:
    """Give a function that returns an empty store in a real server."""
    return new_redis_store


@pytest.fixture
def poll(user: TestClient) -> Callable[[str], Any]:
    """Give a function that polls a task and returns the JSON body of the response."""

    def read(task_id: str) -> Any:
        response = user.get(f"/v1/tasks/{task_id}")
        assert response.status_code == 200, response.text
        return response.json()

    return read
