"""The server inside this process, where a debugger and coverage can see it."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from seedance_mock.server import run
from seedance_mock.web.app import create_app
from seedance_mock.web.connection import wait_for_disconnect

GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"


@pytest.fixture
def restored_loggers() -> Iterator[None]:
    """Restore the loggers after the test."""
    access, root = logging.getLogger("seedance_mock.access"), logging.getLogger()
    handlers, propagate = root.handlers[:], access.propagate
    yield
    root.handlers[:] = handlers
    access.handlers.clear()
    access.propagate = propagate


def test_serve_returns_on_a_signal() -> None:
    listener = run.listen("127.0.0.1", 0)
    url, responses = run.url_for(listener), []

    def send_request() -> None:
        with urlopen(f"{url}/healthz", timeout=5) as response:
            responses.append(response.read())
        os.kill(os.getpid(), signal.SIGTERM)

    client = threading.Thread(target=send_request)
    run.serve(create_app(), listener, client.start)
    client.join()

    assert responses == [b'{"status":"ok"}']


def test_a_running_request_is_answered() -> None:
    listener = run.listen("127.0.0.1", 0)
    started, go_on = threading.Event(), threading.Event()
    port, responses = listener.getsockname()[1], []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        started.set()
        await asyncio.to_thread(go_on.wait, 10)
        await PlainTextResponse("done")(scope, receive, send)

    def send_request() -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(GET)
            started.wait(10)
            os.kill(os.getpid(), signal.SIGTERM)
            wait_until_closed(port)
            go_on.set()
            responses.append(b"".join(iter(lambda: connection.recv(65_536), b"")))

    client = threading.Thread(target=send_request)
    run.serve(app, listener, client.start)
    client.join()

    [response] = responses
    assert response.startswith(b"HTTP/1.1 200 OK\r\n")
    assert response.endswith(b"done")


def wait_until_closed(port: int) -> None:
    """Return once the port is closed."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except ConnectionError:
            return
    raise TimeoutError(f"port {port} still accepts connections")


def test_an_incomplete_request_is_aborted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "GRACE_SECONDS", 3600.0)
    listener = run.listen("127.0.0.1", 0)
    port, responses = listener.getsockname()[1], []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await wait_for_disconnect(receive)

    def send_request() -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(GET.replace(b"\r\n\r\n", b"\r\nContent-Length: 9\r\n\r\n"))
            responses.append(connection.recv(65_536))

    client = threading.Thread(target=send_request)
    run.serve(app, listener, client.start)
    client.join()

    assert responses == [b""]


def test_an_endless_request_is_aborted_silently(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    monkeypatch.setattr(run, "GRACE_SECONDS", 0.0)
    listener = run.listen("127.0.0.1", 0)
    port, responses = listener.getsockname()[1], []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await wait_for_disconnect(receive)

    def send_request() -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(GET)
            responses.append(connection.recv(65_536))

    client = threading.Thread(target=send_request)
    run.serve(app, listener, client.start)
    client.join()

    assert (responses, caplog.text) == ([b""], "")


def test_the_ready_file_equals_the_ready_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run.announce("http://127.0.0.1:1", tmp_path / "ready")

    assert (tmp_path / "ready").read_text() == capsys.readouterr().out


def test_the_log_goes_to_standard_error(
    restored_loggers: None, capsys: pytest.CaptureFixture[str]
) -> None:
    run.log_to_stderr()

    logging.getLogger("seedance_mock.access").info("a line")

    assert capsys.readouterr().err == "a line\n"


@pytest.mark.parametrize(
    ("host", "name"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("::", "[::1]")],
)
def test_the_url_is_on_loopback(host: str, name: str) -> None:
    with run.listen(host, 0) as listener:
        port = listener.getsockname()[1]

        assert run.url_for(listener) == f"http://{name}:{port}"


@pytest.mark.parametrize("host", ["a" * 64, "a..b"])
def test_an_impossible_host_name_is_a_gaierror(host: str) -> None:
    with pytest.raises(socket.gaierror, match="not a host name"):
        run.listen(host, 0)


def test_small_responses_are_sent_at_once() -> None:
    with run.listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
