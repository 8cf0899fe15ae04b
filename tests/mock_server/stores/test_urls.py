"""Which store a URL names."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from seedance_mock.settings import Settings
from seedance_mock.stores.errors import StoreError
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.stores.sqlite.store import SqliteStore
from seedance_mock.stores.urls import is_shared, open_store


def test_the_default_is_memory() -> None:
    assert isinstance(open_store(Settings()), MemoryStore)
    assert not is_shared(Settings().store)


@pytest.mark.parametrize(
    ("options", "mode"), [("", 1), ("?synchronous=normal", 1), ("?synchronous=full", 2)]
)
def test_a_file_is_opened(options: str, mode: int, tmp_path: Path) -> None:
    store = open_store(Settings(store=f"sqlite:{tmp_path}/mock.db{options}"))

    assert isinstance(store, SqliteStore)
    assert store._database.rows("PRAGMA synchronous") == [(mode,)]
    asyncio.run(store.close())


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("sqlite:mock.db?synchronous=off", "takes the option synchronous=normal or"),
        ("sqlite:mock.db?mode=ro", "not mode=ro"),
    ],
)
def test_an_unknown_option_of_a_file_is_refused(url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        open_store(Settings(store=url))


@pytest.mark.parametrize("url", ["", "sqlite:", "sqlite", "postgres://localhost", "redis:x"])
def test_another_url_is_no_setting(url: str) -> None:
    with pytest.raises(ValueError, match="store must be one of memory, sqlite:PATH, redis:"):
        Settings(store=url)


def test_a_file_that_must_exist_is_not_created(tmp_path: Path) -> None:
    path = tmp_path / "mock.db"

    with pytest.raises(StoreError, match="there is no file"):
        open_store(Settings(store=f"sqlite:{path}"), must_exist=True)

    assert not path.exists()
