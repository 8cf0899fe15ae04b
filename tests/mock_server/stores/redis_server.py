"""A real Redis server for the tests: one that they start, or that of `SEEDANCE_TEST_REDIS`."""

from __future__ import annotations

import atexit
import os
import tempfile
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from redis_process import PROGRAM, RedisProcess, free_port

if TYPE_CHECKING:
    from seedance_mock.stores.redis.store import RedisStore

_prefixes = (f"test-{os.getpid()}-{number}" for number in count())


class RedisServer(RedisProcess):
    """A server of a test's own, with its data in a temporary folder."""

    def __init__(self, *options: str, folder: Path | None = None) -> None:
        if PROGRAM is None:
            pytest.skip("redis-server is not installed")
        if "--cluster-enabled" in options:
            self.cluster_port = free_port()
            # The default is the port plus 10,000, which may be too high.
            options = (*options, "--cluster-port", str(self.cluster_port))
        super().__init__(folder or Path(tempfile.mkdtemp()), *options)


@cache
def shared_url() -> str:
    """Return the URL of the server that all tests of this process use."""
    url = os.environ.get("SEEDANCE_TEST_REDIS")
    if url:
        return url
    server = RedisServer()
    atexit.register(server.stop)
    return server.url


def new_redis_store(max_tasks: int = 100_000, **options: Any) -> RedisStore:
    """Return an empty store. Each has a prefix of its own."""
    pytest.importorskip("redis", reason="the library redis is not installed")
    # Only here: all other tests run without the library.
    from seedance_mock.stores.redis.store import RedisStore

    return RedisStore(shared_url(), max_tasks, prefix=next(_prefixes), **options)
