"""Answers that are right and unusual, over a real socket: their bytes, and clients that cope."""

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

EFFECTS = ("chunks", "early", "closing", "lapse", "charset")


@pytest.fixture(scope="module")
def port(serve: Serve) -> int:
    return serve("--log-format", "none")[1]


def answers(port: int, effect: str, *, ends: bool) -> bytes:
    """Return what the server sends for one request; `ends` waits for the end of the connection."""
    head = (
        f"GET /v1/models/seedance-2.0 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
        f"Authorization: Bearer sk-mock-models-{effect}--{next(_numbers)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(head.encode())
        told = b""
        while part := connection.recv(65536):
            told += part
            if not ends and told.endswith((b"}}", b"0\r\n\r\n")):
                break
    return told


@pytest.mark.parametrize(
    ("effect", "ends", "shows"),
    [
        ("chunks", False, b'\r\n\r\n1\r\n{\r\n1\r\n"\r\n1\r\ni\r\n'),
        ("early", False, b"HTTP/1.1 103 Early Hints\r\n"),
        ("closing", True, b"connection: close\r\n"),
        ("lapse", True, b"HTTP/1.1 200 OK\r\n"),
        ("charset", False, b"cOnTeNt-TyPe: application/json; charset=UTF-8\r\n"),
    ],
)
def test_the_bytes_are_unusual(effect: str, ends: bool, shows: bytes, port: int) -> None:
    told = answers(port, effect, ends=ends)

    assert shows in told
    assert (b"connection: close" in told) == (effect == "closing")


def key(effect: str) -> dict[str, str]:
    return {"Authorization": f"Bearer sk-mock-models-{effect}x0--{next(_numbers)}"}


@pytest.mark.parametrize("effect", EFFECTS)
def test_httpx_sees_an_ordinary_answer(effect: str, port: int) -> None:
    answer = httpx.get(f"http://127.0.0.1:{port}/v1/models/seedance-2.0", headers=key(effect))

    assert answer.json()["id"] == "seedance-2.0"


# Python's own http.client, under requests, takes 103 for the final answer.
@pytest.mark.parametrize("effect", [one for one in EFFECTS if one != "early"])
def test_requests_sees_an_ordinary_answer(effect: str, port: int) -> None:
    url = f"http://127.0.0.1:{port}/v1/models/seedance-2.0"

    answer = requests.get(url, headers=key(effect), timeout=10)

    assert answer.json()["id"] == "seedance-2.0"
