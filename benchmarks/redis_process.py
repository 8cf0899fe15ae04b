"""A server of Redis or Valkey that a benchmark or a test starts, kills and starts again."""

from __future__ import annotations

import shutil
import socket
import subprocess
from pathlib import Path

PROGRAM = shutil.which("redis-server") or shutil.which("valkey-server")
"""The program of the server; None if it is not installed."""


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


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
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}"
        self._arguments = ["--port", str(self.port), "--dir", str(folder), "--save", "", *options]
        self.start()

    def start(self) -> None:
        """Start the server, again after `stop`, and wait until it accepts connections."""
        self.process = subprocess.Popen(
            [self._program, *self._arguments],
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
