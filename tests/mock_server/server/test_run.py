"""The server inside this process, where a debugger and coverage can see it."""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from urllib.request import urlopen

import pytest
import uvicorn
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
    run.serve(create_app(), [listener], client.start)
    client.join()

    assert responses == [b'{"status":"ok"}']


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_the_loop_runs_ends_the_start(
    stop: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    loop_factory = uvicorn.Config.get_loop_factory

    def interrupted(config: uvicorn.Config) -> object:
        signal.raise_signal(stop)
        return loop_factory(config)

    monkeypatch.setattr(uvicorn.Config, "get_loop_factory", interrupted)
    events: list[str] = []

    run.serve(create_app(), [run.listen("127.0.0.1", 0)], lambda: events.append("ready"))

    assert not events


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
    run.serve(app, [listener], client.start)
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
    run.serve(app, [listener], client.start)
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
    run.serve(app, [listener], client.start)
    client.join()

    assert (responses, caplog.text) == ([b""], "")


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


needs_ipv6 = pytest.mark.skipif(not socket.has_ipv6, reason="needs IPv6")


@needs_ipv6
@pytest.mark.parametrize(
    ("host", "clients"),
    [
        ("localhost", ["127.0.0.1", "::1"]),
        ("LocalHost.", ["127.0.0.1", "::1"]),
        ("::", ["127.0.0.1", "::1"]),
        ("0.0.0.0", ["127.0.0.1"]),
        ("::1", ["::1"]),
        ("127.0.0.1", ["127.0.0.1"]),
    ],
)
def test_a_host_is_reached_on_each_of_its_addresses(host: str, clients: list[str]) -> None:
    with closing_all(run.listen_on_host(host, 0)) as listeners:
        [port] = {listener.getsockname()[1] for listener in listeners}

        assert [address for address in ("127.0.0.1", "::1") if accepts(address, port)] == clients


@contextmanager
def closing_all(listeners: list[socket.socket]) -> Iterator[list[socket.socket]]:
    """Close the listeners at the end."""
    yield listeners
    run.close_all(listeners)


def accepts(address: str, port: int) -> bool:
    """Return whether somebody listens there."""
    try:
        socket.create_connection((address, port), timeout=5).close()
    except ConnectionRefusedError:
        return False
    return True


def test_a_missing_address_of_a_host_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    # 192.0.2.0/24 belongs to documents (RFC 5737).
    monkeypatch.setattr(run, "addresses_of", lambda host: ["192.0.2.1", "127.0.0.1"])

    with closing_all(run.listen_on_host("a-name", 0)) as listeners:
        assert [listener.getsockname()[0] for listener in listeners] == ["127.0.0.1"]


def test_a_host_without_any_address_here_is_an_error() -> None:
    with pytest.raises(OSError, match=r"192\.0\.2\.1") as raised:
        run.listen_on_host("192.0.2.1", 0)

    assert raised.value.errno == errno.EADDRNOTAVAIL


@needs_ipv6
def test_a_port_taken_on_one_address_is_an_error() -> None:
    with run.listen("::1", 0) as taken, pytest.raises(OSError, match="::1") as raised:
        run.listen_on_host("localhost", taken.getsockname()[1])

    assert raised.value.errno == errno.EADDRINUSE


def test_a_free_port_is_free_on_each_address(monkeypatch: pytest.MonkeyPatch) -> None:
    original, calls = run.listen, []

    def listen(address: str, port: int) -> socket.socket:
        calls.append(address)
        if len(calls) == 2:
            raise OSError(errno.EADDRINUSE, "taken", address)
        return original(address, port)

    monkeypatch.setattr(run, "listen", listen)
    monkeypatch.setattr(run, "addresses_of", lambda host: ["127.0.0.1", "127.0.0.2"])

    with closing_all(run.listen_on_host("a-name", 0)) as listeners:
        assert len(listeners) == 2
    assert calls == ["127.0.0.1", "127.0.0.2"] * 2


def test_addresses_of_a_name_are_looked_up() -> None:
    assert run.addresses_of("127.0.0.1") == ["127.0.0.1"]
    assert set(run.addresses_of("")) <= {"0.0.0.0", "::"}


def test_the_end_of_the_parent_stops_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    parents = iter([7, 7, 1])
    monkeypatch.setattr(os, "getppid", lambda: next(parents))
    monkeypatch.setattr(run, "PARENT_INTERVAL", 0.0)

    run.serve(create_app(), [run.listen("127.0.0.1", 0)], lambda: None, parent=7)

    assert [*parents] == []


def test_the_watch_of_the_parent_ends_with_the_server(monkeypatch: pytest.MonkeyPatch) -> None:
    def stop() -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    run.serve(create_app(), [run.listen("127.0.0.1", 0)], stop, parent=os.getppid())


def test_a_signal_during_the_start_closes_the_listeners(monkeypatch: pytest.MonkeyPatch) -> None:
    async def serve_as_uvicorn_0_40(server: run.Server, sockets: list[socket.socket]) -> None:
        config = server.config
        config.load()
        server.lifespan = config.lifespan_class(config)
        await server.startup(sockets)

    monkeypatch.setattr(run.Server, "_serve", serve_as_uvicorn_0_40)
    server = run.Server(run.uvicorn_config(create_app()), lambda: None)

    with closing(run.listen("127.0.0.1", 0)) as listener:
        asyncio.run(server.serve([listener]))

    assert [listening.is_serving() for listening in server.servers] == [False]


def test_an_idle_connection_outlives_the_polling_interval() -> None:
    assert run.uvicorn_config(create_app()).timeout_keep_alive == 75
    assert run.uvicorn_config(create_app(), 9).timeout_keep_alive == 9


@pytest.mark.parametrize("host", ["a" * 64, "a..b"])
def test_an_impossible_host_name_is_a_gaierror(host: str) -> None:
    with pytest.raises(socket.gaierror, match="not a host name"):
        run.listen_on_host(host, 0)


def test_small_responses_are_sent_at_once() -> None:
    with run.listen("127.0.0.1", 0) as listener:
        assert listener.proto == socket.IPPROTO_TCP
