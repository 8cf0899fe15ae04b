"""The attempts of callbacks in the journal, on every store."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from callback_receiver import CallbackReceiver, callback_receiver

Create = Callable[..., str]


@pytest.fixture
def receiver() -> Iterator[CallbackReceiver]:
    with callback_receiver() as started:
        yield started


@pytest.fixture
def create(client: TestClient, receiver: CallbackReceiver) -> Create:
    """Give a function that creates a task with callbacks; its clock has passed the end."""

    def send(words: str = "", url: str = "") -> str:
        body = {
            "model": "seedance-2.0",
            "content": [{"type": "text", "text": f"A kite [mock: {words or 'ok'}]"}],
            "callback_url": url or f"{receiver.url}?secret=planted",
        }
        headers = {"Authorization": "Bearer sk-mock-clock-frozen--a"}
        created = client.post("/api/v3/contents/generations/tasks", json=body, headers=headers)
        for seconds in (600, 10, 10, 10):
            client.post("/_mock/accounts/key-1/clock", json={"advance_s": seconds})
        return str(created.json()["id"])

    return send


def callbacks(client: TestClient, **query: str | int) -> list[dict[str, Any]]:
    page = client.get("/_mock/journal", params={"place": "callback", **query}).json()
    assert page["next"] is None
    entries: list[dict[str, Any]] = page["entries"]
    return entries


def test_each_attempt_is_in_the_journal(
    client: TestClient, receiver: CallbackReceiver, create: Create
) -> None:
    receiver.statuses[:] = [200, 200, 500]

    task_id = create()

    attempts = [
        (entry["task_status"], entry["callback"], entry["status"]) for entry in callbacks(client)
    ]
    assert attempts == [
        ("queued", {"delivery": f"{task_id}-1", "attempt": 1, "problem": None}, 200),
        ("running", {"delivery": f"{task_id}-2", "attempt": 1, "problem": None}, 200),
        ("succeeded", {"delivery": f"{task_id}-3", "attempt": 1, "problem": None}, 500),
        ("succeeded", {"delivery": f"{task_id}-3", "attempt": 2, "problem": None}, 200),
    ]
    assert "planted" not in client.get("/_mock/journal").text


def test_attempts_are_filtered_as_requests_are(
    client: TestClient, receiver: CallbackReceiver, create: Create
) -> None:
    receiver.statuses[:] = [200, 200, 500]
    task_id = create()

    assert [entry["status"] for entry in callbacks(client, status=500)] == [500]
    assert len(callbacks(client, task_id=task_id, account="key-1")) == 4
    assert callbacks(client, account="key-2") == []
    entries = client.get("/_mock/journal").json()["entries"]
    assert {entry["place"]: entry["callback"] is None for entry in entries} == {
        "create": True,
        "callback": False,
    }


def test_an_attempt_tells_times_and_target_without_a_url(
    client: TestClient, create: Create
) -> None:
    create()

    first, *_ = callbacks(client)

    assert (first["method"], first["target"], first["host"]) == ("POST", "/*", None)
    assert 0 <= first["answered"] - first["received"] < 10
    assert first["complete"]


@pytest.mark.parametrize(
    ("words", "url", "status", "sentence"),
    [
        ("", "", 204, "The delivery is acknowledged."),
        ("", "", 404, "only a status from 200 to 299 does."),
        ("callback-fail-x1", "", 204, "callback-fail-x1 ignores the response."),
        (
            "",
            "http://127.0.0.1:9/planted",
            None,
            f"no connection: {os.strerror(errno.ECONNREFUSED)}.",
        ),
    ],
)
def test_an_attempt_is_explained(
    client: TestClient,
    receiver: CallbackReceiver,
    create: Create,
    words: str,
    url: str,
    status: int | None,
    sentence: str,
) -> None:
    receiver.statuses[:] = [status or 200]
    task_id = create(words, url)
    first, *_ = callbacks(client)

    why = client.get(f"/_mock/why/{first['request_id']}").json()["why"]

    assert (first["status"], first["complete"]) == (status, status is not None)
    assert why[0] == (
        f"The server sent that the task {task_id} is queued to its callback_url:"
        f" attempt 1 of the delivery {task_id}-1."
    )
    assert (f"The receiver responded with the status {status}." in why) == first["complete"]
    assert why[-1].endswith(sentence)
    assert "planted" not in str(why)


def test_the_export_has_the_attempts(client: TestClient, create: Create) -> None:
    create()

    entries = client.get("/_mock/export", params={"place": "callback"}).json()["log"]["entries"]

    assert [entry["request"]["url"] for entry in entries] == ["http://mock.invalid/*"] * 3
    assert [entry["_callback"]["attempt"] for entry in entries] == [1, 1, 1]


def test_checks_do_not_judge_what_the_server_sends(client: TestClient, create: Create) -> None:
    create()

    report = client.get("/_mock/checks", params={"account": "key-1"}).json()

    assert (report["requests"], report["truncated"]) == (1, False)
