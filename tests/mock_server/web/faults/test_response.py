"""Transport faults over a real socket, as several HTTP clients report them."""

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
from http.client import HTTPConnection
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
    ("fault", "exception_type"),
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
def test_httpx_raises_for_the_fault(
    fault: str, exception_type: type[Exception], url: str, control: Control
) -> None:
    secret = key(f"create-{fault}.delay-2s")
    account = control.open(secret)
    headers = {"Authorization": f"Bearer {secret}"}

    timeout = 0.3 if exception_type is httpx.ReadTimeout else 10
    with httpx.Client(timeout=timeout) as client, pytest.raises(exception_type):
        client.post(url + CREATE, json=BODY, headers=headers)

    # A fault on the response leaves the request applied: the task exists, but its client failed.
    applied = fault.endswith("+") or fault in ("cut", "longer", "delay")
    assert len(tasks_of(control, account.name)) == int(applied)


@pytest.mark.parametrize(
    ("fault", "exception_type"),
    [
        ("reset", requests.ConnectionError),
        ("close", requests.ConnectionError),
        ("garbage", requests.ConnectionError),
        ("cut", requests.exceptions.ChunkedEncodingError),
        ("hang", requests.ReadTimeout),
    ],
)
def test_requests_raises_for_the_fault(
    fault: str, exception_type: type[Exception], url: str
) -> None:
    timeout = 0.3 if fault == "hang" else 10
    with pytest.raises(exception_type):
        requests.get(f"{url}/v1/models", headers=bearer(f"models-{fault}"), timeout=timeout)


@pytest.mark.skipif(shutil.which("curl") is None, reason="needs curl")
@pytest.mark.parametrize(
    ("fault", "code"),
    [("reset", 56), ("close", 52), ("garbage", 1), ("cut", 18), ("longer", 18), ("hang", 28)],
)
def test_curl_reports_the_fault(fault: str, code: int, url: str) -> None:
    command = [
        "curl",
        "-s",
        "-m",
        "1" if fault == "hang" else "10",
        "-o",
        "/dev/null",
        f"{url}/v1/models",
    ]
    secret = f"Authorization: Bearer {key(f'models-{fault}')}"

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
    ("fault", "output"),
    [
        ("reset", "ECONNRESET"),
        ("close", "UND_ERR_SOCKET"),
        ("cut", "UND_ERR_SOCKET"),
        ("html", "502"),
        ("503", "503"),
    ],
)
def test_node_reports_the_fault(fault: str, output: str, url: str) -> None:
    command = ["node", "--input-type=module", "-", f"{url}/v1/models", key(f"models-{fault}")]

    node = subprocess.run(command, input=NODE, capture_output=True, text=True, timeout=20)

    assert node.stdout.strip() == output


def test_dripping_response_is_slow_and_complete(url: str) -> None:
    start = time.monotonic()

    response = httpx.delete(f"{url}/v1/tasks/none", headers=bearer("cancel-drip"), timeout=10)

    assert response.json()["error"]["code"] == "async_task_not_found"
    # A tenth less than 20 ms a byte, as timers may fire a little early.
    assert time.monotonic() - start > 0.02 * len(response.content) * 0.9


def test_redirect_names_another_host(url: str) -> None:
    response = httpx.get(f"{url}/v1/models", headers=bearer("models-redirect"))

    assert response.status_code == 307
    assert response.headers["Location"] == url.replace("127.0.0.1", "localhost") + "/v1/models"


@pytest.mark.parametrize("path", ["%E2%82%AC", "a%0d%0aX-Injected:%20y", "a%00b", "a%7Eb?q=%0A"])
@pytest.mark.parametrize("word", ["redirect", "found"])
def test_redirect_repeats_the_path_as_it_came(word: str, path: str, url: str) -> None:
    # Not with httpx, which encodes a path again before it sends it.
    connection = HTTPConnection(url.removeprefix("http://"), timeout=5)
    connection.request("GET", f"/v1/models/{path}", headers=bearer(f"models-{word}"))
    response = connection.getresponse()
    connection.close()

    assert response.status == {"redirect": 307, "found": 302}[word]
    location = url.replace("127.0.0.1", "localhost") + f"/v1/models/{path}"
    assert response.headers["Location"] == location
    assert "X-Injected" not in response.headers


def test_download_can_break(url: str) -> None:
    headers = bearer("asset-cut.asset-503.asset-drip")
    task = httpx.post(url + CREATE, json=BODY, headers=headers).json()
    video = httpx.get(url + task["poll_url"], headers=headers).json()["video_url"]

    with pytest.raises(httpx.RemoteProtocolError):
        httpx.get(video)
    assert httpx.get(video).status_code == 503
    with httpx.stream("GET", video) as download:
        assert len(next(download.iter_raw())) < 1_000
    assert httpx.get(video).status_code == 200


def test_disconnect_ends_the_drip(url: str, control: Control) -> None:
    secret = key("models-drip")
    account = control.open(secret)
    headers = {"Authorization": f"Bearer {secret}"}

    with httpx.stream("GET", f"{url}/v1/models", headers=headers) as download:
        next(download.iter_raw())
    response = httpx.get(f"{url}/v1/models", headers=headers)

    assert response.status_code == 200
    assert control.journal(account=account.name, status=200)


def test_hung_connection_blocks_no_other(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as hung_connection:
        secret = key("models-hang")
        hung_connection.sendall(
            f"GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {secret}\r\n\r\n".encode()
        )

        responses = [httpx.get(f"{url}/v1/models", headers=bearer("ok")) for _ in range(5)]

    assert [response.status_code for response in responses] == [200] * 5


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_shutdown_ends_held_responses(stop: signal.Signals, serve: Serve) -> None:
    process, port = serve("--log-format", "none")
    with HeldConnections(port, ["models-hang", "models-drip", "models-delay.delay-60s"]):
        process.send_signal(stop)

        _, errors = process.communicate(timeout=10)

    assert process.returncode == 0
    assert errors == ""


class HeldConnections:
    """Connections whose requests get a withheld response."""

    def __init__(self, port: int, scripts: list[str]) -> None:
        self._sockets = [socket.create_connection(("127.0.0.1", port)) for _ in scripts]
        for connection, words in zip(self._sockets, scripts, strict=True):
            head = f"GET /v1/models HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key(words)}"
            connection.sendall(head.encode() + b"\r\n\r\n")
        # The server accepts connections in order: a response to a later one shows that it has read
        # the requests on these.
        assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200

    def __enter__(self) -> None:
        """Keep the connections open."""

    def __exit__(self, *_: object) -> None:
        for connection in self._sockets:
            connection.close()


# Words, and the status of the first create with them.
FIRST_STATUSES = {
    "ok": 200,
    "busy": 429,
    "down": 503,
    "broke": 402,
    "locked": 403,
    "material": 409,
    "revoked": 401,
    "create-500": 500,
}


def test_200_accounts_are_independent(url: str) -> None:
    jobs = [(words, expected) for _ in range(25) for words, expected in FIRST_STATUSES.items()]

    def first_status(job: tuple[str, int]) -> tuple[str, int]:
        response = client.post(url + CREATE, json=BODY, headers=bearer(job[0]))
        return job[0], response.status_code

    # One client for all: each new one loads the certificates, which takes longer than the request.
    with httpx.Client(timeout=10) as client, ThreadPoolExecutor(16) as pool:
        assert list(pool.map(first_status, jobs)) == jobs


def test_money_is_conserved_under_concurrency(serve: Serve) -> None:
    _, port = serve("--log-format", "none", "--lifecycle", "manual")
    url = f"http://127.0.0.1:{port}"
    control = Control(url)
    account = control.open("sk-rich", balance="5.00")
    headers = {"Authorization": "Bearer sk-rich"}

    client = httpx.Client(base_url=url, headers=headers, timeout=10)

    def spend_and_end(number: int) -> int:
        response = client.post(CREATE, json=BODY)
        if response.status_code == 200 and number % 3 == 0:
            client.delete(response.json()["poll_url"])
        elif response.status_code == 200 and number % 3 == 1:
            control.force(response.json()["id"], "completed")
        return response.status_code

    with client, ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(spend_and_end, range(40)))

    account_state = control.account(account.name)
    assert set(statuses) == {200, 402}
    assert account_state.balance is not None
    assert account_state.balance + account_state.reserved + account_state.charged == Decimal("5.00")
    assert account_state.balance >= 0


def test_invalid_http_gets_an_error_body(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"\x16\x03\x01 hello\r\n\r\n")
        response = b"".join(iter(lambda: connection.recv(4096), b""))

    head, _, body = response.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 400")
    assert json.loads(body)["error"]["code"] == "invalid_request_error"


@pytest.mark.parametrize("part", ["path", "header"])
def test_oversized_head_is_400(part: str, url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    filler = b"x" * 70_000
    head = b"GET /" + filler if part == "path" else b"GET / HTTP/1.1\r\nX-Long: " + filler
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head + b"\r\n\r\n")

        assert connection.recv(16).startswith(b"HTTP/1.1 400")


def test_endless_head_is_400(url: str) -> None:
    host, port = url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nX-Long: x")
        with suppress(ConnectionError):
            for _ in range(100):
                connection.sendall(b"x" * 10_000)

        assert connection.recv(16).startswith(b"HTTP/1.1 400")
