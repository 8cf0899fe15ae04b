"""Start a client as a fork of this process, which takes a third of the time of a new interpreter.

The whole mutant table needs fifteen thousand starts. New interpreters would take longer for the
starts than the clients take for their work.
"""

from __future__ import annotations

import os
import subprocess
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from typing import IO, TextIO, cast


class ForkedProcess:
    """The part of `subprocess.Popen` that the kit uses."""

    def __init__(self, pid: int, stdout: int, stderr: int) -> None:
        self.pid = pid
        self.stdout: IO[bytes] = os.fdopen(stdout, "rb")
        self.stderr: IO[bytes] = os.fdopen(stderr, "rb")
        self.returncode: int | None = None

    def wait(self) -> int:
        """Wait for the end of the process, and return the exit status."""
        if self.returncode is None:
            _, status = os.waitpid(self.pid, 0)
            self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def fork_starter(
    main: Callable[[Sequence[str]], int],
) -> Callable[[Sequence[str], Mapping[str, str]], subprocess.Popen[bytes]]:
    """Return a function that starts `main` in a fork.

    `main` is called with the command line, and returns the exit status.
    """

    def start(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        stdout, stderr = os.pipe(), os.pipe()
        pid = os.fork()
        if pid == 0:
            _run_child(stdout[1], stderr[1], environment, lambda: main(command))
        os.close(stdout[1])
        os.close(stderr[1])
        return cast("subprocess.Popen[bytes]", ForkedProcess(pid, stdout[0], stderr[0]))

    return start


def _run_child(
    stdout: int, stderr: int, environment: Mapping[str, str], run: Callable[[], int]
) -> None:
    """Run the client in the child process, and exit with its status."""
    status = 1
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(stdout, 1)
        os.dup2(stderr, 2)
        # The child has copies of all sockets of the server. A connection is closed for its peer
        # only when every copy is closed.
        os.closerange(3, os.sysconf("SC_OPEN_MAX"))
        sys.stdout, sys.stderr = _text_stream(1), _text_stream(2)
        os.environ.clear()
        os.environ.update(environment)
        status = run()
    except BaseException:
        traceback.print_exc()
    finally:
        # The end of the interpreter would wait for the threads of the parent, which do not exist
        # here. os._exit() skips it, and so does not flush the streams either.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _text_stream(descriptor: int) -> TextIO:
    return open(descriptor, "w", closefd=False)
