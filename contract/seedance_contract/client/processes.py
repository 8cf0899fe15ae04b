"""Start, observe and kill a client process and the processes that it starts."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE

PROC_DIRECTORY = Path("/proc")


def start(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a client in a process group of its own. Raises OSError if that is impossible."""
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
    )


def is_running(process: subprocess.Popen[bytes]) -> bool:
    """Return whether a client is still running. The process is reaped only if it must be."""
    # Windows has no waitid, and macOS none before Python 3.13.
    if not hasattr(os, "waitid"):
        return process.poll() is None
    # Popen.poll() would reap the process. Its id could then belong to another process before
    # `kill` sends a signal to the group.
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a client and all processes that are left in its group.

    A client that has ended by itself keeps its exit status.
    """
    if process.returncode is not None and hasattr(os, "waitid"):
        return
    # The process is not reaped yet (see `is_running`), so its id cannot belong to another one.
    # Without waitid it could, if all of its group had ended and the ids had come round meanwhile.
    with suppress(ProcessLookupError, PermissionError):
        _kill_group(process)
    process.wait()


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
        return
    # Windows: a process and those that it has started, as far as their parents still run.
    taskkill = ["taskkill", "/F", "/T", "/PID", str(process.pid)]
    subprocess.run(taskkill, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def command_lines(pid: int) -> Iterator[bytes]:
    """Yield the command lines of a process and its descendants, if the system has /proc."""
    try:
        yield _read(f"{PROC_DIRECTORY}/{pid}/cmdline")
        children = _read(f"{PROC_DIRECTORY}/{pid}/task/{pid}/children")
    except OSError:
        return
    for child in children.split():
        yield from command_lines(int(child))


def _read(path: str) -> bytes:
    # The driver calls this some thirty times a second for each client: half of the cost of a run
    # is here. The file is opened unbuffered because it is read once and whole.
    with open(path, "rb", buffering=0) as file:
        return file.readall()
