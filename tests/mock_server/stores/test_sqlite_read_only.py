"""A SQLite file that this process cannot write is read all the same, and not served."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from seedance_mock.domain.accounts import Account
from seedance_mock.stores import AccountContent
from seedance_mock.stores.access import Access
from seedance_mock.stores.errors import StoreError, StoreUnavailableError
from seedance_mock.stores.sqlite.store import SqliteStore

from .example_tasks import add, task

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(sys.platform == "win32", reason="another system of permissions"),
]

NOBODY = 65534

CONTENTS = [AccountContent(Account(owner="a", name="key-1"), [task("1")], [])]


@pytest.fixture
def path() -> Iterator[Path]:
    """Give a place for a file in a folder that every user can see."""
    # The folders of pytest are for their owner only.
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder / "mock.db"
    folder.chmod(0o755)
    shutil.rmtree(folder)


async def fill(store: SqliteStore) -> None:
    await store.open_account(Account(owner="a"))
    await add(store, task("1"))


@contextmanager
def only_reading(path: Path, folder_mode: int, file_mode: int) -> Iterator[None]:
    """Let this process be unable to write a file, or beside it."""
    for file in path.parent.iterdir():
        file.chmod(file_mode)
    path.parent.chmod(folder_mode)
    is_root = os.geteuid() == 0
    if is_root:
        # Who may write everywhere.
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        if is_root:
            os.seteuid(0)
        path.parent.chmod(0o755)


MODES = pytest.mark.parametrize(
    ("folder_mode", "file_mode"), [(0o555, 0o444), (0o777, 0o444)], ids=["folder", "file"]
)


@MODES
async def test_a_backup_is_read(path: Path, folder_mode: int, file_mode: int) -> None:
    store = SqliteStore(path)
    await fill(store)
    await store.close()

    with only_reading(path, folder_mode, file_mode):
        backup = SqliteStore(path, access=Access.READ)
        assert await backup.contents() == CONTENTS
        assert await backup.tasks() == [task("1")]
        with pytest.raises(StoreUnavailableError, match="the file or its folder is read-only"):
            await backup.clear()
        await backup.close()


@MODES
@pytest.mark.parametrize("access", [Access.SERVE, Access.CLEAR, Access.LOAD])
async def test_a_backup_is_not_served(
    path: Path, folder_mode: int, file_mode: int, access: Access
) -> None:
    store = SqliteStore(path)
    await fill(store)
    await store.close()

    with (
        only_reading(path, folder_mode, file_mode),
        pytest.raises(StoreError, match="the file or its folder is read-only"),
    ):
        SqliteStore(path, access=access)


async def test_what_is_only_in_the_log_is_read(path: Path) -> None:
    # The store of another user, whose server runs.
    store = SqliteStore(path)
    await fill(store)

    with only_reading(path, 0o555, 0o444):
        reading = SqliteStore(path, access=Access.READ)
        assert await reading.contents() == CONTENTS
        await reading.close()

    await store.close()


async def test_a_log_that_cannot_be_read_is_not_left_out(path: Path) -> None:
    store = SqliteStore(path)
    await fill(store)
    copy = path.parent / "copy"
    copy.mkdir(mode=0o755)
    for name in ("mock.db", "mock.db-wal"):
        shutil.copy(path.with_name(name), copy)
    await store.close()

    with (
        only_reading(copy / "mock.db", 0o555, 0o444),
        pytest.raises(StoreError, match="does not exist or is not accessible"),
    ):
        SqliteStore(copy / "mock.db", access=Access.READ)


async def test_an_empty_file_that_cannot_be_written_is_no_store(path: Path) -> None:
    path.touch()

    with only_reading(path, 0o555, 0o444), pytest.raises(StoreError, match="is empty: it is no"):
        SqliteStore(path, access=Access.READ)


async def test_a_file_of_another_program_is_refused_before_it_is_read(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (text)")
    connection.close()

    with pytest.raises(StoreError, match="of another program"):
        SqliteStore(path, access=Access.READ)
