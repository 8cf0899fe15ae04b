"""Materials of the library as images of v3."""

from __future__ import annotations

from typing import Any

import httpx2
from starlette.testclient import TestClient

TASKS = "/api/v3/contents/generations/tasks"
HEADERS = {"Authorization": "Bearer sk-mock-clock-frozen.asset-ready-10s--a"}


def new_material(client: TestClient) -> str:
    body = {"asset_url": "https://media.example.com/harbour.png"}
    response = client.post("/v1/videos/assets", json=body, headers=HEADERS)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


def create(client: TestClient, asset_id: str, **headers: str) -> httpx2.Response:
    content: list[dict[str, Any]] = [
        {"type": "text", "text": "A kite above a harbour"},
        {"type": "image_url", "image_url": {"url": f"asset://{asset_id}"}},
    ]
    body = {"model": "doubao-seedance-2-0-260128", "content": content}
    return client.post(TASKS, json=body, headers={**HEADERS, **headers})


def test_a_material_is_used_once_it_is_ready(client: TestClient) -> None:
    asset_id = new_material(client)

    early = create(client, asset_id)
    client.post("/_mock/accounts/key-1/clock", json={"advance_s": 10})
    ready = create(client, asset_id)

    assert early.status_code == 409
    assert early.json()["error"] == {
        "code": "seedance_material_preparing",
        "message": early.json()["error"]["message"],
        "param": "content[1].image_url.url",
        "type": "Conflict",
    }
    assert ready.status_code == 200


def test_a_material_that_is_not_there_is_refused(client: TestClient) -> None:
    response = create(client, "asset-20260102030405-a1b2c")

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (400, "InvalidParameter")
    assert error["param"] == "content[1].image_url.url"


def test_a_replay_needs_no_material(client: TestClient) -> None:
    asset_id, key = new_material(client), {"Idempotency-Key": "one"}
    early = create(client, asset_id, **key)
    client.post("/_mock/accounts/key-1/clock", json={"advance_s": 10})
    first = create(client, asset_id, **key)

    client.delete(f"/v1/videos/assets/{asset_id}", headers=HEADERS)

    replay = create(client, asset_id, **key)
    assert (early.status_code, first.status_code, replay.status_code) == (409, 200, 200)
    assert replay.json() == first.json()
    assert create(client, asset_id, **{"Idempotency-Key": "two"}).status_code == 400
