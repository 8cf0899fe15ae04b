"""Two workers on a disk that is small, read-only or slow."""

from __future__ import annotations

import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from crash_clients import Client, Connection, create, verify
from crashes import new_clients, running_load, running_server

pytestmark = [
    pytest.mark.slow("stores"),
    pytest.mark.skipif(sys.platform != "linux", reason="mounts a file system of Linux"),
]

DISK_BYTES = 8 * 1024**2
FREE_BYTES = 300 * 1024
"""How much room there is when the load starts: some tens of commits."""

LOAD_SECONDS = 1.0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """Give the folder of a small file system."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={DISK_BYTES}", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True).returncode:
        pytest.skip("needs the right to mount a file system")
    yield folder
    # Lazy: a killed worker may not have closed its files yet.
    subprocess.run(["umount", "--lazy", folder], check=True)


def fill(disk: Path, free: int) -> Path:
    """Leave some bytes of a disk free. Return the file that takes the others."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        file.truncate(0)
        while (left := shutil.disk_usage(disk).free - free) > 0:
            file.write(b"x" * min(left, 2**16))
            file.flush()
    return filler


def load_for_a_moment(clients: list[Client], url: str) -> None:
    """Put a server under load."""
    with running_load(clients, url, random.Random(1)) as end_load:
        time.sleep(LOAD_SECONDS)
        end_load()


def test_a_disk_that_becomes_full_loses_nothing(disk: Path) -> None:
    with running_server(f"sqlite:{disk}/mock.db", 2) as (_, url):
        clients = list(new_clients(url))
        filler = fill(disk, FREE_BYTES)
        load_for_a_moment(clients, url)
        refused = sum(client.unanswered["create"] for client in clients)
        created = sum(len(client.statuses) for client in clients)
        filler.unlink()

        for client in clients:
            # What the disk had no room for was not applied at all.
            client.unanswered = dict.fromkeys(client.unanswered, 0)
        verify(clients, url)
        load_for_a_moment(clients, url)

        assert refused > 0
        assert sum(len(client.statuses) for client in clients) > created > 0
        verify(clients, url)


def outcome(store: str) -> tuple[int, str]:
    """Return the exit code of a server that cannot start, and what it says."""
    command = [sys.executable, "-m", "seedance_mock", "serve", "--port", "0", "--store", store]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30)
    return ended.returncode, ended.stderr


def test_a_server_does_not_start_on_a_full_disk(disk: Path) -> None:
    fill(disk, 0)

    code, message = outcome(f"sqlite:{disk}/mock.db")

    assert code == 3
    assert "the disk is full" in message


def test_a_server_does_not_start_on_a_read_only_disk(disk: Path) -> None:
    with running_server(f"sqlite:{disk}/mock.db", 1):
        pass
    subprocess.run(["mount", "-o", "remount,ro", disk], check=True)

    code, message = outcome(f"sqlite:{disk}/mock.db")

    assert code == 3
    assert "read-only" in message


SLOW_WRITES = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <string.h>
#include <sys/types.h>
#include <unistd.h>

static void wait_for_disk(void) { usleep(5000); }

ssize_t pwrite64(int file, const void *data, size_t size, off64_t offset) {
    ssize_t (*next)(int, const void *, size_t, off64_t) = dlsym(RTLD_NEXT, "pwrite64");
    wait_for_disk();
    return next(file, data, size, offset);
}

int fdatasync(int file) {
    int (*next)(int) = dlsym(RTLD_NEXT, "fdatasync");
    wait_for_disk();
    return next(file);
}
"""
"""Makes each write of a process to its files take 5 ms more."""


def test_a_slow_disk_is_only_slow(tmp_path: Path) -> None:
    if shutil.which("cc") is None:
        pytest.skip("needs a C compiler")
    source, library = tmp_path / "slow.c", tmp_path / "slow.so"
    source.write_text(SLOW_WRITES)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)

    with running_server(f"sqlite:{tmp_path}/mock.db", 2, LD_PRELOAD=str(library)) as (_, url):
        clients = list(new_clients(url))
        connection = Connection(url, clients[0].key)
        started_at = time.monotonic()
        status = create(clients[0], connection, random.Random())
        seconds = time.monotonic() - started_at
        connection.close()
        load_for_a_moment(clients, url)

        # A commit writes several pages.
        assert (status, seconds > 0.025) == (200, True)
        assert all(client.unanswered["create"] == 0 for client in clients)
        verify(clients, url)
