"""Stages record what came, where, and when."""

from __future__ import annotations

import hashlib
import socket
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from seedance_contract.client.jobs import job
from seedance_mock.arena import mock
from seedance_mock.arena.capture import MOST_TOLD
from seedance_mock.arena.mock import MockArena, MockStage

from .conftest import scene

OpenStage = Callable[..., MockStage]

BODY = job(scene(), "7f3a")["request"]
CREATE = "/v1/videos/generations"


def caller(stage: MockStage) -> httpx2.Client:
    """Return a client of a stage that has its key."""
    key = {"Authorization": f"Bearer {stage.secret.key}"}
    return httpx2.Client(base_url=stage.base_url, headers=key, timeout=10)


def created(client: httpx2.Client) -> Any:
    """Return the answer to a create."""
    return client.post(CREATE, json=BODY).raise_for_status().json()


def test_an_ordinary_task_ends_at_its_second_poll(open_stage: OpenStage) -> None:
    with caller(open_stage()) as client:
        url = created(client)["poll_url"]
        states = [client.get(url).json()["status"] for _ in range(2)]

    assert states == ["processing", "completed"]


def test_an_exchange_is_recorded(open_stage: OpenStage) -> None:
    stage = open_stage()
    with caller(stage) as client:
        task = created(client)
        client.get(task["poll_url"])

        create, poll = stage.exchanges()

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
    assert 0 < create.seen <= create.sent <= create.ended <= poll.seen < stage.seconds()


def test_times_count_from_the_start_of_the_client(open_stage: OpenStage) -> None:
    stage = open_stage()
    opened = stage.seconds()
    stage.begin()

    assert stage.seconds() < opened + 1
    assert stage.seen() == 0


def test_another_key_is_refused(open_stage: OpenStage) -> None:
    stage = open_stage()

    answer = httpx2.get(f"{stage.base_url}/v1/tasks/x", headers={"Authorization": "Bearer sk-a"})

    assert answer.status_code == 401


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
def test_a_fault_is_recorded(
    script: str, status: int | None, complete: bool, applied: bool, open_stage: OpenStage
) -> None:
    stage = open_stage(script)
    with caller(stage) as client:
        try:
            client.post(CREATE, json=BODY)
        except httpx2.TransportError:
            complete_for_client = False
        else:
            complete_for_client = True

    [one] = stage.exchanges()
    assert (one.fault, one.applied, one.place) == (script, applied, "create")
    assert (one.status, one.complete) == (status, complete)
    assert complete_for_client == complete
    assert one.ended is not None


def test_a_hanging_answer_has_no_end(open_stage: OpenStage) -> None:
    stage = open_stage("create-hang+")
    with caller(stage) as client, pytest.raises(httpx2.ReadTimeout):
        client.post(CREATE, json=BODY, timeout=0.2)

    [one] = stage.exchanges()
    assert (one.status, one.sent, one.ended, one.applied) == (None, None, None, True)


def test_results_lie_on_another_host_where_words_say_so(open_stage: OpenStage) -> None:
    stage = open_stage("files-host after-1polls")
    with caller(stage) as client:
        url = client.get(created(client)["poll_url"]).json()["video_url"]
        film = httpx2.get(url).content

    asset = stage.exchanges()[-1]
    assert urlsplit(url).hostname == "localhost"
    assert (asset.origin, asset.place, asset.status) == ("host", "asset", 200)
    assert asset.answer_body == f"({len(film)} bytes of video/mp4)"
    assert stage.facts() == {"tasks": 1, "asset_sha256": hashlib.sha256(film).hexdigest()}


def test_without_a_task_there_are_few_facts(open_stage: OpenStage) -> None:
    assert open_stage().facts() == {"tasks": 0}


@pytest.mark.parametrize("to", ["host", "port", "third"])
def test_a_leak_to_another_origin_is_seen(to: str, open_stage: OpenStage) -> None:
    stage = open_stage(f"create-redirect to-{to}")
    with caller(stage) as client:
        location = client.post(CREATE, json=BODY).headers["location"]
        answer = client.post(location, json=BODY)

    _, leak = stage.exchanges()
    assert answer.status_code == 404
    assert answer.json()["error"]["code"]
    assert (leak.origin, leak.place, leak.job) == (to, "create", "7f3a")
    assert leak.header("authorization") == ["Bearer key#1"]
    assert leak.fault is None


def test_a_third_host_is_not_needed(open_stage: OpenStage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mock, "THIRD_HOSTS", ("192.0.2.1",))

    with caller(open_stage("create-redirect to-third")) as client:
        assert "localhost" in client.post(CREATE, json=BODY).headers["location"]


def test_a_stage_can_live_faster(open_stage: OpenStage) -> None:
    stage = open_stage("clock-real queue-1s run-1s", rate=1000.0)
    with caller(stage) as client:
        url = created(client)["poll_url"]
        deadline = time.monotonic() + 60
        while client.get(url).json()["status"] != "completed":
            assert time.monotonic() < deadline

        assert stage.seconds() < 1.5


def test_models_follow_the_words_without_a_key(open_stage: OpenStage) -> None:
    stage = open_stage("catalogue-invented")

    assert "seedance-x9" in httpx2.get(f"{stage.base_url}/v1/models").text


def test_the_first_byte_counts_as_seen(open_stage: OpenStage) -> None:
    stage = open_stage()
    head = f"GET /v1/models HTTP/1.1\r\nHOST: {urlsplit(stage.base_url).netloc}\r\n\r\n".encode()
    with connected(stage) as connection:
        connection.sendall(head[:1])
        wait_until(lambda: stage.seen() == 1)
        early = stage.seconds()
        assert stage.exchanges() == ()

        connection.sendall(head[1:])
        assert connection.recv(10) == b"HTTP/1.1 2"

    [one] = stage.exchanges()
    assert one.seen < early
    assert one.headers[0][0] == "HOST"


def test_what_is_not_http_is_recorded_too(open_stage: OpenStage) -> None:
    stage = open_stage()
    with connected(stage) as connection:
        connection.sendall(b"GET / HTTP/9.9\r\n\r\n")
        assert connection.recv(20).startswith(b"HTTP/1.1 400")

    [one] = stage.exchanges()
    assert (one.status, one.place, one.origin) == (400, None, "api")


def test_an_interim_answer_is_not_the_answer(open_stage: OpenStage) -> None:
    stage = open_stage()
    host = urlsplit(stage.base_url).netloc
    head = f"POST {CREATE} HTTP/1.1\r\nHost: {host}\r\nExpect: 100-continue\r\n"
    key = f"Authorization: Bearer {stage.secret.key}\r\nContent-Length: 2\r\n\r\n"
    with connected(stage) as connection:
        connection.sendall((head + key).encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 100")
        before = stage.seconds()
        connection.sendall(b"{}")
        assert connection.recv(20).startswith(b"HTTP/1.1 400")

    [one] = stage.exchanges()
    assert one.status == 400
    assert one.sent is not None
    assert one.sent > before


def test_closing_breaks_off_what_is_under_way(arena: MockArena) -> None:
    stage = arena.open(scene("models-hang"), "7f3a")
    host = urlsplit(stage.base_url).netloc
    key = f"Authorization: Bearer {stage.secret.key}"
    with connected(stage) as connection:
        connection.sendall(f"GET /v1/models HTTP/1.1\r\nHost: {host}\r\n{key}\r\n\r\n".encode())
        wait_until(lambda: any(one.fault for one in stage.exchanges()))

        stage.close()

        assert ended(connection)
    with pytest.raises(ConnectionRefusedError):
        connected(stage)


def ended(connection: socket.socket) -> bool:
    """Tell whether the other side has ended a connection, in whatever manner."""
    try:
        return connection.recv(10) == b""
    except ConnectionError:
        return True


def connected(stage: MockStage) -> socket.socket:
    """Return a connection to a stage."""
    url = urlsplit(stage.base_url)
    assert url.hostname is not None
    return socket.create_connection((url.hostname, url.port), timeout=10)


def wait_until(true: Callable[[], bool]) -> None:
    """Return once something is so."""
    deadline = time.monotonic() + 60
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.005)


def test_a_large_body_is_recorded_in_part(open_stage: OpenStage) -> None:
    stage = open_stage()
    with caller(stage) as client:
        client.post(CREATE, content=b"x" * 1_000_000)

    [one] = stage.exchanges()
    assert set(one.body) == {"x"}
    assert len(one.body) == MOST_TOLD


def test_bytes_that_begin_nothing_are_answered(open_stage: OpenStage) -> None:
    stage = open_stage()
    with connected(stage) as connection:
        connection.sendall(b"\x16\x03\x01")

        assert connection.recv(20).startswith(b"HTTP/1.1 400")
