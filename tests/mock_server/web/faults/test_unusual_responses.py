"""Valid but unusual responses over a real socket: their bytes, and clients that read them."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable
from itertools import count

import httpx
import pytest
import requests

Serve = Callable[..., tuple[subprocess.Popen[str], int]]

_numbers = count(1)

FAULTS = ("chunks", "early", "closing", "lapse", "charset")


@pytest.fixture(scope="module")
def port(serve: Serve) -> int:
    return serve("--log-format", "none")[1]


def raw_response(port: int, fault: str, *, until_eof: bool) -> bytes:
    """Return the bytes of one response. With `until_eof`, wait for the end of the connection."""
    head = (
        f"GET /v1/models/seedance-2.0 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Authorization: Bearer sk-mock-models-{fault}--{next(_numbers)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head.encode())
        raw = b""
        while chunk := connection.recv(65536):
            raw += chunk
            if not until_eof and raw.endswith((b"}}", b"0\r\n\r\n")):
                break
    return raw


@pytest.mark.parametrize(
    ("fault", "until_eof", "expected"),
    [
        ("chunks", False, b'\r\n\r\n1\r\n{\r\n1\r\n"\r\n1\r\ni\r\n'),
        ("early", False, b"HTTP/1.1 103 Early Hints\r\n"),
        ("closing", True, b"connection: close\r\n"),
        ("lapse", True, b"HTTP/1.1 200 OK\r\n"),
        ("charset", False, b"cOnTeNt-TyPe: application/json; charset=UTF-8\r\n"),
    ],
)
def test_raw_response_is_unusual(fault: str, until_eof: bool, expected: bytes, port: int) -> None:
    raw = raw_response(port, fault, until_eof=until_eof)

    assert expected in raw
    assert (b"connection: close" in raw) == (fault == "closing")


def authorization(fault: str) -> dict[str, str]:
    return {"Authorization": f"Bearer sk-mock-models-{fault}x0--{next(_numbers)}"}


@pytest.mark.parametrize("fault", FAULTS)
def test_httpx_reads_the_response(fault: str, port: int) -> None:
    response = httpx.get(
        f"http://127.0.0.1:{port}/v1/models/seedance-2.0", headers=authorization(fault)
    )

    assert response.json()["id"] == "seedance-2.0"


# http.client of the standard library, which requests uses, takes 103 for the final response.
@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "early"])
def test_requests_reads_the_response(fault: str, port: int) -> None:
    url = f"http://127.0.0.1:{port}/v1/models/seedance-2.0"

    response = requests.get(url, headers=authorization(fault), timeout=10)

    assert response.json()["id"] == "seedance-2.0"
