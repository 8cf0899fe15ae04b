"""A real Redis server for the tests: one that they start, or that of `SEEDANCE_TEST_REDIS`."""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import tempfile
from functools import cache
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from seedance_mock.stores.redis.store import RedisStore

PROGRAM = shutil.which("redis-server") or shutil.which("valkey-server")

_prefixes = (f"test-{os.getpid()}-{number}" for number in count())


class RedisServer:
    """A server of a test's own, on a free port, with its data in a temporary folder."""

    def __init__(self, *options: str, folder: Path | None = None, port: int | None = None) -> None:
        if PROGRAM is None:
            pytest.skip("redis-server is not installed")
        self.port = port or free_port()
        self.cluster_port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self._folder = folder or Path(tempfile.mkdtemp())
        self._options = options
        self.start()

    def start(self) -> None:
        """Start the server, again after `stop`, and wait until it accepts connections."""
        assert PROGRAM is not None
        arguments = ["--port", str(self.port), "--dir", str(self._folder), "--save", ""]
        if "--cluster-enabled" in self._options:
            # The default is the port plus 10,000, which may be too high.
            arguments += ["--cluster-port", str(self.cluster_port)]
        self.process = subprocess.Popen(
            [PROGRAM, *arguments, *self._options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        output = []
        assert self.process.stdout is not None
        for line in self.process.stdout:
            output.append(line)
            if "Ready to accept connections" in line:
                return
        raise RuntimeError("".join(output))

    def stop(self) -> None:
        """Kill the server, as a crash does."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


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
