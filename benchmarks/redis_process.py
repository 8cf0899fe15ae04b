"""A server of Redis or Valkey that a benchmark or a test starts, kills and starts again."""

from __future__ import annotations

import random
import shutil
import socket
import subprocess
from contextlib import suppress
from pathlib import Path

PROGRAM = shutil.which("redis-server") or shutil.which("valkey-server")
"""The program of the server; None if it is not installed."""


PORTS = range(10_000, 30_000)
"""Where ports are chosen: below those that systems give to outgoing connections."""

START_ATTEMPTS = 5

# Not seeded, so that processes with one seed do not choose the same ports.
_random = random.SystemRandom()


def free_port() -> int:
    """Return a port that nothing listens on.

    The system's own choice (port 0) may be given to an outgoing connection of another process
    before the server listens on it. A port of `PORTS` can only be taken by another server.
    """
    while True:
        port = _random.choice(PORTS)
        with suppress(OSError), socket.socket() as listener:
            listener.bind(("127.0.0.1", port))
            return port


class PortInUseError(RuntimeError):
    """Another process has taken the port before the server listened on it."""


class RedisProcess:
    """A server on a free port, with its data in a folder.

    Args:
        folder: where the server writes its files.
        options: what else the server gets on its command line, such as `--appendonly yes`.
        program: the program of the server.

    Raises RuntimeError with what the server has printed if it does not start.
    """

    def __init__(self, folder: Path, *options: str, program: str | None = None) -> None:
        self._program = program or PROGRAM or "redis-server"
        self._options = ["--bind", "127.0.0.1", "--dir", str(folder), "--save", "", *options]
        self._choose_port()
        for _ in range(START_ATTEMPTS - 1):
            with suppress(PortInUseError):
                self.start()
                return
            self._choose_port()
        self.start()

    def _choose_port(self) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start the server, again after `stop`, and wait until it accepts connections."""
        self.process = subprocess.Popen(
            [self._program, "--port", str(self.port), *self._options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        output = ""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            output += line
            if "Ready to accept connections" in line:
                return
        self.stop()
        raise (PortInUseError if "Address already in use" in output else RuntimeError)(output)

    def stop(self) -> None:
        """Kill the server, as a crash does."""
        self.process.kill()
        self.process.wait()
        assert self.process.stdout is not None
        self.process.stdout.close()
