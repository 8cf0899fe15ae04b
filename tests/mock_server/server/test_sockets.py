"""Raw requests over sockets: bodies, chunks, upgrades, pipelining, and races."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

Serve = Callable[..., tuple[subprocess.Popen[str], int]]

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
LIMIT = 20_000


@pytest.fixture(scope="module")
def port(serve: Serve) -> int:
    """Give the port of a server that accepts small bodies only."""
    return serve("--log-format", "none", "--max-body", str(LIMIT))[1]


def head(length: int | str, connection: str = "close") -> bytes:
    return (
        f"POST {CREATE} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer sk-a\r\n"
        f"Connection: {connection}\r\nContent-Length: {length}\r\n\r\n"
    ).encode()


def exchange(port: int, *parts: bytes) -> tuple[int, Any]:
    """Send bytes to the server, and return the status and the body of its response."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        for part in parts:
            connection.sendall(part)
        response = b"".join(iter(lambda: connection.recv(65_536), b""))
    head, _, body = response.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(body)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"[]", "must be a JSON object"),
        (b'"text"', "must be a JSON object"),
        (b'{"seed": NaN}', "NaN"),
        (b'{"seed": -Infinity}', "-Infinity"),
        (b'{"seed": 1, "seed": 2}', "the same name twice"),
        (b'{"a": {"b": 1, "b": 2}}', "the same name twice"),
        (b'{"prompt": "\\ud800"}', "lone surrogate"),
        (b'{"prompt": "\xff"}', "not UTF-8"),
        ('{"prompt": "a"}'.encode("utf-16"), "not UTF-8"),
        (b'\xef\xbb\xbf{"prompt": "a"}', "byte order mark"),
        (b'{"seed": ' + b"9" * 10_000 + b"}", "too long"),
        (b"[" * 9_000, "nested too deeply"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_an_invalid_body_is_a_clean_400(body: bytes, message: str, port: int) -> None:
    status, answer = exchange(port, head(len(body)), body)

    assert status == 400
    assert message in answer["error"]["message"]
    assert answer["error"]["request_id"].startswith("req_")


def test_a_large_content_length_is_refused_unread(port: int) -> None:
    status, answer = exchange(port, head(LIMIT + 1) + b"{")

    assert (status, answer["error"]["code"]) == (413, "payload_too_large")


def test_a_large_chunked_body_is_refused_early(port: int) -> None:
    chunked = head(0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    chunk = b"%x\r\n" % (LIMIT + 1) + b" " * (LIMIT + 1) + b"\r\n"

    status, answer = exchange(port, chunked, chunk)

    assert (status, answer["error"]["code"]) == (413, "payload_too_large")


def test_a_body_at_the_limit_is_read(port: int) -> None:
    body = json.dumps({**BODY, "prompt": ""})
    full = json.dumps({**BODY, "prompt": "x" * (LIMIT - len(body))}).encode()

    assert exchange(port, head(LIMIT), full)[0] == 200


def test_a_disconnect_prints_nothing(serve: Serve) -> None:
    process, port = serve("--log-format", "none")
    with socket.create_connection(("127.0.0.1", port)) as connection:
        connection.sendall(head(1_000) + b'{"prompt": ')

    assert exchange(port, head(2), b"{}")[0] == 400
    process.terminate()
    assert process.communicate(timeout=5) == ("", "")


@pytest.mark.parametrize("protocol", ["websocket", "h2c"])
def test_an_upgrade_header_is_ignored(protocol: str, serve: Serve) -> None:
    process, port = serve("--log-format", "none")
    plain = b"GET /v1/models HTTP/1.1\r\nHost: localhost\r\n"
    headers = f"Connection: Upgrade\r\nUpgrade: {protocol}\r\nContent-Length: 0\r\n\r\n"
    upgrade = plain + headers.encode()

    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        for request in (upgrade, upgrade, plain + b"\r\n"):
            connection.sendall(request)
            answers = b""
            while not answers.endswith(b"}"):
                answers += connection.recv(65_536)
            assert answers.startswith(b"HTTP/1.1 200 OK\r\n")

    process.terminate()
    assert process.communicate(timeout=5) == ("", "")


def chunked(request: bytes, body: bytes) -> bytes:
    """Return the request with its body in chunks of one byte."""
    length = f"Content-Length: {len(body)}".encode()
    chunks = b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    return request.replace(length, b"Transfer-Encoding: chunked").replace(body, chunks)


@pytest.mark.parametrize("framed", [lambda request, _: request, chunked], ids=["whole", "chunks"])
@pytest.mark.parametrize("step", [1, 65_536], ids=["bytewise", "at-once"])
def test_an_upgrade_keeps_its_body(
    framed: Callable[[bytes, bytes], bytes], step: int, port: int
) -> None:
    body = json.dumps(BODY).encode()
    upgrade = framed(head(len(body), "Upgrade, HTTP2-Settings\r\nUpgrade: h2c") + body, body)
    raw = upgrade * 2 + head(len(body), "close") + body

    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        for at in range(0, len(raw), step):
            connection.sendall(raw[at : at + step])
        answers = b"".join(iter(lambda: connection.recv(65_536), b""))

    assert answers.count(b"HTTP/1.1 200 OK") == answers.count(b'"status":"pending"') == 3


def test_a_connection_carries_many_requests(port: int) -> None:
    body = json.dumps(BODY).encode()
    request = head(len(body), "keep-alive") + body

    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(request * 3)
        answers = b""
        while answers.count(b'"status":"pending"') < 3:
            answers += connection.recv(65_536)

    assert answers.count(b"HTTP/1.1 200 OK") == 3


def test_405_lists_every_method(port: int) -> None:
    url = f"http://127.0.0.1:{port}/v1/tasks/ldtask_" + "0" * 32

    answer = httpx.patch(url)

    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "DELETE"}


def test_a_balance_is_spent_exactly(serve: Serve) -> None:
    _, port = serve("--log-format", "none", "--balance", "5.2", "--lifecycle", "manual")

    def create(_: int) -> int:
        headers = {"Authorization": "Bearer sk-a"}
        url = f"http://127.0.0.1:{port}{CREATE}"
        return client.post(url, json=BODY, headers=headers).status_code

    # One client for all: each new one loads the certificates, which takes longer than the request.
    with httpx.Client(timeout=10) as client, ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(create, range(60)))

    assert (statuses.count(200), statuses.count(402)) == (7, 53)


def test_cancel_and_start_never_both_win(serve: Serve) -> None:
    _, port = serve("--log-format", "none")
    headers = {"Authorization": "Bearer sk-mock-clock-x20--a"}
    url = f"http://127.0.0.1:{port}"

    def race(polls: int) -> tuple[bool, set[str]]:
        """Cancel a task after some polls, and poll it to its end."""
        with httpx.Client(base_url=url, headers=headers, timeout=10) as client:
            task = client.post(CREATE, json=BODY).json()["poll_url"]
            statuses = {client.get(task).json()["status"] for _ in range(polls)}
            cancelled = client.delete(task).status_code == 200
            while not statuses & {"completed", "failed"}:
                statuses.add(client.get(task).json()["status"])
            return cancelled, statuses

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(race, [number % 12 for number in range(24)]))

    assert all(("completed" in statuses) != cancelled for cancelled, statuses in results)
    assert all("processing" not in statuses for cancelled, statuses in results if cancelled)


def test_the_limit_of_a_head_is_for_each_request(port: int) -> None:
    whole = head(2, "keep-alive") + b"{}"
    count = 100_000 // len(whole)

    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(whole * count + head(2) + b"{}")
        answers = b"".join(iter(lambda: connection.recv(65_536), b""))

    assert answers.count(b"HTTP/1.1 400") == count + 1
    assert b"too large" not in answers


def test_a_head_in_pieces_is_read(port: int) -> None:
    whole = head(2)

    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(whole), 20):
            connection.sendall(whole[at : at + 20])
        connection.sendall(b"{}")

        assert b"model is required" in b"".join(iter(lambda: connection.recv(65_536), b""))
