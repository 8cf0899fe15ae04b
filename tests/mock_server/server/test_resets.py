"""Clients that reset the connection while a response is written: nothing is logged."""

from __future__ import annotations

import socket
import struct
import subprocess
from collections.abc import Callable

import pytest

Serve = Callable[..., tuple[subprocess.Popen[str], int]]

RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def request(path: str, key: str) -> bytes:
    return (
        f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {key}\r\n\r\n"
    ).encode()


def reset(port: int, raw: bytes, *, after: int) -> None:
    """Send a request, receive so many bytes of its response, and reset the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(raw)
        while after > 0:
            after -= len(client.recv(after))
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)


@pytest.mark.parametrize("options", [(), ("--no-fast-path",)], ids=["fast-path", "fallback"])
def test_a_reset_prints_nothing(options: tuple[str, ...], serve: Serve) -> None:
    process, port = serve("--log-format", "none", *options)
    slow, ordinary = request("/v1/models", "sk-mock-any-dripx0"), request("/v1/models", "sk-a")

    for _ in range(20):
        reset(port, slow, after=1)
        reset(port, ordinary * 20, after=0)
        reset(port, ordinary, after=1)

    process.terminate()
    assert process.communicate(timeout=10) == ("", "")


def test_a_client_that_sends_no_more_gets_its_response(serve: Serve) -> None:
    _, port = serve("--log-format", "none")

    with socket.create_connection(("127.0.0.1", port), timeout=5) as client:
        client.sendall(request("/v1/models", "sk-a"))
        client.shutdown(socket.SHUT_WR)
        response = b"".join(iter(lambda: client.recv(65_536), b""))

    assert response.startswith(b"HTTP/1.1 200 OK\r\n")
    assert response.endswith(b"}")
