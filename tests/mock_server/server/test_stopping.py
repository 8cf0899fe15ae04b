"""Signals and wrong options: how the process ends."""

from __future__ import annotations

import signal
import socket
import subprocess
from collections.abc import Callable

import pytest

Launch = Callable[..., subprocess.Popen[str]]
Serve = Callable[..., tuple[subprocess.Popen[str], int]]

BODY = b'{"model": "seedance-2.0", "prompt": "a paper boat"}'
HEAD = (
    "POST /v1/videos/generations HTTP/1.1\r\nHost: localhost\r\n"
    f"Authorization: Bearer sk-test\r\nContent-Length: {len(BODY)}\r\n"
    "Expect: 100-continue\r\n\r\n"
).encode()

stops = pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM], ids=["int", "term"])


@stops
def test_an_incomplete_request_does_not_delay_a_stop(stop: signal.Signals, serve: Serve) -> None:
    process, port = serve("--log-format", "none")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(HEAD)
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(BODY[:10])

        process.send_signal(stop)

        assert process.communicate(timeout=10) == ("", "")
        assert not rest(connection)
    assert process.returncode == 0


def rest(connection: socket.socket) -> bytes:
    """Return what is received until the connection is closed or reset."""
    try:
        return connection.recv(65_536)
    except ConnectionResetError:
        return b""


@stops
@pytest.mark.parametrize("raw", [b"", b"GET /heal"], ids=["silent", "half-a-line"])
def test_an_idle_connection_does_not_delay_a_stop(
    raw: bytes, stop: signal.Signals, serve: Serve
) -> None:
    process, port = serve("--log-format", "none")
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(raw)

        process.send_signal(stop)

        assert process.communicate(timeout=10) == ("", "")
    assert process.returncode == 0


@pytest.mark.parametrize("fault", ["hang", "reset", "cut"])
def test_a_fault_before_another_request_does_not_delay_a_stop(fault: str, serve: Serve) -> None:
    process, port = serve("--log-format", "none")
    keys = ("sk-test", f"sk-mock-models-{fault}", "sk-test")
    requests = "".join(
        f"GET /v1/models HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\r\n"
        for key in keys
    )
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(requests.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 200 OK")

    process.send_signal(signal.SIGTERM)

    try:
        assert process.communicate(timeout=10) == ("", "")
    finally:
        # The fixture would wait for a server that does not stop.
        process.kill()
    assert process.returncode == 0


@pytest.mark.parametrize(
    ("options", "variables", "message"),
    [
        (["--port", "x"], {}, "'--port'"),
        (["--nonsense"], {}, "--nonsense"),
        (["--balance", "abc"], {}, "'--balance': give a number, 0 or more"),
        (["--balance", "nan"], {}, "'--balance': give a number, 0 or more"),
        ([], {"SEEDANCE_MOCK_PORT": "x"}, "'--port'"),
        ([], {"SEEDANCE_MOCK_LIFECYCLE": "slow"}, "'slow' is not one of"),
    ],
    ids=["value", "option", "amount", "no-amount", "variable", "variable-of-choice"],
)
def test_a_wrong_option_exits_with_2(
    options: list[str], variables: dict[str, str], message: str, launch: Launch
) -> None:
    process = launch(*options, **variables)

    output, errors = process.communicate(timeout=10)

    assert (process.returncode, output) == (2, "")
    assert message in errors
    assert "Traceback" not in errors


def test_a_taken_port_of_the_environment_exits_with_3(launch: Launch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        process = launch(SEEDANCE_MOCK_PORT=str(port))

        output, errors = process.communicate(timeout=10)

    assert (process.returncode, output) == (3, "")
    assert f"Cannot listen on 127.0.0.1 port {port}" in errors


def test_a_foreign_address_exits_with_3(launch: Launch) -> None:
    process = launch("--host", "192.0.2.1", "--port", "0")

    output, errors = process.communicate(timeout=10)

    assert (process.returncode, output) == (3, "")
    assert "Cannot listen on 192.0.2.1 port 0" in errors
    assert "--host needs an address" in errors


def test_an_unknown_host_exits_with_3(launch: Launch) -> None:
    host = "a" * 64  # too long to be looked up anywhere
    process = launch("--host", host, "--port", "0")

    output, errors = process.communicate(timeout=10)

    assert (process.returncode, output) == (3, "")
    assert f"Cannot listen on {host} port 0" in errors
    assert "--host needs an address" in errors
