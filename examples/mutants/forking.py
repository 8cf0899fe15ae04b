"""Starts a client by a fork of this process: a process of its own, at a third of the cost.

Fifteen thousand starts of an interpreter would take longer than all that the clients do.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any, TextIO, cast


class Forked:
    """What the kit needs of a `subprocess.Popen`."""

    def __init__(self, pid: int, stdout: int, stderr: int) -> None:
        self.pid = pid
        self.stdout: IO[bytes] = os.fdopen(stdout, "rb")
        self.stderr: IO[bytes] = os.fdopen(stderr, "rb")
        self.returncode: int | None = None

    def wait(self) -> int:
        """Wait for the end, and return the exit status."""
        if self.returncode is None:
            _, status = os.waitpid(self.pid, 0)
            self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def forking(
    main: Callable[[list[str]], int],
) -> Callable[[Sequence[str], Mapping[str, str]], subprocess.Popen[bytes]]:
    """Return a way to start `main` with the arguments of a command line, whose first is a name."""

    def start(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        outs, errs = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            _become(outs[1], errs[1], environment, lambda: main(list(command[1:])))
        os.close(outs[1])
        os.close(errs[1])
        return cast("subprocess.Popen[bytes]", Forked(pid, outs[0], errs[0]))

    return start


def _become(stdout: int, stderr: int, environment: Mapping[str, str], run: Any) -> None:
    """Be the client, and end with its exit status."""
    status = 1
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(stdout, 1)
        os.dup2(stderr, 2)
        # Nobody sees the end of a connection as long as a child holds a copy of it.
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        sys.stdout, sys.stderr = map(_stream, (1, 2))
        os.environ.clear()
        os.environ.update(environment)
        status = run()
        threading._shutdown()  # type: ignore[attr-defined]  # waits for threads as an end does
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _stream(number: int) -> TextIO:
    return open(number, "w", closefd=False)
