"""When file descriptors run out, the log says so once."""

from __future__ import annotations

import asyncio
import errno
import json
import resource
import socket
import subprocess
import sysconfig
from contextlib import ExitStack
from pathlib import Path

import pytest

from seedance_mock.server.descriptors import handle_loop_error, log_exhaustion

LIMIT = 40
PROGRAM = Path(sysconfig.get_path("scripts"), "seedance-mock")


def test_a_server_without_descriptors_says_so_once() -> None:
    command = [str(PROGRAM), "serve", "--port", "0", "--log-format", "none"]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (LIMIT, LIMIT)),
    )
    with process, ExitStack() as connections:
        assert process.stdout is not None
        port = int(json.loads(process.stdout.readline())["url"].rpartition(":")[2])
        for _ in range(2 * LIMIT):
            connection = socket.create_connection(("127.0.0.1", port), timeout=5)
            connections.enter_context(connection)
        # The system accepts connections in their order: the last one is closed after the others.
        assert connection.recv(1) == b""
        process.terminate()
        errors = process.communicate(timeout=10)[1]

    assert errors == (
        "No file descriptors are left: further connections are closed unanswered. Close idle "
        f"connections, or raise the limit of {LIMIT} (ulimit -n)\n"
    )


def test_asyncio_says_it_once_too(caplog: pytest.LogCaptureFixture) -> None:
    log_exhaustion.cache_clear()
    context = {"message": "socket.accept() out of system resource"}

    with asyncio.Runner() as runner:
        for number in (errno.EMFILE, errno.ENFILE, errno.EMFILE):
            error = OSError(number, "too many open files")
            handle_loop_error(runner.get_loop(), {**context, "exception": error})

    assert len(caplog.messages) == 1
    assert caplog.messages[0].startswith("No file descriptors are left")


@pytest.mark.parametrize("error", [OSError(errno.EIO, "other"), ValueError("other"), None])
def test_other_errors_are_logged_as_ever(
    error: Exception | None, caplog: pytest.LogCaptureFixture
) -> None:
    with asyncio.Runner() as runner:
        handle_loop_error(runner.get_loop(), {"message": "it broke", "exception": error})

    assert [message.splitlines()[0] for message in caplog.messages] == ["it broke"]
