from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.task import Task
from seedance_mock.scripting.presets import PRESETS
from seedance_mock.web.app import MockApp

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
ACCOUNTS = "/_mock/accounts"
OpenAccount = Callable[..., dict[str, Any]]


def test_words_are_listed(client: TestClient) -> None:
    words = client.get("/_mock/words").json()

    assert [row["word"] for row in words["presets"]] == list(PRESETS)
    assert {"word": "lostreply", "means": "reset+"} in words["other_names"]


@pytest.mark.parametrize("status", ["processing", "completed", "failed"])
def test_a_status_is_forced(status: str, user: TestClient, new_task: Callable[..., str]) -> None:
    task = new_task()

    row = user.post(f"/_mock/tasks/{task}", json={"status": status}).json()

    assert row["status"] == status
    assert user.get(f"/v1/tasks/{task}").json()["status"] == status


def test_an_ended_task_keeps_its_status(user: TestClient, new_task: Callable[..., str]) -> None:
    task = new_task()
    user.post(f"/_mock/tasks/{task}", json={"status": "failed"})

    response = user.post(f"/_mock/tasks/{task}", json={"status": "completed"})

    assert response.status_code == 409


def test_a_scripted_end_can_be_overridden(user: TestClient, new_task: Callable[..., str]) -> None:
    task = new_task(prompt="a boat [mock: queue-9s end-cancelled]")

    row = user.post(f"/_mock/tasks/{task}", json={"status": "completed"}).json()

    assert row["status"] == "completed"


def test_tasks_are_listed_by_account(user: TestClient, new_task: Callable[..., str]) -> None:
    task = new_task()
    user.post(CREATE, json=BODY, headers={"Authorization": "Bearer sk-other"})

    [row] = user.get("/_mock/tasks", params={"account": "key-1"}).json()["tasks"]

    assert (row["task_id"], row["account"], row["status"]) == (task, "key-1", "pending")
    assert len(user.get("/_mock/tasks").json()["tasks"]) == 2


def test_tasks_are_read_once_for_all_accounts(
    client: TestClient, app: MockApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2, 3, 1):
        client.post(CREATE, json=BODY, headers={"Authorization": f"Bearer sk-{number}"})
    store, reads = app.state.service.store, []
    read_tasks = store.tasks

    async def counted_tasks(owner: str | None = None) -> Sequence[Task]:
        reads.append(owner)
        tasks: Sequence[Task] = await read_tasks(owner)
        return tasks

    monkeypatch.setattr(store, "tasks", counted_tasks)
    rows = client.get("/_mock/tasks").json()["tasks"]

    assert [row["account"] for row in rows] == ["key-1", "key-1", "key-2", "key-3"]
    assert reads == [None]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{ACCOUNTS}/key-9"),
        ("GET", f"{ACCOUNTS}/key-9/clock"),
        ("DELETE", f"{ACCOUNTS}/key-9"),
        ("POST", "/_mock/tasks/ldtask_9"),
        ("GET", "/_mock/why/req_9"),
        ("GET", "/_mock/nothing"),
    ],
)
def test_unknown_names_are_404(method: str, path: str, client: TestClient) -> None:
    body = {"status": "failed"} if method == "POST" else None

    assert client.request(method, path, json=body).status_code == 404


def test_a_status_filter_has_three_digits(client: TestClient) -> None:
    assert client.get("/_mock/journal", params={"status": "5" * 5_000}).status_code == 400


@pytest.mark.parametrize("place", ["polls", "any"])
@pytest.mark.parametrize("path", ["journal", "export", "events"])
def test_a_place_that_no_entry_has_is_refused(path: str, place: str, client: TestClient) -> None:
    response = client.get(f"/_mock/{path}", params={"place": place})

    assert response.status_code == 400
    assert "place is one of create, poll" in response.json()["error"]["message"]


def test_control_requests_are_not_journaled(open_account: OpenAccount, client: TestClient) -> None:
    open_account()
    client.get(ACCOUNTS)

    assert client.get("/_mock/journal").json()["entries"] == []


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/_mock/words"), ("GET", "/_mock/nowhere"), ("GET", "/healthz")]
)
def test_paths_outside_the_api_are_not_journaled(
    method: str, path: str, client: TestClient
) -> None:
    client.request(method, path)

    assert client.get("/_mock/journal").json()["entries"] == []


def test_head_of_events_ends_at_once(client: TestClient) -> None:
    assert client.head("/_mock/events").headers["Content-Type"].startswith("text/event-stream")


def test_events_refuse_a_filter_that_is_no_status(client: TestClient) -> None:
    assert client.get("/_mock/events?status=none").status_code == 400
