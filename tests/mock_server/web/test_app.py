from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

Create = Callable[..., str]

CREATE = "/v1/videos/generations"
UNKNOWN_TASK = "/v1/tasks/ldtask_" + "0" * 32


def test_an_application_needs_no_settings() -> None:
    with TestClient(create_app(), headers={"Authorization": "Bearer sk-test"}) as user:
        task = user.post(CREATE, json={"model": "seedance-2.0", "prompt": "a cat"}).json()

        assert user.get(task["poll_url"]).json()["status"] == "pending"


def test_two_applications_share_nothing(user: TestClient, new_task: Create) -> None:
    task = new_task()

    with TestClient(create_app(), headers=dict(user.headers)) as other:
        assert other.get(f"/v1/tasks/{task}").status_code == 404


def test_health_needs_no_key(client: TestClient) -> None:
    response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.parametrize(
    "path",
    [
        "/v1/models",
        "/v1/models?view=compact",
        "/v1/models?view=tiny",
        "/v1/models/seedance-2.0",
        "/v1/models/unknown",
        "/v1/models/seedance-2.0/pricing",
        "/v1/pricing",
        "/healthz",
        "/nowhere",
        UNKNOWN_TASK,
    ],
)
def test_head_is_get_without_the_body(path: str, user: TestClient) -> None:
    get, head = user.get(path), user.head(path)

    assert (head.status_code, head.content) == (get.status_code, b"")
    assert stable(dict(head.headers)) == stable(dict(get.headers))


def stable(headers: dict[str, str]) -> dict[str, str]:
    """Drop what differs between two responses."""
    return {name: headers[name] for name in headers.keys() - {"date", "x-request-id"}}


def test_head_of_a_task_is_a_poll(user: TestClient, new_task: Create, clock: ManualClock) -> None:
    task = new_task()
    clock.advance(5)

    head = user.head(f"/v1/tasks/{task}")

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["X-Billing-Transaction-ID"].startswith("btx_")


@pytest.mark.parametrize(
    ("path", "methods"),
    [
        (CREATE, {"POST"}),
        (f"{CREATE}/ldtask_1", {"GET", "HEAD"}),
        ("/v1/tasks/ldtask_1", {"GET", "HEAD", "DELETE"}),
        ("/v1/models", {"GET", "HEAD"}),
        ("/v1/models/seedance-2.0", {"GET", "HEAD"}),
        ("/v1/models/seedance-2.0/pricing", {"GET", "HEAD"}),
        ("/v1/pricing", {"GET", "HEAD"}),
        ("/assets/ldtask_1/video.mp4", {"GET", "HEAD"}),
        ("/healthz", {"GET", "HEAD"}),
    ],
)
def test_405_lists_every_method(path: str, methods: set[str], user: TestClient) -> None:
    response = user.patch(path)

    assert response.status_code == 405
    # In the same order after every start.
    assert response.headers["Allow"].split(", ") == sorted(methods)
    assert response.json()["error"]["code"] == "method_not_allowed"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1",
        "/v1/models/",
        "/v1/tasks/",
        "/v1/videos",
        "/v1/videos/generations/",
        "/V1/models",
        "//v1/models",
        "/v1/models/seedance-2.0/pricing/",
    ],
)
def test_other_paths_are_404(path: str, user: TestClient) -> None:
    response = user.get(f"http://127.0.0.1:8000{path}")

    assert response.status_code == 404
    assert response.json()["error"]["type"] == "not_found_error"


def test_request_ids_differ(user: TestClient) -> None:
    ids = {user.get("/v1/models").headers["X-Request-ID"] for _ in range(20)}

    assert len(ids) == 20


def test_request_id_of_the_client_is_not_taken(user: TestClient) -> None:
    response = user.get("/v1/models", headers={"X-Request-ID": "mine"})

    assert response.headers["X-Request-ID"].startswith("req_")


@pytest.mark.parametrize("path", ["/nowhere", UNKNOWN_TASK, "/v1/models/unknown"])
def test_error_repeats_its_request_id(path: str, user: TestClient) -> None:
    response = user.get(path)

    assert response.json()["error"]["request_id"] == response.headers["X-Request-ID"]


def test_odd_task_id_is_not_repeated(user: TestClient) -> None:
    response = user.get("/v1/tasks/sk-planted")

    assert response.status_code == 404
    assert "X-Task-ID" not in response.headers
    assert "sk-planted" not in response.text


def test_refusal_of_a_task_names_the_task(user: TestClient) -> None:
    response = user.get(UNKNOWN_TASK)

    assert response.headers["X-Task-ID"] == UNKNOWN_TASK.rpartition("/")[2]


def test_a_websocket_is_refused(client: TestClient) -> None:
    with pytest.raises(WebSocketDisconnect), client.websocket_connect("/v1/models"):
        pass


def test_the_application_can_be_mounted() -> None:
    outer = Starlette(routes=[Mount("/mock", create_app())])

    with TestClient(outer) as client:
        assert client.get("/mock/v1/models").json()["object"] == "list"


@pytest.mark.anyio
async def test_a_lifespan_that_is_cancelled_closes_the_store(tmp_path: Path) -> None:
    app = create_app(Settings(store=f"sqlite:{tmp_path / 'mock.db'}"))

    with pytest.raises(asyncio.CancelledError):
        async with app.router.lifespan_context(app):
            raise asyncio.CancelledError

    assert [path.name for path in tmp_path.iterdir()] == ["mock.db"]


def test_the_end_of_the_lifespan_closes_the_store(tmp_path: Path) -> None:
    settings = Settings(store=f"sqlite:{tmp_path / 'mock.db'}")

    with TestClient(create_app(settings)) as client:
        client.get("/v1/models")

    # SQLite removes its log when the last connection to the file is closed.
    assert [path.name for path in tmp_path.iterdir()] == ["mock.db"]
    with TestClient(create_app(settings)) as client:
        [entry] = client.get("/_mock/journal").json()["entries"]
    assert entry["target"] == "/v1/models"
