"""Transport faults over a real socket, seen by clients of several kinds."""

from __future__ import annotations

import json
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from decimal import Decimal
from itertools import count
from typing import Any

import httpx
import pytest
import requests

from seedance_mock.testing.control_client import Control

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}

Serve = Callable[..., tuple[subprocess.Popen[str], int]]

_numbers = count(1)


@pytest.fixture(scope="module")
def url(serve: Serve) -> str:
    """Give the URL of a real server whose tasks take no time."""
    _, port = serve("--log-format", "none", "--lifecycle", "instant")
    return f"http://127.0.0.1:{port}"


@pytest.fixture
def control(url: str) -> Control:
    return Control(url)


def key(words: str) -> str:
    return f"sk-mock-{words}--{next(_numbers)}"


def bearer(words: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key(words)}"}


def tasks_of(control: Control, account: str) -> list[Any]:
    rows: list[Any] = control.call("GET", f"/tasks?account={account}")["tasks"]
    return rows


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("reset", httpx.ReadError),
        ("reset+", httpx.ReadError),
        ("close", httpx.RemoteProtocolError),
        ("close+", httpx.RemoteProtocolError),
        ("garbage", httpx.RemoteProtocolError),
        ("cut", httpx.RemoteProtocolError),
        ("longer", httpx.RemoteProtocolError),
        ("hang", httpx.ReadTimeout),
        ("hang+", httpx.ReadTimeout),
        ("delay", httpx.ReadTimeout),
    ],
)
def test_httpx_sees_the_fault(
    what: str, error: type[Exception], url: str, control: Control
) -> None:
    secret = key(f"create-{what}.delay-2s")
    account = control.open(secret)
    headers = {"Authorization": f"Bearer {secret}"}

    patience = 0.3 if error is httpx.ReadTimeout else 10
    with httpx.Client(timeout=patience) as client, pytest.raises(error):
        client.post(url + CREATE, json=BODY, headers=headers)

    applied = what.endswith("+") or what in ("cut", "longer", "delay")
    assert len(tasks_of(control, account.name)) == int(applied)


@pytest.mark.parametrize(
    ("what", "error"),
    [
        ("reset", requests.ConnectionError),
        ("close", requests.ConnectionError),
        ("garbage", requests.ConnectionError),
        ("cut", requests.exceptions.ChunkedEncodingError),
        ("hang", requests.ReadTimeout),
    ],
)
def test_requests_sees_the_fault(what: str, error: type[Exception], url: str) -> None:
    patience = 0.3 if what == "hang" else 10
    with pytest.raises(error):
        requests.get(f"{url}/v1/models", headers=bearer(f"models-{what}"), timeout=patience)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize(
    ("what", "code"),
    [("reset", 56), ("close", 52), ("garbage", 1), ("cut", 18), ("longer", 18), ("hang", 28)],
)
def test_curl_sees_the_fault(what: str, code: int, url: str) -> None:
    command = [
        "curl",
        "-s",
        "-m",
        "1" if what == "hang" else "10",
        "-o",
        "/dev/null",
        f"{url}/v1/models",
    ]
    secret = f"Authorization: Bearer {key(f'models-{what}')}"

    assert subprocess.run([*command, "-H", secret], check=False).returncode == code


NODE = """
const [url, key] = process.argv.slice(2);
try {
  const answer = await fetch(url, { headers: { Authorization: `Bearer ${key}` } });
  await answer.text();
  console.log(answer.status);
} catch (error) { console.log(error.cause?.code ?? error.message); }
"""


@pytest.mark.skipif(shutil.which("node") is None, reason="needs Node.js")
@pytest.mark.parametrize(
    ("what", "told"),
    [
        ("reset", "ECONNRESET"),
        ("close", "UND_ERR_SOCKET"),
        ("cut", "UND_ERR_SOCKET"),
        ("html", "502"),
        ("503", "503"),
    ],
)
def test_node_sees_the_fault(what: str, told: str, url: str) -> None:
    command = ["node", "--input-type=module", "-", f"{url}/v1/models", key(f"models-{what}")]

    ended = subprocess.run(command, input=NODE, capture_output=True, text=True, timeout=20)

    assert ended.stdout.strip() == told


def test_a_dripping_answer_is_slow_but_whole(url: str) -> None:
    began = time.monotonic()

    answer = httpx.delete(f"{url}/v1/tasks/none", headers=bearer("cancel-drip"), timeout=10)

    assert answer.json()["error"]["code"] == "async_task_not_found"
    assert time.monotonic() - began > 0.02 * len(answer.content) * 0.9


def test_a_redirect_leads_to_another_name(url: str) -> None:
    answer = httpx.get(f"{url}/v1/models", headers=bearer("models-redirect"))

    assert answer.status_code == 307
    assert answer.headers["Location"] == url.replace("127.0.0.1", "localhost") + "/v1/models"


def test_a_download_can_break(url: str) -> None:
    headers = bearer("asset-cut.asset-503.asset-drip")
    task = httpx.post(url + CREATE, json=BODY, headers=headers).json()
    video = httpx.get(url + task["poll_url"], headers=headers).json()["video_url"]

    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(video)
    assert httpx.get(video).status_code == 503
    with httpx.stream("GET", video) as dripping:
        assert len(next(dripping.iter_raw())) < 1_000
    assert httpx.get(video).status_code == 200


def test_a_client_that_leaves_ends_the_drip(url: str, control: Control) -> None:
    secret = key("models-drip")
    account = control.open(secret)
    headers = {"Authorization": f"Bearer {secret}"}

    with httpx.stream("GET", f"{url}/v1/models", headers=headers) as dripping:
        next(dripping.iter_raw())
    answer = httpx.get(f"{url}/v1/models", headers=headers)

    assert answer.status_code == 200
    assert control.journal(account=account.name, status=200)


def test_a_hung_connection_blocks_nobody(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as hung:
        secret = key("models-hang")
        hung.sendall(
            f"GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n\r\n".encode()
        )

        answers = [httpx.get(f"{url}/v1/models", headers=bearer("ok")) for _ in range(5)]

    assert [answer.status_code for answer in answers] == [200] * 5


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_releases_what_is_held_back(stop: signal.Signals, serve: Serve) -> None:
    process, port = serve("--log-format", "none")
    with HeldBack(port, ["models-hang", "models-drip", "models-delay.delay-60s"]):
        process.send_signal(stop)

        _, complaints = process.communicate(timeout=10)

    assert process.returncode == 0
    assert complaints == ""


class HeldBack:
    """Connections that wait for answers which are held back."""

    def __init__(self, port: int, scripts: list[str]) -> None:
        self._sockets = [socket.create_connection(("127.0.0.1", port)) for _ in scripts]
        for connection, words in zip(self._sockets, scripts, strict=True):
            head = f"GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key(words)}"
            connection.sendall(head.encode() + b"\r\n\r\n")
        # An answered request behind them shows that the server has begun on each.
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200

    def __enter__(self) -> None:
        """Hold them open."""

    def __exit__(self, *_: object) -> None:
        for connection in self._sockets:
            connection.close()


SOAK = {
    "ok": 200,
    "busy": 429,
    "down": 503,
    "broke": 402,
    "locked": 403,
    "material": 409,
    "revoked": 401,
    "create-500": 500,
}


def test_two_hundred_accounts_keep_to_themselves(url: str) -> None:
    jobs = [(words, expected) for _ in range(25) for words, expected in SOAK.items()]

    def first_answer(job: tuple[str, int]) -> tuple[str, int]:
        answer = httpx.post(url + CREATE, json=BODY, headers=bearer(job[0]), timeout=10)
        return job[0], answer.status_code

    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(first_answer, jobs)) == jobs


def test_money_is_conserved_under_concurrency(serve: Serve) -> None:
    _, port = serve("--log-format", "none", "--lifecycle", "manual")
    url = f"http://127.0.0.1:{port}"
    control = Control(url)
    account = control.open("sk-rich", balance="5.00")
    headers = {"Authorization": "Bearer sk-rich"}

    def spend(number: int) -> int:
        with httpx.Client(base_url=url, headers=headers, timeout=10) as client:
            answer = client.post(CREATE, json=BODY)
            if answer.status_code == 200 and number % 3 == 0:
                client.delete(answer.json()["poll_url"])
            elif answer.status_code == 200 and number % 3 == 1:
                control.force(answer.json()["id"], "completed")
            return answer.status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(spend, range(40)))

    state = control.account(account.name)
    assert set(statuses) == {200, 402}
    assert state.balance is not None
    assert state.balance + state.reserved + state.charged == Decimal("5.00")
    assert state.balance >= 0


def test_what_is_no_http_is_refused_in_the_envelope(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        answer = b"".join(iter(lambda: connection.recv(4096), b""))

    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert json.loads(body)["error"]["code"] == "invalid_request_error"


@pytest.mark.parametrize("part", ["path", "header"])
def test_an_endless_head_is_refused(part: str, url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    long = b"x" * 70_000
    head = b"GET /" + long if part == "path" else b"GET / HTTP/1.1\r\nX-Long: " + long
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head + b"\r\n\r\n")

        assert connection.recv(16).startswith(b"HTTP/1.1 400")


def test_a_head_without_an_end_is_refused(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX-Long: x")
        with suppress(ConnectionError):
            for _ in range(100):
                connection.sendall(b"x" * 10_000)

        assert connection.recv(16).startswith(b"HTTP/1.1 400")
