"""Idempotency, lists and deletes of v3, on every store."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import Settings
from seedance_mock.stores import TaskChange
from seedance_mock.web.app import MockApp, create_app

TASKS = "/api/v3/contents/generations/tasks"
BODY = {
    "model": "doubao-seedance-2-0-260128",
    "content": [{"type": "text", "text": "A kite above a harbour"}],
}


def create(
    client: TestClient, key: str, idempotency_key: str = "", **fields: Any
) -> httpx2.Response:
    headers = {"Authorization": f"Bearer {key}"}
    if idempotency_key:
        headers["Idempotency-Key"] = idempotency_key
    return client.post(TASKS, json={**BODY, **fields}, headers=headers)


def listed(client: TestClient, key: str, query: str = "") -> dict[str, Any]:
    response = client.get(f"{TASKS}?{query}", headers={"Authorization": f"Bearer {key}"})
    assert response.status_code == 200, response.text
    page: dict[str, Any] = response.json()
    return page


def test_a_key_makes_one_task_and_one_reservation(client: TestClient) -> None:
    first, second = (create(client, "sk-a", "job-1") for _ in range(2))
    other_key = create(client, "sk-b", "job-1")

    assert first.json() == second.json()
    assert "Idempotency-Replayed" not in first.headers
    assert second.headers["Idempotency-Replayed"] == "true"
    assert other_key.json() != first.json()
    assert listed(client, "sk-a")["total"] == 1


def test_another_body_is_a_conflict(client: TestClient) -> None:
    create(client, "sk-a", "job-1")

    response = create(client, "sk-a", "job-1", duration=6)

    assert (response.status_code, response.json()["error"]["code"]) == (409, "IdempotencyConflict")
    assert listed(client, "sk-a")["total"] == 1


def test_a_key_is_free_again_when_its_task_is_gone(client: TestClient) -> None:
    key = "sk-mock-wire-ark--a"
    first = create(client, key, "job-1").json()["id"]
    client.post("/_mock/accounts/key-1/clock", json={"advance_s": 600})
    headers = {"Authorization": f"Bearer {key}"}

    assert client.delete(f"{TASKS}/{first}", headers=headers).json() == {}
    assert client.get(f"{TASKS}/{first}", headers=headers).status_code == 404

    again = create(client, key, "job-1")
    assert again.status_code == 200
    assert again.json()["id"] != first


def test_a_key_is_free_again_when_its_task_is_evicted(clock: ManualClock) -> None:
    app = create_app(Settings(max_tasks=1), clock=clock)
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        first = create(client, "sk-a", "job-1").json()["id"]
        clock.advance(600)
        create(client, "sk-b")

        again = create(client, "sk-a", "job-1")

    assert again.status_code == 200
    assert again.json()["id"] != first


def test_a_create_in_progress_is_refused(client: TestClient, clock: ManualClock) -> None:
    key = "sk-mock-idempotency-hold-5s--a"
    first = create(client, key, "job-1")

    early = create(client, key, "job-1")
    clock.advance(5)
    late = create(client, key, "job-1")

    assert (early.status_code, early.headers["Retry-After"]) == (409, "5")
    assert early.json()["error"]["code"] == "IdempotencyRequestInProgress"
    assert late.json() == first.json()


def test_a_list_shows_the_tasks_of_its_account(client: TestClient) -> None:
    mine = [create(client, "sk-a").json()["id"] for _ in range(3)]
    create(client, "sk-b")

    page = listed(client, "sk-a", "page_size=2")

    assert [item["id"] for item in page["items"]] == [mine[2], mine[1]]
    assert page["total"] == 3
    assert listed(client, "sk-a", f"filter.task_ids={mine[0]}&filter.task_ids=cgt-x")["total"] == 1


def test_the_maker_keeps_its_forms(client: TestClient) -> None:
    key = "sk-mock-wire-ark--a"
    task_id = create(client, key, tools=[{"type": "web_search"}]).json()["id"]
    client.post("/_mock/accounts/key-1/clock", json={"advance_s": 600})

    [item] = listed(client, key)["items"]

    assert item["id"] == task_id
    assert (item["duration"], item["tools"], item["error"]) == (5, [{"type": "web_search"}], None)


def test_the_maker_shows_no_duration_before_the_end(client: TestClient) -> None:
    key = "sk-mock-wire-ark.clock-frozen--a"
    create(client, key)

    [item] = listed(client, key)["items"]

    assert (item["status"], item["error"]) == ("queued", None)
    assert {"duration", "tools"}.isdisjoint(item)


def test_a_task_is_found_in_its_own_dialect_only(client: TestClient) -> None:
    headers = {"Authorization": "Bearer sk-a"}
    v3_id = create(client, "sk-a").json()["id"]
    body = {"model": "seedance-2.0", "prompt": "A kite"}
    v1_id = client.post("/v1/videos/generations", json=body, headers=headers).json()["id"]

    paths = [f"/v1/tasks/{v3_id}", f"{TASKS}/{v1_id}"]

    assert [client.get(path, headers=headers).status_code for path in paths] == [404, 404]


def test_a_running_task_is_not_deleted_by_the_maker_either(client: TestClient) -> None:
    key = "sk-mock-wire-ark.queue-0s.run-60s--a"
    task_id = create(client, key).json()["id"]

    response = client.delete(f"{TASKS}/{task_id}", headers={"Authorization": f"Bearer {key}"})

    assert (response.status_code, response.json()["error"]["code"]) == (
        409,
        "OperationDenied.InvalidState",
    )


def test_an_added_key_sees_the_tasks_of_its_workspace(client: TestClient) -> None:
    task_id = create(client, "sk-a").json()["id"]
    client.post("/_mock/accounts", json={"key": "sk-added", "workspace": "key-1"})

    response = client.get(f"{TASKS}/{task_id}", headers={"Authorization": "Bearer sk-added"})

    assert response.json()["id"] == task_id


def test_seeded_ids_repeat(client: TestClient) -> None:
    ids = []
    for _ in range(2):
        ids.append(create(client, "sk-mock-seed-7.clock-frozen--a").json()["id"])
        client.delete("/_mock/accounts")

    assert ids[0] == ids[1]


@pytest.mark.parametrize(
    "query",
    ["limit=1", "page_num=1&page_num=2", "&".join(["filter.task_ids=a"] * 501)],
)
def test_a_wrong_query_is_refused(client: TestClient, query: str) -> None:
    response = client.get(f"{TASKS}?{query}", headers={"Authorization": "Bearer sk-a"})

    assert (response.status_code, response.json()["error"]["type"]) == (400, "BadRequest")


def test_the_clients_id_of_a_request_is_echoed(client: TestClient) -> None:
    headers = {"Authorization": "Bearer sk-a"}

    echoed = client.get(TASKS, headers={**headers, "X-Client-Request-Id": "2026-abc"})
    hidden = client.get(TASKS, headers={**headers, "X-Client-Request-Id": "a secret?"})

    assert echoed.headers["X-Client-Request-Id"] == "2026-abc"
    assert "X-Client-Request-Id" not in hidden.headers


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("20260401120000ABCDEF", "20260401120000ABCDEF"),
        ("task-7", "task-7"),
        ("a" * 129, None),
        ("sk-a", None),
        ("id-mt-a", None),
        ("a secret?", None),
    ],
)
@pytest.mark.parametrize("key", ["sk-a", "sk-mock-list-503--a", "nothing"])
def test_the_journal_has_the_clients_id_of_a_request(
    client: TestClient, sent: str, shown: str | None, key: str
) -> None:
    headers = {"Authorization": f"Bearer {key}", "X-Client-Request-Id": sent}

    client.get(TASKS, headers=headers)
    client.get("/v1/models", headers=headers)

    v3, v1 = client.get("/_mock/journal").json()["entries"]
    assert (v3["client_request_id"], v1["client_request_id"]) == (shown, None)
    sentences = client.get(f"/_mock/why/{v3['request_id']}").json()["why"]
    assert (f"Its client calls it {shown}." in sentences) == (shown is not None)
    [exported, _] = client.get("/_mock/export").json()["log"]["entries"]
    assert exported["_client_request_id"] == shown


def test_a_create_that_loses_a_race_returns_the_task_of_the_winner(
    client: TestClient, app: MockApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = create(client, "sk-a", "job-1")
    store = app.state.service.store
    entry, seen_too_early = store.entry, [True]

    async def entry_too_early(*arguments: Any) -> Any:
        # The look-up of the second request has come before the first one has stored its key.
        return None if seen_too_early and seen_too_early.pop() else await entry(*arguments)

    monkeypatch.setattr(store, "entry", entry_too_early)
    second = create(client, "sk-a", "job-1")

    assert second.json() == first.json()
    assert second.headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize("is_deleted", [False, True])
def test_a_list_reads_a_task_again_that_changes_meanwhile(
    client: TestClient, app: MockApp, monkeypatch: pytest.MonkeyPatch, is_deleted: bool
) -> None:
    task_id = create(client, "sk-mock-clock-frozen--a").json()["id"]
    client.post("/_mock/accounts/key-1/clock", json={"advance_s": 600})
    store = app.state.service.store
    commit, refused = store.commit, [True]

    async def commit_later(*changes: Any) -> bool:
        if not refused or not any(isinstance(change, TaskChange) for change in changes):
            return bool(await commit(*changes))
        refused.clear()
        if is_deleted:
            [task] = await store.tasks()
            await commit(TaskChange(task, None))
        return False

    monkeypatch.setattr(store, "commit", commit_later)

    [item] = listed(client, "sk-mock-clock-frozen--a")["items"]

    assert (item["id"], item["status"]) == (task_id, "succeeded")


def test_no_id_makes_v1_show_a_task_of_v3(client: TestClient, app: MockApp) -> None:
    create(client, "sk-a")
    stored = client.portal.call(app.state.service.store.tasks) if client.portal else []

    paths = [f"/v1/tasks/{task.id}" for task in stored]
    statuses = [
        client.get(path, headers={"Authorization": "Bearer sk-a"}).status_code for path in paths
    ]

    assert statuses == [404]
