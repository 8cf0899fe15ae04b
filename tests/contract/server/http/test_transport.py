"""The transport: responses without an end, in drips, too large, cut, or late."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import urllib3

from hostile_server import Answer, hostile_server, http_response
from seedance_contract.case import Mismatch
from seedance_contract.server.errors import TimeLimitError, UnexercisedError, UnreachableError
from seedance_contract.server.http import transport as transport_module
from seedance_contract.server.http.exchange import SentRequest
from seedance_contract.server.http.transport import (
    Deadline,
    Transport,
    WatchedRequest,
    watch_connections,
)

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


def request_to(url: str) -> SentRequest:
    return SentRequest(method="GET", path="/v1/models", url=f"{url}/v1/models", headers={})


def drip(piece: bytes) -> Iterator[bytes]:
    """Send a byte now and then. The pause is what the server does, not what the test waits for."""
    while True:
        time.sleep(0.02)
        yield piece


def endless_body(method: str, path: str, body: bytes) -> Iterator[bytes]:
    yield HEAD + b"\r\n"
    while True:
        yield b" " * 65_536


def dripping_body(method: str, path: str, body: bytes) -> Iterator[bytes]:
    yield HEAD + b"Content-Length: 100000\r\n\r\n"
    yield from drip(b" ")


def body_until_the_end_of_the_connection(method: str, path: str, body: bytes) -> Iterator[bytes]:
    yield HEAD + b"\r\n"
    yield from drip(b" ")


def dripping_head(method: str, path: str, body: bytes) -> Iterator[bytes]:
    yield HEAD
    yield from drip(b"X-Drip: 1\r\n")


def cut_body(method: str, path: str, body: bytes) -> Iterator[bytes]:
    yield HEAD + b"Content-Length: 100\r\n\r\n{"
    raise OSError


def unknown_encoding(method: str, path: str, body: bytes) -> Iterator[bytes]:
    yield http_response(200, b"no gzip", Content_Encoding="gzip")


def no_http(method: str, path: str, body: bytes) -> Iterator[bytes]:
    yield b"SSH-2.0-OpenSSH_9.6\r\n\r\n"


def send(answer: Answer, **choices: Any) -> None:
    with hostile_server(answer) as url, closing(Transport(**choices)) as transport:
        transport.send(request_to(url))


DRIPS = (dripping_head, dripping_body, body_until_the_end_of_the_connection)


@pytest.mark.parametrize("answer", DRIPS)
def test_response_in_drips_is_cut_off(answer: Answer) -> None:
    with pytest.raises(Mismatch, match="a complete response within 0 s, got GET /v1/models: 200"):
        send(answer, timeout=0.2)


def test_endless_body_is_not_read_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(transport_module, "MAX_RESPONSE_BYTES", 100_000)

    with pytest.raises(Mismatch, match="a response of at most 100000 bytes, got GET /v1/models"):
        send(endless_body)


@pytest.mark.parametrize(
    ("answer", "name"), [(cut_body, "ProtocolError"), (unknown_encoding, "DecodeError")]
)
def test_incomplete_response_is_a_mismatch(answer: Answer, name: str) -> None:
    with pytest.raises(Mismatch, match=f"a complete response, got GET /v1/models: 200, {name}"):
        send(answer)


def silence(method: str, path: str, body: bytes) -> Iterator[bytes]:
    time.sleep(0.5)
    yield b""


@pytest.mark.parametrize("watch_interval", [0.01, 10.0], ids=["watch", "socket"])
def test_server_that_sends_nothing_is_unreachable(
    watch_interval: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Which of the two ends the request is a matter of chance.
    monkeypatch.setattr(transport_module, "WATCH_INTERVAL_SECONDS", watch_interval)
    monkeypatch.setattr(transport_module, "REQUEST_WATCH", transport_module.RequestWatch())

    with pytest.raises(UnreachableError, match=r"GET /v1/models: nothing within 0 s"):
        send(silence, timeout=0.2)


def test_another_protocol_is_no_response() -> None:
    with pytest.raises(UnreachableError, match="ProtocolError"):
        send(no_http)


def test_nothing_is_sent_after_the_deadline() -> None:
    transport = Transport(deadline=Deadline(at=time.monotonic() - 1, limit_seconds=30))

    with pytest.raises(TimeLimitError, match="the time limit of the run, 30 s, was over"):
        transport.send(request_to("http://127.0.0.1:1"))


@pytest.mark.parametrize("answer", [silence, dripping_body])
def test_deadline_ends_a_request(answer: Answer) -> None:
    with pytest.raises(TimeLimitError):
        send(answer, deadline=Deadline(at=time.monotonic() + 0.2, limit_seconds=1))


def test_silent_server_receives_no_more_requests() -> None:
    transport = Transport(concurrency=4)

    for _ in range(4):
        with pytest.raises(UnreachableError, match="refused"):
            transport.send(request_to("http://127.0.0.1:1"))
    with pytest.raises(UnreachableError, match="stopped responding"):
        transport.send(request_to("http://127.0.0.1:1"))


def test_stop_ends_the_request_that_is_being_carried_out() -> None:
    transport = Transport()

    def stop(method: str, path: str, body: bytes) -> Iterator[bytes]:
        transport.stop()
        yield b""

    with hostile_server(stop) as url:
        with pytest.raises(UnreachableError, match="ProtocolError"):
            transport.send(request_to(url))
        with pytest.raises(UnexercisedError, match="the run was interrupted"):
            transport.send(request_to(url))


def test_close_ends_idle_connections() -> None:
    handlers: list[threading.Thread] = []
    transport = Transport()

    def answer(method: str, path: str, body: bytes) -> Iterator[bytes]:
        handlers.append(threading.current_thread())
        yield http_response(200, b"{}")

    with hostile_server(answer) as url:
        transport.send(request_to(url))
        transport.close()
        for handler in handlers:
            handler.join(5)

    assert [handler.is_alive() for handler in handlers] == [False]


def test_request_without_a_limit_is_not_watched() -> None:
    pool = urllib3.PoolManager(retries=False)
    watch_connections(pool)

    with hostile_server(lambda method, path, body: [http_response(200, b"{}")]) as url:
        response = pool.request("GET", url)
        pool.clear()

    assert response.data == b"{}"


def test_request_that_is_not_connected_can_expire() -> None:
    request = WatchedRequest(expires_at=0.0)

    request.expire()

    assert request.has_expired


@pytest.fixture
def tls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Give the TLS settings of a server on this machine that clients of the test trust."""
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=localhost"),
            *("-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate),
        ],
        check=True,
        capture_output=True,
    )
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    return context


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl")
def test_response_in_drips_over_tls_is_cut_off(tls: ssl.SSLContext) -> None:
    with (
        hostile_server(dripping_body, tls) as url,
        pytest.raises(Mismatch, match="a complete response within 0 s, got GET /v1/models: 200"),
    ):
        Transport(timeout=0.2).send(request_to(url))
