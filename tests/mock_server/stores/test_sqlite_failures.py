"""The store in a SQLite file while the disk, or another process, fails."""

from __future__ import annotations

import os
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import Settings
from seedance_mock.stores import file_systems
from seedance_mock.stores.errors import StoreError, StoreUnavailableError
from seedance_mock.stores.file_systems import network_file_system
from seedance_mock.stores.sqlite import connections
from seedance_mock.stores.sqlite import database as sqlite_database
from seedance_mock.stores.sqlite.database import Database
from seedance_mock.stores.sqlite.store import SqliteStore
from seedance_mock.web.app import create_app

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mock.db"


@pytest.fixture
def client(path: Path) -> Iterator[TestClient]:
    """Give a client of a server on a file. Its account has one task."""
    headers = {"Authorization": "Bearer sk-test"}
    app = create_app(Settings(store=f"sqlite:{path}"), clock=ManualClock())
    with TestClient(app, headers=headers, raise_server_exceptions=False) as client:
        assert client.post(CREATE, json=BODY).status_code == 200
        yield client


def account(client: TestClient) -> Any:
    """Return the account of the client with its tasks."""
    return client.get("/_mock/accounts/key-1").json()


def require_unavailable(client: TestClient) -> None:
    """Fail unless a create is refused by an error that a client can repeat."""
    response = client.post(CREATE, json=BODY)

    assert response.status_code == 503, response.text
    assert response.json()["error"]["retryable"] is True


@contextmanager
def full_disk(log: Path) -> Iterator[None]:
    """Let no file of this process become longer than the write-ahead log of a store is now."""
    resource = pytest.importorskip("resource", reason="the system has no limits")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_applies_nothing(client: TestClient, path: Path) -> None:
    before = account(client)
    poll_url = f"/v1/tasks/{before['ledger'][0]['task_id']}"

    with full_disk(path.with_name("mock.db-wal")):
        require_unavailable(client)
        # What only reads goes on.
        assert client.get(poll_url).status_code == 200
        assert account(client) == before

    assert client.post(CREATE, json=BODY).status_code == 200
    assert len(account(client)["ledger"]) == 2


def test_a_lock_that_is_held_for_long_is_not_waited_for(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_database, "BUSY_SECONDS", 0.01)
    headers = {"Authorization": "Bearer sk-test"}
    with (
        TestClient(create_app(Settings(store=f"sqlite:{path}")), headers=headers) as client,
        closing(sqlite3.connect(path, isolation_level=None)) as other,
    ):
        client.get("/v1/models")
        assert client.post(CREATE, json=BODY).status_code == 200
        other.execute("BEGIN IMMEDIATE")

        require_unavailable(client)

        other.execute("ROLLBACK")
        assert client.post(CREATE, json=BODY).status_code == 200


def test_a_short_lock_is_waited_for(path: Path) -> None:
    database = Database(path)
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        release = threading.Timer(0.02, other.execute, ["ROLLBACK"])
        release.start()

        assert database.add_to_counter("opened_accounts", 1) == 1

        release.join()
    database.close()


@pytest.mark.parametrize(
    "change", ["record = 'no JSON'", "record = '{}'", "record = zeroblob(9)"], ids=str
)
def test_a_damaged_record_is_not_available(change: str, client: TestClient, path: Path) -> None:
    with closing(sqlite3.connect(path)) as other, other:
        other.execute(f"UPDATE accounts SET {change}")

    require_unavailable(client)


def test_a_damaged_page_is_not_available(path: Path) -> None:
    database = Database(path)
    database.execute_each(
        "INSERT INTO added_keys VALUES (?, 'a')", [(f"{n:0100}",) for n in range(2_000)]
    )
    database.close()
    content = bytearray(path.read_bytes())
    # No page of SQLite has this type. The first pages are those of other tables.
    content[65_536:] = b"\xff" * (len(content) - 65_536)
    path.write_bytes(content)
    database = Database(path)

    with pytest.raises(StoreUnavailableError):
        database.rows("SELECT * FROM added_keys")
    with pytest.raises(StoreUnavailableError):
        database.execute_each("INSERT INTO added_keys VALUES (?, 'b')", [("b",), ("c",)])
    database.close()


@pytest.mark.parametrize("is_replaced", [False, True], ids=["deleted", "replaced"])
def test_a_file_that_is_gone_is_not_served(
    is_replaced: bool, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(sqlite_database, "CHECKPOINT_SECONDS", 0.01)
    headers = {"Authorization": "Bearer sk-test"}
    with TestClient(create_app(Settings(store=f"sqlite:{path}")), headers=headers) as client:
        poll_url = client.post(CREATE, json=BODY).json()["poll_url"]
        # The log stays where it is: it could belong to a new file.
        path.unlink()
        if is_replaced:
            path.touch()
        while client.get(poll_url).status_code == 200:
            # The thread has a period of 10 ms. A test that never ends is a failure too.
            pass

        require_unavailable(client)
        assert client.get(poll_url).status_code == 503

    assert caplog.text.count("was deleted or replaced. Requests get 503 until") == 1
    assert path.exists() == is_replaced


def test_checkpoints_go_on_after_an_error_of_the_disk(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_database, "CHECKPOINT_SECONDS", 0.001)
    attempts, second = count(1), threading.Event()

    def size_later(log: Path) -> int:
        if next(attempts) == 1:
            raise PermissionError
        second.set()
        return 0

    monkeypatch.setattr(sqlite_database, "_size", size_later)

    with closing(Database(path)):
        assert second.wait(5)


def test_a_transaction_on_a_file_that_is_gone_fails(path: Path) -> None:
    database = Database(path)

    def lose_the_file_in_a_transaction() -> None:
        with database.transaction():
            database.add_to_counter("opened_accounts", 1)
            # As the thread does, at any time.
            database._connection = sqlite_database._LostFile()

    with pytest.raises(StoreUnavailableError, match="deleted or replaced"):
        lose_the_file_in_a_transaction()
    database.close()

    with closing(sqlite3.connect(path)) as other:
        query = "SELECT value FROM meta WHERE name = 'opened_accounts'"
        assert other.execute(query).fetchone() == (0,)


# Files that are refused


def busy_error(path: Path) -> sqlite3.Error:
    """Return the error of SQLite about a file that another connection has locked."""
    with closing(sqlite3.connect(path)) as one, closing(sqlite3.connect(path, timeout=0)) as other:
        one.execute("BEGIN EXCLUSIVE")
        with pytest.raises(sqlite3.OperationalError) as raised:
            other.execute("BEGIN EXCLUSIVE")
    return raised.value


def test_a_file_that_another_process_creates_is_opened_later(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare, error = connections._prepare, busy_error(path.with_name("locked.db"))

    def prepare_later(*arguments: Any) -> None:
        monkeypatch.setattr(connections, "_prepare", prepare)
        raise error

    monkeypatch.setattr(connections, "_prepare", prepare_later)

    with closing(Database(path)) as database:
        assert database.row("SELECT count(*) FROM tasks") == (0,)


def test_a_file_that_remains_locked_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "BUSY_SECONDS", 0.02)
    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN EXCLUSIVE")

        with pytest.raises(StoreError, match="another process keeps it locked"):
            SqliteStore(path)


def test_an_old_sqlite_is_refused(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 34, 1))
    monkeypatch.setattr(sqlite3, "sqlite_version", "3.34.1")

    with pytest.raises(StoreError, match=r"has SQLite 3\.34\.1, and the store needs 3\.35\.0"):
        SqliteStore(path)
    assert not path.exists()


MOUNT = "36 35 0:50 / {} rw,noatime shared:1 - {} server:/export rw\n"


@pytest.fixture
def mounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give the file that lists what is mounted."""
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNT.format("/", "ext4"))
    monkeypatch.setattr(file_systems, "MOUNTS", mounts)
    return mounts


def test_a_network_file_system_is_refused(path: Path, mounts: Path) -> None:
    mounts.write_text(mounts.read_text() + MOUNT.format(path.parent, "nfs4"))

    with pytest.raises(StoreError, match=r"network file system \(nfs4\).* disk of this machine"):
        SqliteStore(path)
    assert not path.exists()


@pytest.mark.parametrize(
    ("mounted", "expected"),
    [
        ([], None),
        ([("/data", "cifs")], "cifs"),
        ([("/data", "cifs"), ("/data/disk", "ext4")], None),
        ([("/data/disk", "ext4"), ("/data", "cifs")], None),
        ([("/data", "nfs"), ("/data", "xfs")], None),
        ([("/dat", "nfs"), ("/data/dis", "nfs")], None),
        ([("/data/disk", "fuse.sshfs")], "fuse.sshfs"),
        ([("/data/disk/my\\040files", "nfs")], "nfs"),
        ([("/data", "9p")], None),
    ],
)
def test_the_innermost_mount_counts(
    mounted: list[tuple[str, str]], expected: str | None, mounts: Path
) -> None:
    lines = [MOUNT.format(*mount) for mount in mounted]
    mounts.write_text(mounts.read_text() + "".join(lines))

    assert network_file_system(Path("/data/disk/my files/mock.db")) == expected


def test_a_system_that_lists_no_mounts_is_believed(mounts: Path) -> None:
    mounts.unlink()

    assert network_file_system(Path("/data/mock.db")) is None


def test_a_share_of_windows_is_a_network(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "drive", "\\\\server\\share")

    assert network_file_system(Path("mock.db")) == "a network share"


@pytest.mark.skipif(sys.platform == "win32", reason="another system of permissions")
def test_a_folder_that_cannot_be_written_is_refused(path: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may write everywhere")
    path.parent.chmod(0o500)

    with pytest.raises(StoreError, match="does not exist or is not accessible"):
        SqliteStore(path)


def test_an_error_of_the_disk_is_explained() -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorname = "SQLITE_IOERR_WRITE"

    assert connections.advice(error) == "the disk reports an error"
