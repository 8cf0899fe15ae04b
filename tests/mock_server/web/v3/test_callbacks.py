"""Callbacks: what a real receiver gets, in which order, and what the control API says of it."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from callback_receiver import CallbackReceiver, callback_receiver
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

TASKS = "/api/v3/contents/generations/tasks"
MODEL = "doubao-seedance-2-0-260128"

Create = Callable[..., str]


@pytest.fixture
def receiver() -> Iterator[CallbackReceiver]:
    with callback_receiver() as started:
        yield started


@pytest.fixture
def create(client: TestClient, receiver: CallbackReceiver) -> Create:
    """Give a function that creates a task with callbacks on a frozen clock; it returns the id."""

    def send(words: str = "", url: str = "", key: str = "sk-mock-clock-frozen--a") -> str:
        text = f"A kite [mock: {words}]" if words else "A kite"
        body = {
            "model": MODEL,
            "content": [{"type": "text", "text": text}],
            "callback_url": url or receiver.url,
        }
        response = client.post(TASKS, json=body, headers={"Authorization": f"Bearer {key}"})
        assert response.status_code == 200, response.text
        return str(response.json()["id"])

    return send


def advance(client: TestClient, seconds: float) -> None:
    response = client.post("/_mock/accounts/key-1/clock", json={"advance_s": seconds})
    assert response.status_code == 200, response.text


def deliveries(client: TestClient, **query: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = client.get("/_mock/deliveries", params=query).json()["deliveries"]
    return rows


def test_each_change_is_delivered_before_advance_returns(
    client: TestClient, receiver: CallbackReceiver, create: Create
) -> None:
    task_id = create()
    first = receiver.next_body()

    advance(client, 600)

    assert (first["id"], first["status"]) == (task_id, "queued")
    assert receiver.received.qsize() == 2
    running, succeeded = receiver.next_body(), receiver.next_body()
    assert (running["status"], succeeded["status"]) == ("running", "succeeded")
    assert "content" not in running
    assert succeeded["content"]["video_url"].startswith("http://")
    assert first["created_at"] <= running["updated_at"] < succeeded["updated_at"]


def test_only_the_documented_headers_are_sent(receiver: CallbackReceiver, create: Create) -> None:
    create()

    headers, _ = receiver.received.get(timeout=10)

    assert {name.lower() for name in headers} == {
        "host",
        "content-type",
        "content-length",
        "connection",
    }
    assert headers["Content-Type"] == "application/json"


def test_the_body_of_the_last_callback_is_the_answer_of_get(
    client: TestClient, receiver: CallbackReceiver, create: Create
) -> None:
    task_id = create()
    advance(client, 600)

    *_, last = (receiver.next_body() for _ in range(3))

    headers = {"Authorization": "Bearer sk-mock-clock-frozen--a"}
    assert client.get(f"{TASKS}/{task_id}", headers=headers).json() == last


def test_a_terminal_status_is_sent_four_times(
    client: TestClient, receiver: CallbackReceiver, create: Create
) -> None:
    create()
    receiver.next_body()
    receiver.statuses[:] = [500, 500, 302, 500, 404, 500]

    for _ in range(8):
        advance(client, 600)

    assert receiver.next_statuses(5) == ["running"] + ["succeeded"] * 4
    assert receiver.received.empty()
    rows = deliveries(client)
    assert [(row["status"], row["acknowledged"], len(row["attempts"])) for row in rows] == [
        ("queued", True, 1),
        ("running", False, 1),
        ("succeeded", False, 4),
    ]
    assert [attempt["status"] for attempt in rows[2]["attempts"]] == [500, 302, 500, 404]


def test_a_cancellation_is_not_sent(
    client: TestClient, receiver: CallbackReceiver, create: Create
) -> None:
    task_id = create()
    receiver.next_body()

    headers = {"Authorization": "Bearer sk-mock-clock-frozen--a"}
    client.delete(f"{TASKS}/{task_id}", headers=headers)
    advance(client, 600)

    assert receiver.received.empty()


@pytest.mark.parametrize(
    ("words", "statuses"),
    [
        ("callback-twice", ["queued", "queued", "running", "running", "succeeded", "succeeded"]),
        ("callback-shuffled", ["succeeded", "running", "queued"]),
        ("callback-never", []),
        ("callback-fail-x2", ["queued", "running", "succeeded", "succeeded", "succeeded"]),
        ("queue-100s callback-late-5s", ["queued", "running", "succeeded"]),
        ("end-failed", ["queued", "running", "failed"]),
        ("end-expired", ["queued", "expired"]),
    ],
)
def test_words_change_the_callbacks(
    client: TestClient, receiver: CallbackReceiver, create: Create, words: str, statuses: list[str]
) -> None:
    create(words)
    for _ in range(4):
        advance(client, 172_800)

    assert receiver.next_statuses(len(statuses)) == statuses
    assert receiver.received.empty()


def test_a_late_callback_waits_for_the_clock(
    client: TestClient, receiver: CallbackReceiver, create: Create
) -> None:
    create("callback-late-5s")

    advance(client, 4.9)
    assert receiver.received.empty()

    advance(client, 0.1)
    assert receiver.next_body()["status"] == "queued"


def test_polls_move_the_clock_of_callbacks(
    client: TestClient, receiver: CallbackReceiver, create: Create
) -> None:
    key = "sk-mock-clock-polls--a"
    task_id = create(key=key)
    headers = {"Authorization": f"Bearer {key}"}

    statuses = receiver.next_statuses(1)
    for _ in range(2):
        client.get(f"{TASKS}/{task_id}", headers=headers)
        statuses += receiver.next_statuses(1)

    assert statuses == ["queued", "running", "succeeded"]


def test_a_delivery_can_be_repeated(
    client: TestClient, receiver: CallbackReceiver, create: Create
) -> None:
    task_id = create()
    advance(client, 600)
    bodies = [receiver.next_body() for _ in range(3)]

    rows = client.post(f"/_mock/deliveries/{task_id}-3/redeliver").json()["deliveries"]

    assert receiver.next_body() == bodies[2]
    assert [row["id"] for row in rows] == [f"{task_id}-{number}" for number in (1, 2, 3, 4)]
    assert client.post(f"/_mock/deliveries/{task_id}-9/redeliver").status_code == 404
    assert deliveries(client, task="cgt-20260101000000-aaaaa") == []
    assert deliveries(client, account="key-2") == []


def test_redeliveries_are_bounded(
    client: TestClient, receiver: CallbackReceiver, create: Create
) -> None:
    task_id = create()
    advance(client, 600)

    statuses = [
        client.post(f"/_mock/deliveries/{task_id}-1/redeliver").status_code for _ in range(18)
    ]

    assert statuses == [200] * 17 + [404]


def test_a_forced_status_is_sent(
    client: TestClient, receiver: CallbackReceiver, create: Create
) -> None:
    task_id = create()
    receiver.next_body()

    client.post(f"/_mock/tasks/{task_id}", json={"status": "completed"})

    assert receiver.next_statuses(2) == ["running", "succeeded"]


def test_a_repeated_create_has_one_set_of_callbacks(
    client: TestClient, receiver: CallbackReceiver
) -> None:
    body = {
        "model": MODEL,
        "content": [{"type": "text", "text": "A kite"}],
        "callback_url": receiver.url,
    }
    headers = {"Authorization": "Bearer sk-mock-clock-frozen--a", "Idempotency-Key": "one"}
    first, second = (client.post(TASKS, json=body, headers=headers) for _ in range(2))

    advance(client, 600)

    assert first.json() == second.json()
    assert receiver.next_statuses(3) == ["queued", "running", "succeeded"]
    assert receiver.received.empty()


@pytest.mark.parametrize(
    ("url", "settings", "problem"),
    [
        ("http://93.184.216.34/hook", Settings(), "the address is not allowed"),
        ("http://127.0.0.1:9/hook", Settings(callbacks="any"), "the address is not allowed"),
        ("http://127.0.0.1:9/hook", Settings(callbacks="none"), "callbacks are off"),
        (
            "http://127.0.0.1:9/hook",
            Settings(),
            f"no connection: {os.strerror(errno.ECONNREFUSED)}",
        ),
        (
            "https://no-such-host.invalid/hook",
            Settings(),
            "the name of the host cannot be resolved",
        ),
    ],
)
def test_a_delivery_that_cannot_be_made_says_why(
    url: str, settings: Settings, problem: str
) -> None:
    body = {
        "model": MODEL,
        "content": [{"type": "text", "text": "A kite"}],
        "callback_url": url,
    }
    headers = {"Authorization": "Bearer sk-mock-clock-frozen--a"}
    with TestClient(create_app(settings)) as client:
        client.post(TASKS, json=body, headers=headers)
        advance(client, 0)
        [row] = deliveries(client)

    assert row["attempts"][0]["problem"].startswith(problem)
    assert url not in str(row)
