"""Which store a URL names."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from seedance_mock.settings import Settings
from seedance_mock.stores.access import Access
from seedance_mock.stores.errors import StoreError
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.stores.sqlite.store import SqliteStore
from seedance_mock.stores.urls import is_shared, open_store, shown


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


@pytest.mark.parametrize(
    "url", ["", "sqlite:", "sqlite:?synchronous=full", "sqlite", "postgres://:secret@h", "redis:x"]
)
def test_another_url_is_no_setting(url: str) -> None:
    with pytest.raises(ValueError, match="give one of memory, sqlite:PATH, redis:") as raised:
        Settings(store=url)

    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("redis://localhost/abc", "the database is a number"),
        ("redis://localhost/1/2", "the database is a number"),
        ("rediss://localhost:6379/0x1", "the database is a number"),
        ("sqlite://mock.db", "write sqlite:mock.db, or sqlite:/folder/mock.db"),
        ("sqlite:///folder/mock.db", "write sqlite:mock.db, or sqlite:/folder/mock.db"),
        ("unix://run/redis.sock", "with three slashes: unix:///PATH"),
        ("unix://", "with three slashes: unix:///PATH"),
        ("valkey://localhost", "write redis:// for Valkey, rediss:// with TLS"),
        ("redis://localhost:port", "the host or the port is wrong"),
        # A secret that divides the URL in another place than was meant.
        ("redis://:pa/secret@localhost", "the host or the port is wrong, or a password"),
        ("redis://:1/secret@localhost", "there is an @ behind the host: write / "),
        ("redis://u:1#secret@localhost", "there is an @ behind the host: write / "),
        ("redis://u:1?secret@localhost", "there is an @ behind the host: write / "),
        ("redis://u:1?a=secret@localhost", "there is an @ behind the host: write / "),
    ],
)
def test_a_wrong_url_is_explained(url: str, message: str) -> None:
    with pytest.raises(ValueError, match="store is no URL of a store: ") as raised:
        Settings(store=url)

    assert message in str(raised.value)
    assert "secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:a@b.db?synchronous=full", "sqlite:a@b.db?synchronous=full"),
        ("redis://user:secret@localhost:6379/3", "redis://localhost:6379/3"),
        ("redis://localhost/3?username=secret&password=secret@1", "redis://localhost/3"),
        ("redis://localhost?password=secret&db=3", "redis://localhost?db=3"),
        ("redis://localhost?db=secret", "redis://localhost"),
        ("unix://:secret@/run/redis.sock?db=2", "unix:///run/redis.sock?db=2"),
        ("rediss+cluster://localhost?ssl_password=secret", "rediss+cluster://localhost"),
    ],
)
def test_a_url_is_shown_without_secrets(url: str, expected: str) -> None:
    Settings(store=url)

    assert shown(url) == expected


def test_the_home_folder_is_expanded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(name, str(tmp_path))

    store = open_store(Settings(store="sqlite:~/mock.db"))

    assert isinstance(store, SqliteStore)
    assert store.path == tmp_path / "mock.db"
    asyncio.run(store.close())


def test_an_unknown_home_folder_is_explained() -> None:
    with pytest.raises(StoreError, match="there is no such home folder"):
        open_store(Settings(store="sqlite:~no-such-user/mock.db"))


def test_a_file_that_must_exist_is_not_created(tmp_path: Path) -> None:
    path = tmp_path / "mock.db"

    with pytest.raises(StoreError, match="there is no file"):
        open_store(Settings(store=f"sqlite:{path}"), Access.READ)

    assert not path.exists()
