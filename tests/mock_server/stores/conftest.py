"""A store of each kind."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from seedance_mock.settings import Settings
from seedance_mock.stores import SharedStore, Store
from seedance_mock.stores.access import Access
from seedance_mock.stores.urls import open_shared_store

from .redis_server import new_redis_store, shared_url

if TYPE_CHECKING:
    from seedance_mock.stores.redis.store import RedisStore


@pytest.fixture
def store(make_store: Callable[[int], Store]) -> Store:
    """Give an empty store with room for more tasks than a test stores."""
    return make_store(100)


@pytest.fixture
def small_store(make_evicting_store: Callable[[int], Store]) -> Store:
    """Give an empty store with room for three tasks. Its callers evict what is too much."""
    return make_evicting_store(3)


@pytest.fixture
async def redis_store() -> AsyncIterator[RedisStore]:
    """Give an empty store in Redis."""
    store = new_redis_store()
    yield store
    await store.close()


@pytest.fixture
async def other_process(redis_store: RedisStore) -> AsyncIterator[RedisStore]:
    """Give the same store as another process has it."""
    from seedance_mock.stores.redis.store import RedisStore

    store = RedisStore(shared_url(), prefix=redis_store._keys.prefix)
    yield store
    await store.close()


@pytest.fixture(params=["sqlite", "redis"])
def shared_settings(request: pytest.FixtureRequest, tmp_path: Path) -> Settings:
    """Give the settings of an empty store that processes share."""
    if request.param == "sqlite":
        return Settings(store=f"sqlite:{tmp_path}/mock.db")
    return Settings(store=shared_url(), store_prefix=new_redis_store()._keys.prefix)


@pytest.fixture
async def shared_store(shared_settings: Settings) -> AsyncIterator[SharedStore]:
    """Give an empty store."""
    store = open_shared_store(shared_settings, Access.SERVE)
    yield store
    await store.close()
