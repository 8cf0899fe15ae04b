from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock

BODY = {"model": "seedance-2.0", "prompt": "A paper boat", "return_last_frame": True}
KEY = {"Authorization": "Bearer sk-test"}


@pytest.fixture
def create(client: TestClient) -> Callable[..., str]:
    """Give a function that creates a task with words in its prompt, and returns its id."""

    def create(words: str = "queue-10s run-20s") -> str:
        body = {**BODY, "prompt": f"A paper boat [mock: {words}]"}
        response = client.post("/v1/videos/generations", json=body, headers=KEY)
        task_id: str = response.json()["id"]
        return task_id

    return create


def row_of(client: TestClient) -> dict[str, Any]:
    """Return the row of the only task."""
    [row] = client.get("/_mock/tasks").json()["tasks"]
    return dict(row)


def test_a_row_has_the_course_of_its_task(
    client: TestClient, create: Callable[..., str], clock: ManualClock
) -> None:
    created = clock()
    create()
    clock.advance(12)

    row = row_of(client)

    assert (row["created"], row["now"]) == (created, created + 12)
    assert (row["starts_at"], row["ends_at"]) == (created + 10, created + 30)
    assert row["video"] == {
        "resolution": "720p",
        "ratio": "16:9",
        "seconds": 5,
        "width": 1280,
        "height": 720,
        "audio": True,
    }
    assert (row["cancelled"], row["failure"], row["files"]) == (False, None, [])


@pytest.mark.parametrize(
    ("words", "status", "starts", "ends"),
    [
        ("queue-10s run-20s", "cancelled", False, True),
        ("queue-10s run-20s", "expired", False, True),
        ("queue-10s run-20s", "held", False, False),
        ("queue-0s run-20s", "held", True, False),
        ("queue-0s run-0s", None, True, True),
    ],
)
def test_what_never_happens_has_no_time(
    words: str,
    status: str | None,
    starts: bool,
    ends: bool,
    client: TestClient,
    create: Callable[..., str],
) -> None:
    task_id = create(words)
    if status is not None:
        client.post(f"/_mock/tasks/{task_id}", json={"status": status})

    row = row_of(client)

    assert (row["starts_at"] is not None, row["ends_at"] is not None) == (starts, ends)
    assert row["cancelled"] == (status == "cancelled")


def test_a_task_fails_for_a_reason(client: TestClient, create: Callable[..., str]) -> None:
    path = f"/_mock/tasks/{create()}"

    row = client.post(path, json={"status": "failed", "failure": "No GPU"}).json()

    assert (row["status"], row["failure"]) == ("failed", "No GPU")


def test_only_a_failure_has_a_reason(client: TestClient, create: Callable[..., str]) -> None:
    body = {"status": "completed", "failure": "No GPU"}

    response = client.post(f"/_mock/tasks/{create()}", json=body)

    assert response.status_code == 400
    assert response.json()["error"]["param"] == "failure"


def test_a_result_is_read_without_a_trace(client: TestClient, create: Callable[..., str]) -> None:
    task_id = create("asset-503x0 queue-0s run-0s")
    requests = len(client.get("/_mock/journal").json()["entries"])

    row = row_of(client)
    types = [
        client.get(f"/_mock/tasks/{task_id}/files/{name}").headers["Content-Type"]
        for name in row["files"]
    ]

    assert types == ["video/mp4", "image/png"]
    assert len(client.get("/_mock/journal").json()["entries"]) == requests


def test_a_part_of_a_result_can_be_read(client: TestClient, create: Callable[..., str]) -> None:
    path = f"/_mock/tasks/{create('queue-0s run-0s')}/files/video.mp4"

    part = client.get(path, headers={"Range": "bytes=4-7"})

    assert (part.status_code, part.content) == (206, b"ftyp")


@pytest.mark.parametrize(
    ("words", "name"), [("end-never", "video.mp4"), ("queue-0s run-0s", "other.mp4")]
)
def test_a_missing_result_is_404(
    words: str, name: str, client: TestClient, create: Callable[..., str]
) -> None:
    assert client.get(f"/_mock/tasks/{create(words)}/files/{name}").status_code == 404


def test_a_result_of_no_task_is_404(client: TestClient) -> None:
    assert client.get("/_mock/tasks/ldtask_9/files/video.mp4").status_code == 404


def test_a_task_of_v3_is_found_in_any_account(client: TestClient) -> None:
    body = {
        "model": "doubao-seedance-2-0-260128",
        "content": [{"type": "text", "text": "A paper boat"}],
    }
    ids = [
        client.post(
            "/api/v3/contents/generations/tasks",
            json=body,
            headers={"Authorization": f"Bearer sk-{name}"},
        ).json()["id"]
        for name in "ab"
    ]

    found = [client.post(f"/_mock/tasks/{id}", json={"status": "completed"}) for id in ids]
    other = client.post("/_mock/tasks/cgt-20260102030405-aaaaa", json={"status": "completed"})

    assert [response.status_code for response in found] == [200, 200]
    assert other.status_code == 404


def test_the_last_tasks_are_those_created_last(
    client: TestClient, create: Callable[..., str]
) -> None:
    ids = [create() for _ in range(3)]

    listed = client.get("/_mock/tasks", params={"last": 2}).json()

    assert [row["task_id"] for row in listed["tasks"]] == ids[1:]
    assert listed["total"] == 3
    assert client.get("/_mock/tasks", params={"last": 0}).status_code == 400
