from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import Settings

Create = Callable[..., str]
Poll = Callable[[str], Any]

CREATE = "/v1/videos/generations"

tolerant = pytest.mark.parametrize("settings", [Settings(tolerant=True)], ids=["tolerant"])


@tolerant
@pytest.mark.parametrize(
    "fields",
    [{"style": "anime"}, {"Prompt": "text", "x": None}, {"metadata": {"deep": [1, {}]}}],
    ids=["word", "other-case", "object"],
)
def test_tolerant_server_accepts_unknown_fields(
    fields: dict[str, object], new_task: Create
) -> None:
    assert new_task(**fields)


@tolerant
@pytest.mark.parametrize(
    ("fields", "header"),
    [
        ({}, None),
        ({"style": "anime", "Prompt": "text"}, "style, Prompt"),
        ({"sk-planted": 1, "Größe": 1, "a\r\nb": 1, "x": 1}, "(unnamed), x"),
        (
            {f"f{number}": 1 for number in range(17)},
            ", ".join(f"f{number}" for number in range(16)) + ", ...",
        ),
    ],
    ids=["none", "two", "unprintable", "many"],
)
def test_tolerant_server_names_ignored_fields(
    fields: dict[str, object], header: str | None, user: TestClient
) -> None:
    response = user.post(CREATE, json={"model": "seedance-2.0", "prompt": "a cat", **fields})

    assert response.status_code == 200
    assert response.headers.get("Mock-Ignored") == header


@tolerant
@pytest.mark.parametrize(
    ("fields", "param"),
    [
        ({"style": "anime", "duration": 16}, "duration"),
        ({"style": "anime", "fps": 24}, "fps"),
        ({"style": "anime", "image_url": "https://example.com/i.png"}, "image_url"),
        ({"style": "anime", "service_tier": "flex"}, "service_tier"),
    ],
    ids=["limit", "foreign", "input", "tier"],
)
def test_tolerant_server_keeps_the_other_rules(
    fields: dict[str, object], param: str, user: TestClient
) -> None:
    body = {"model": "seedance-2.0", "operation": "text-to-video", "prompt": "a cat", **fields}

    response = user.post(CREATE, json=body)

    assert response.status_code == 400
    assert [entry["field"] for entry in response.json()["validation_errors"]] == [param]


@pytest.mark.parametrize(
    ("settings", "start"),
    [
        (Settings(public_url="https://mock.example.com"), "https://mock.example.com/assets/"),
        (Settings(public_url="http://10.0.0.7:9/base"), "http://10.0.0.7:9/base/assets/"),
        (Settings(), "http://127.0.0.1:8000/assets/"),
    ],
    ids=["host", "host-and-path", "none"],
)
def test_results_are_under_the_public_url(
    start: str, new_task: Create, poll: Poll, clock: ManualClock
) -> None:
    task = new_task(return_last_frame=True)

    clock.advance(5)

    body = poll(task)
    urls = (body["video_url"], body["video"]["url"], body["last_frame_url"])
    assert all(url.startswith(f"{start}{task}/") for url in urls)


@pytest.mark.parametrize("host", ["mock.local", "mock.local:9000", "[::1]:9000", "10.0.0.7:80"])
def test_results_are_under_the_requested_host(
    host: str, user: TestClient, new_task: Create, clock: ManualClock
) -> None:
    task = new_task()
    clock.advance(5)

    body = user.get(f"/v1/tasks/{task}", headers={"Host": host}).json()

    assert body["video_url"].startswith(f"http://{host}/assets/")


@pytest.mark.parametrize("host", ["", "a/b", 'a"b', "a b", "user@host", "x" * 256], ids=repr)
def test_invalid_host_is_not_repeated(
    host: str, user: TestClient, new_task: Create, clock: ManualClock
) -> None:
    task = new_task()
    clock.advance(5)

    body = user.get(f"/v1/tasks/{task}", headers={"Host": host}).json()

    assert body["video_url"].startswith("http://127.0.0.1:8000/assets/")


def test_older_path_shows_the_same_task(
    user: TestClient, new_task: Create, poll: Poll, clock: ManualClock
) -> None:
    task = new_task()
    clock.advance(5)

    response = user.get(f"{CREATE}/{task}")

    assert response.json() == poll(task)
    assert response.headers["X-Billing-Transaction-ID"] == response.json()["billing_transaction_id"]


def test_unfinished_task_has_no_billing_id(user: TestClient, new_task: Create) -> None:
    response = user.get(f"/v1/tasks/{new_task()}")

    assert "X-Billing-Transaction-ID" not in response.headers


def test_billing_ids_are_unique(new_task: Create, poll: Poll, clock: ManualClock) -> None:
    tasks = [new_task(), new_task()]
    clock.advance(5)

    first, second = (poll(task)["billing_transaction_id"] for task in tasks)

    assert first != second
    assert not any(task in (first, second) for task in tasks)
