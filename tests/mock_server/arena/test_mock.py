"""Case servers record the requests of a client, with their origin and their times."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from seedance_contract.client.jobs import DEFAULT_V3_REQUEST, kit_job
from seedance_mock.arena import mock
from seedance_mock.arena.capture import MAX_RECORDED_BYTES
from seedance_mock.arena.mock import MockArena, MockCaseServer

from .conftest import case_with_script

OpenCaseServer = Callable[..., MockCaseServer]

BODY = kit_job(case_with_script(), "7f3a")["request"]
CREATE = "/v1/videos/generations"
V3_CREATE = "/api/v3/contents/generations/tasks"


def client_of(case_server: MockCaseServer) -> httpx2.Client:
    """Return an HTTP client with the URL and the key of a case server."""
    headers = {"Authorization": f"Bearer {case_server.secret.key}"}
    return httpx2.Client(base_url=case_server.base_url, headers=headers, timeout=10)


def create_task(client: httpx2.Client) -> Any:
    """Create a task and return it."""
    return client.post(CREATE, json=BODY).raise_for_status().json()


def test_default_task_ends_at_its_second_poll(open_case_server: OpenCaseServer) -> None:
    with client_of(open_case_server()) as client:
        url = create_task(client)["poll_url"]
        statuses = [client.get(url).json()["status"] for _ in range(2)]

    assert statuses == ["processing", "completed"]


def callback_loops(arena: MockArena) -> int:
    """Return how many servers look for callbacks to deliver."""

    async def count() -> int:
        tasks = asyncio.all_tasks()
        return sum("Callbacks._run" in repr(task.get_coro()) for task in tasks)

    return arena._loop.run(count())


def test_facts_have_the_callbacks_and_a_closed_server_sends_no_more(arena: MockArena) -> None:
    case_server = arena.open(case_with_script("callback-never"), "7f3a")
    with client_of(case_server) as client:
        body = {**DEFAULT_V3_REQUEST, "callback_url": "http://127.0.0.1:9/callback"}
        task_id = client.post(V3_CREATE, json=body).json()["id"]
        facts, open_loops = case_server.facts(), callback_loops(arena)
    case_server.close()

    assert facts["callbacks"] == [{"task_id": task_id, "status": "queued", "attempts": 0}]
    assert (open_loops, callback_loops(arena)) == (1, 0)


def test_exchanges_are_recorded(open_case_server: OpenCaseServer) -> None:
    case_server = open_case_server()
    with client_of(case_server) as client:
        task = create_task(client)
        client.get(task["poll_url"])

        create, poll = case_server.exchanges()

    assert (create.origin, create.connection, create.turn) == ("api", 1, 1)
    assert (poll.origin, poll.connection, poll.turn) == ("api", 1, 2)
    assert (create.method, create.target, create.place) == ("POST", CREATE, "create")
    assert (poll.method, poll.target, poll.place) == ("GET", task["poll_url"], "poll")
    assert (create.status, create.complete, create.job) == (200, True, "7f3a")
    assert create.task_id == poll.task_id == task["id"]
    assert "A paper boat" in create.body
    assert task["id"] in create.answer_body
    assert create.header("authorization") == ["Bearer key#1"]
    assert poll.job is None
    assert create.sent is not None
    assert create.ended is not None
    assert 0 < create.seen <= create.sent <= create.ended <= poll.seen
    assert poll.seen < case_server.elapsed_seconds()


def test_clock_starts_with_the_client(
    open_case_server: OpenCaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_server = open_case_server()
    monkeypatch.setattr(case_server, "_started", time.monotonic() - 1000)

    case_server.start_clock()

    assert case_server.elapsed_seconds() < 500
    assert case_server.request_count() == 0


def test_another_key_is_rejected(open_case_server: OpenCaseServer) -> None:
    url = f"{open_case_server().base_url}/v1/tasks/x"

    response = httpx2.get(url, headers={"Authorization": "Bearer sk-a"})

    assert response.status_code == 401


@pytest.mark.parametrize(
    ("script", "status", "complete", "applied"),
    [
        ("create-503", 503, True, False),
        ("create-reset+", None, False, True),
        ("create-close", None, False, False),
        ("create-garbage", None, False, False),
        ("create-cut", 200, False, True),
        ("create-longer", 200, False, True),
        ("create-early", 200, True, True),
        ("create-lapse", 200, True, True),
        ("create-closing", 200, True, True),
    ],
)
def test_injected_fault_is_recorded(
    script: str, status: int | None, complete: bool, applied: bool, open_case_server: OpenCaseServer
) -> None:
    case_server = open_case_server(script)
    with client_of(case_server) as client:
        try:
            client.post(CREATE, json=BODY)
        except httpx2.TransportError:
            complete_for_client = False
        else:
            complete_for_client = True

    [create] = case_server.exchanges()
    assert (create.fault, create.applied, create.place) == (script, applied, "create")
    assert (create.status, create.complete) == (status, complete)
    assert complete_for_client == complete
    assert create.ended is not None


def test_hanging_response_has_no_end(open_case_server: OpenCaseServer) -> None:
    case_server = open_case_server("create-hang+")
    with client_of(case_server) as client, pytest.raises(httpx2.ReadTimeout):
        client.post(CREATE, json=BODY, timeout=0.2)

    [create] = case_server.exchanges()
    assert (create.status, create.sent, create.ended, create.applied) == (None, None, None, True)


def test_files_are_on_another_host_if_the_script_says_so(
    open_case_server: OpenCaseServer,
) -> None:
    case_server = open_case_server("files-host after-1polls")
    with client_of(case_server) as client:
        url = client.get(create_task(client)["poll_url"]).json()["video_url"]
        video = httpx2.get(url).content

    asset = case_server.exchanges()[-1]
    assert urlsplit(url).hostname == "localhost"
    assert (asset.origin, asset.place, asset.status) == ("host", "asset", 200)
    assert asset.answer_body == f"({len(video)} bytes of video/mp4)"
    digest = hashlib.sha256(video).hexdigest()
    facts = {"tasks": 1, "cost_usd": "0.27553574", "asset_sha256": digest}
    assert case_server.facts() == facts


def test_facts_without_a_task_have_no_digest(open_case_server: OpenCaseServer) -> None:
    assert open_case_server().facts() == {"tasks": 0}


@pytest.mark.parametrize("origin", ["host", "port", "third"])
def test_leak_to_another_origin_is_recorded(origin: str, open_case_server: OpenCaseServer) -> None:
    case_server = open_case_server(f"create-redirect to-{origin}")
    with client_of(case_server) as client:
        location = client.post(CREATE, json=BODY).headers["location"]
        response = client.post(location, json=BODY)

    _, leak = case_server.exchanges()
    assert response.status_code == 404
    assert response.json()["error"]["code"]
    assert (leak.origin, leak.place, leak.job) == (origin, "create", "7f3a")
    assert leak.header("authorization") == ["Bearer key#1"]
    assert leak.fault is None


def test_third_host_is_optional(
    open_case_server: OpenCaseServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mock, "THIRD_HOSTS", ("192.0.2.1",))

    with client_of(open_case_server("create-redirect to-third")) as client:
        assert "localhost" in client.post(CREATE, json=BODY).headers["location"]


def test_rate_speeds_up_the_clock_of_the_mock(open_case_server: OpenCaseServer) -> None:
    case_server = open_case_server("clock-real queue-1s run-1s", rate=1000.0)
    with client_of(case_server) as client:
        url = create_task(client)["poll_url"]
        deadline = time.monotonic() + 60
        while client.get(url).json()["status"] != "completed":
            assert time.monotonic() < deadline

        assert case_server.elapsed_seconds() < 1.5


def test_models_without_a_key_follow_the_script(open_case_server: OpenCaseServer) -> None:
    case_server = open_case_server("catalogue-invented")

    assert "seedance-x9" in httpx2.get(f"{case_server.base_url}/v1/models").text


def test_request_is_seen_at_its_first_byte(open_case_server: OpenCaseServer) -> None:
    case_server = open_case_server()
    host = urlsplit(case_server.base_url).netloc
    head = f"GET /v1/models HTTP/1.1\r\nHOST: {host}\r\n\r\n".encode()
    with connect(case_server) as connection:
        connection.sendall(head[:1])
        wait_until(lambda: case_server.request_count() == 1)
        before_the_rest = case_server.elapsed_seconds()
        assert case_server.exchanges() == ()

        connection.sendall(head[1:])
        assert connection.recv(10) == b"HTTP/1.1 2"

    [exchange] = case_server.exchanges()
    assert exchange.seen < before_the_rest
    assert exchange.headers[0][0] == "HOST"


def test_invalid_request_is_recorded(open_case_server: OpenCaseServer) -> None:
    case_server = open_case_server()
    with connect(case_server) as connection:
        connection.sendall(b"GET / HTTP/9.9\r\n\r\n")
        assert connection.recv(20).startswith(b"HTTP/1.1 400")

    [exchange] = case_server.exchanges()
    assert (exchange.status, exchange.place, exchange.origin) == (400, None, "api")


def test_interim_response_is_not_the_response(open_case_server: OpenCaseServer) -> None:
    case_server = open_case_server()
    host = urlsplit(case_server.base_url).netloc
    head = f"POST {CREATE} HTTP/1.1\r\nHost: {host}\r\nExpect: 100-continue\r\n"
    key = f"Authorization: Bearer {case_server.secret.key}\r\nContent-Length: 2\r\n\r\n"
    with connect(case_server) as connection:
        connection.sendall((head + key).encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        before_the_body = case_server.elapsed_seconds()
        connection.sendall(b"{}")
        assert connection.recv(20).startswith(b"HTTP/1.1 400")

    [exchange] = case_server.exchanges()
    assert exchange.status == 400
    assert exchange.sent is not None
    assert exchange.sent > before_the_body


def test_close_aborts_responses_in_progress(arena: MockArena) -> None:
    case_server = arena.open(case_with_script("models-hang"), "7f3a")
    host = urlsplit(case_server.base_url).netloc
    key = f"Authorization: Bearer {case_server.secret.key}"
    with connect(case_server) as connection:
        connection.sendall(f"GET /v1/models HTTP/1.1\r\nHost: {host}\r\n{key}\r\n\r\n".encode())
        wait_until(lambda: any(exchange.fault for exchange in case_server.exchanges()))

        case_server.close()

        assert is_closed(connection)
    with pytest.raises(ConnectionRefusedError):
        connect(case_server)


def is_closed(connection: socket.socket) -> bool:
    """Return whether the other side closes or resets a connection."""
    try:
        return connection.recv(10) == b""
    except ConnectionError:
        return True


def connect(case_server: MockCaseServer) -> socket.socket:
    """Return a connection to a case server."""
    url = urlsplit(case_server.base_url)
    assert url.hostname is not None
    return socket.create_connection((url.hostname, url.port), timeout=10)


def wait_until(condition: Callable[[], bool]) -> None:
    """Return as soon as a condition is true."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_large_body_is_recorded_in_part(open_case_server: OpenCaseServer) -> None:
    case_server = open_case_server()
    with client_of(case_server) as client:
        client.post(CREATE, content=b"x" * 1_000_000)

    [exchange] = case_server.exchanges()
    assert set(exchange.body) == {"x"}
    assert len(exchange.body) == MAX_RECORDED_BYTES


def test_bytes_that_are_not_http_are_answered(open_case_server: OpenCaseServer) -> None:
    case_server = open_case_server()
    with connect(case_server) as connection:
        connection.sendall(b"\x16\x03\x01")

        assert connection.recv(20).startswith(b"HTTP/1.1 400")
