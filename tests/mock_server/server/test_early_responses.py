"""A response that is sent before the body has come reaches every client, whatever it is."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from seedance_mock.settings import Settings
from seedance_mock.testing.live import live_server

Serve = Callable[..., tuple[subprocess.Popen[str], int]]

CREATE = "/v1/videos/generations"
SIZE = 40_000_000


@pytest.fixture(scope="module", params=["asyncio", "uvloop"])
def port(request: pytest.FixtureRequest, serve: Serve) -> Iterator[int]:
    """Give the port of a server on each event loop: the one in this process and a process."""
    if request.param == "uvloop":
        yield serve("--log-format", "none")[1]
        return
    with live_server(Settings()) as server:
        yield int(server.url.rpartition(":")[2])


# What is refused before the body has come: method, path, key, status.
REFUSALS = {
    "no-key": ("POST", CREATE, "", 401),
    "too-large": ("POST", CREATE, "sk-a", 413),
    "no-path": ("POST", "/v1/nothing", "sk-a", 404),
    "wrong-method": ("PUT", CREATE, "sk-a", 405),
    "rate-limit": ("GET", "/v1/tasks/x", "sk-mock-poll-429x0", 429),
    "no-task": ("GET", "/v1/tasks/x", "sk-a", 404),
    "words": ("GET", "/v1/tasks/x", "sk-mock-poll-503x0", 503),
    "control": ("POST", "/_mock/accounts", "sk-a", 413),
}


def head(method: str, path: str, key: str, framing: str, connection: str) -> bytes:
    authorization = f"Authorization: Bearer {key}\r\n" if key else ""
    return (
        f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n{authorization}{framing}\r\n"
        f"Content-Type: application/json\r\nConnection: {connection}\r\n\r\n"
    ).encode()


def framed(framing: str) -> tuple[str, bytes]:
    """Return the header that announces a large body, and the body as it is sent."""
    if framing == "length":
        return f"Content-Length: {SIZE}", bytes(SIZE)
    chunk = b"10000\r\n" + bytes(65_536) + b"\r\n"
    return "Transfer-Encoding: chunked", chunk * (SIZE // 65_536) + b"0\r\n\r\n"


def exchange(port: int, raw: bytes) -> bytes:
    """Send everything, and only then read the response."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as client:
        client.sendall(raw)
        return client.recv(65_536)


@pytest.mark.parametrize("refusal", REFUSALS)
def test_it_reaches_a_client_that_sends_everything_first(refusal: str, port: int) -> None:
    method, path, key, status = REFUSALS[refusal]
    header, body = framed("length")

    response = exchange(port, head(method, path, key, header, "close") + body)

    assert response.startswith(b"HTTP/1.1 %d " % status)
    assert b'"error"' in response


@pytest.mark.parametrize("framing", ["length", "chunked"])
@pytest.mark.parametrize("connection", ["close", "keep-alive"])
@pytest.mark.parametrize("refusal", ["no-key", "too-large"])
def test_framing_and_connection_make_no_difference(
    refusal: str, framing: str, connection: str, port: int
) -> None:
    method, path, key, status = REFUSALS[refusal]
    header, body = framed(framing)

    response = exchange(port, head(method, path, key, header, connection) + body)

    assert response.startswith(b"HTTP/1.1 %d " % status)


def test_it_reaches_urllib(port: int) -> None:
    url = f"http://127.0.0.1:{port}{CREATE}"
    request = urllib.request.Request(url, bytes(SIZE), {"Authorization": "Bearer sk-a"})

    with pytest.raises(urllib.error.HTTPError) as caught:
        urllib.request.urlopen(request, timeout=20)

    with caught.value as error:
        assert (error.code, json.load(error)["error"]["code"]) == (413, "payload_too_large")


FETCH = """
const [url, method, key, size] = process.argv.slice(1);
const headers = {"Content-Type": "application/json"};
if (key) headers.Authorization = `Bearer ${key}`;
for (let number = 0; number < 5; number++) {
  const response = await fetch(url, {method, headers, body: new Uint8Array(Number(size))});
  console.log(response.status, "error" in await response.json());
}
"""


@pytest.mark.slow("soak")
@pytest.mark.skipif(shutil.which("node") is None, reason="needs node")
@pytest.mark.parametrize("refusal", REFUSALS)
def test_it_reaches_fetch_of_node(refusal: str, port: int) -> None:
    method, path, key, status = REFUSALS[refusal]
    if method == "GET":
        pytest.skip("fetch sends no body with GET")
    url = f"http://127.0.0.1:{port}{path}"
    command = ["node", "--input-type=module", "-e", FETCH, url, method, key, str(SIZE)]

    run = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert run.stdout.splitlines() == [f"{status} true"] * 5, run.stderr
