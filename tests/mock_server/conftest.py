"""Fixtures that several test modules of the mock server use."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.task import Task
from seedance_mock.stores import Store
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.stores.sqlite.store import SqliteStore

from .service.journal_source import FakeSource
from .stores.copying_store import CopyingStore
from .stores.example_tasks import task
from .stores.redis_server import new_redis_store, shared_url

MakeStore = Callable[[int], Store]


# The laws of the interface and the tests of the service run on every store of this table.
STORES: Mapping[str, MakeStore] = {
    "memory": MemoryStore,
    "copying": CopyingStore,
    "sqlite": lambda max_tasks: SqliteStore(Path(tempfile.mkdtemp(), "mock.db"), max_tasks),
    "redis": new_redis_store,
}


@pytest.fixture
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio, like the server."""
    return "asyncio"


@contextmanager
def making_stores(name: str) -> Iterator[MakeStore]:
    """Give a function that returns empty stores of a kind. Their files are gone in the end."""
    stores = []

    def make(max_tasks: int) -> Store:
        stores.append(STORES[name](max_tasks))
        return stores[-1]

    yield make
    for store in stores:
        # A store in Redis is bound to the loop of its test, and leaves nothing open.
        if isinstance(store, SqliteStore):
            asyncio.run(store.close())
            shutil.rmtree(store.path.parent)


@pytest.fixture(params=STORES)
def make_store(request: pytest.FixtureRequest) -> Iterator[MakeStore]:
    """Give a function that returns an empty store with room for a number of tasks."""
    with making_stores(request.param) as make:
        yield make


@pytest.fixture(params=[name for name in STORES if name != "redis"])
def make_evicting_store(request: pytest.FixtureRequest) -> Iterator[MakeStore]:
    """Give the same for the stores that leave it to their callers to evict a task."""
    with making_stores(request.param) as make:
        yield make


@pytest.fixture(params=[MemoryStore, CopyingStore], ids=["eager", "waiting"])
def eager_or_waiting_store(request: pytest.FixtureRequest) -> Store:
    """Give a store that never waits, or one that waits in every call."""
    store: Store = request.param()
    return store


@pytest.fixture
def example_task() -> Callable[..., Task]:
    """Give a function that returns a task of an owner, see `example_tasks`."""
    return task


@pytest.fixture(scope="session")
def new_source() -> Callable[[str | None], FakeSource]:
    """Give a function that returns the source of an entry of an account."""
    return FakeSource


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
