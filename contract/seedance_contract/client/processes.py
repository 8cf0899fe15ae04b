"""A client as a process, with everything that it starts: begun, looked at, ended."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE

PROC = Path("/proc")


def start(command: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
    """Start a client in a process group of its own. Raises OSError where there is no such thing."""
    return subprocess.Popen(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        start_new_session=True,
    )


def running(process: subprocess.Popen[bytes]) -> bool:
    """Tell whether a client has not ended yet, and leave it to `kill` to bury it."""
    return os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a client and whatever it left behind in its group, without asking.

    The status of a client that has ended by itself stays as it was.
    """
    if process.returncode is not None:
        return
    # Its number cannot be another's as long as it is not buried: nobody else is ever hit.
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def arguments(pid: int) -> Iterator[bytes]:
    """Yield the command lines of a process and of those that it started, where the system tells."""
    try:
        yield _read(f"{PROC}/{pid}/cmdline")
        children = _read(f"{PROC}/{pid}/task/{pid}/children")
    except OSError:
        return
    for child in children.split():
        yield from arguments(int(child))


def _read(path: str) -> bytes:
    # Asked for thirty times a second for each client: half of what a run costs.
    with open(path, "rb", buffering=0) as file:
        return file.readall()
