"""The server in this process, so that a debugger and coverage see it."""

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
def quiet() -> Iterator[None]:
    """Put the loggers back as they were."""
    access, root = logging.getLogger("seedance_mock.access"), logging.getLogger()
    handlers, propagate = root.handlers[:], access.propagate
    yield
    root.handlers[:] = handlers
    access.handlers.clear()
    access.propagate = propagate


def test_serve_returns_when_told_to_stop() -> None:
    listener = run.listen("127.0.0.1", 0)
    url, answers = run.url_for(listener), []

    def visit() -> None:
        with urlopen(f"{url}/healthz", timeout=5) as answer:
            answers.append(answer.read())
        os.kill(os.getpid(), signal.SIGTERM)

    visitor = threading.Thread(target=visit)
    run.serve(create_app(), listener, visitor.start)
    visitor.join()

    assert answers == [b'{"status":"ok"}']


def test_a_running_request_is_answered() -> None:
    listener = run.listen("127.0.0.1", 0)
    came, go_on = threading.Event(), threading.Event()
    port, answers = listener.getsockname()[1], []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        came.set()
        await asyncio.to_thread(go_on.wait, 10)
        await PlainTextResponse("done")(scope, receive, send)

    def visit() -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(GET)
            came.wait(10)
            os.kill(os.getpid(), signal.SIGTERM)
            await_closed(port)
            go_on.set()
            answers.append(b"".join(iter(lambda: connection.recv(65_536), b"")))

    visitor = threading.Thread(target=visit)
    run.serve(app, listener, visitor.start)
    visitor.join()

    [answer] = answers
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert answer.endswith(b"done")


def await_closed(port: int) -> None:
    """Return once nobody listens any more."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except ConnectionError:
            return
    raise TimeoutError(f"port {port} still takes connections")


def test_a_half_sent_request_ends_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "GRACE_SECONDS", 3600.0)
    listener = run.listen("127.0.0.1", 0)
    port, answers = listener.getsockname()[1], []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await wait_for_disconnect(receive)

    def visit() -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(GET.replace(b"\r\n\r\n", b"\r\nContent-Length: 9\r\n\r\n"))
            answers.append(connection.recv(65_536))

    visitor = threading.Thread(target=visit)
    run.serve(app, listener, visitor.start)
    visitor.join()

    assert answers == [b""]


def test_an_endless_request_is_broken_off(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    monkeypatch.setattr(run, "GRACE_SECONDS", 0.0)
    listener = run.listen("127.0.0.1", 0)
    port, answers = listener.getsockname()[1], []

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        await wait_for_disconnect(receive)

    def visit() -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(GET)
            answers.append(connection.recv(65_536))

    visitor = threading.Thread(target=visit)
    run.serve(app, listener, visitor.start)
    visitor.join()

    assert (answers, caplog.text) == ([b""], "")


def test_the_ready_line_is_printed_last(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run.announce("http://127.0.0.1:1", tmp_path / "ready")

    assert (tmp_path / "ready").read_text() == capsys.readouterr().out


def test_the_log_goes_to_standard_error(quiet: None, capsys: pytest.CaptureFixture[str]) -> None:
    run.log_to_stderr()

    logging.getLogger("seedance_mock.access").info("a line")

    assert capsys.readouterr().err == "a line\n"


@pytest.mark.parametrize(
    ("host", "name"),
    [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("::", "[::1]")],
)
def test_a_url_leads_back_to_the_listener(host: str, name: str) -> None:
    with run.listen(host, 0) as listener:
        port = listener.getsockname()[1]

        assert run.url_for(listener) == f"http://{name}:{port}"


@pytest.mark.parametrize("host", ["a" * 64, "a..b"])
def test_a_host_that_can_be_none_is_an_error_of_addresses(host: str) -> None:
    with pytest.raises(socket.gaierror, match="not a host name"):
        run.listen(host, 0)


def test_a_connection_sends_small_answers_at_once() -> None:
    with run.listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
