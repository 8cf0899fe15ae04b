"""A server that serves some of the models: the others are unknown, on v1 and on v3."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

CREATE = "/v1/videos/generations"
V3_TASKS = "/api/v3/contents/generations/tasks"
KEY = {"Authorization": "Bearer sk-a"}
SERVED = "seedance-2.0-fast"
OTHERS = ("seedance-2.0-mini", "seedance-2.5", "seedance-2-5")


@pytest.fixture
def settings() -> Settings:
    return Settings(models=(SERVED,))


def v1_create(client: TestClient, model: str, **fields: object) -> Any:
    return client.post(CREATE, json={"model": model, "prompt": "A kite", **fields}, headers=KEY)


def v3_create(client: TestClient, model: str) -> Any:
    body = {"model": model, "content": [{"type": "text", "text": "A kite"}]}
    return client.post(V3_TASKS, json=body, headers=KEY)


def without_id(response: Any, name: str) -> tuple[int, str]:
    """Return the status and the text of an error about a model, without the ids of the request."""
    error = {**response.json()["error"], "request_id": ""}
    error["message"] = error["message"].partition("Request id")[0]
    return response.status_code, json.dumps(error).replace(name, "NAME")


def test_v1_refuses_other_models_as_unknown_ones(client: TestClient) -> None:
    accepted = v1_create(client, SERVED)
    refused, unknown = v1_create(client, "seedance-2.5"), v1_create(client, "seedance-9.5")

    assert accepted.status_code == 200
    assert without_id(refused, "seedance-2.5") == without_id(unknown, "seedance-9.5")
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (400, "model_not_found")
    assert error["message"] == f"model must be one of {SERVED}"
    assert error["suggestions"] == [{"id": SERVED}]
    assert error["recommended_request"]["model"] == SERVED


def test_v3_refuses_other_models_as_unknown_ones(client: TestClient) -> None:
    accepted = v3_create(client, "doubao-seedance-2-0-fast-260128")
    refused = v3_create(client, "doubao-seedance-2-5-260628")
    unknown = v3_create(client, "doubao-seedance-9-5-260628")

    assert accepted.status_code == 200
    assert without_id(refused, "2-5") == without_id(unknown, "9-5")
    assert f"must be one of {SERVED}, doubao-seedance-2-0-fast-260128" in refused.text


@pytest.mark.parametrize("path", ["/v1/models/{}", "/v1/models/{}/pricing"])
def test_other_models_have_no_detail_and_no_price(client: TestClient, path: str) -> None:
    refused, unknown = (client.get(path.format(name)) for name in ("seedance-2.5", "seedance-9.5"))

    assert client.get(path.format(SERVED)).status_code == 200
    assert without_id(refused, "seedance-2.5") == without_id(unknown, "seedance-9.5")
    assert refused.json()["error"]["did_you_mean"] == SERVED


@pytest.mark.parametrize(
    "path",
    [
        "/v1/models",
        "/v1/models?view=compact&recommended_for=video",
        "/v1/pricing",
        "/llms.txt",
        "/openapi.json",
        "/openapi-v3.json",
        "/_mock/request-form",
        "/_mock/server",
    ],
)
def test_no_list_has_other_models(client: TestClient, path: str) -> None:
    text = client.get(path).text

    assert SERVED in text
    assert not [name for name in OTHERS if name in text]
    # Applications of one process have caches in common.
    assert OTHERS[0] in TestClient(create_app()).get(path).text


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("create-all-channels-failed", "all_channels_failed"),
        ("create-create-model-not-found", "model_not_found"),
        ("create-insufficient-balance", "insufficient_balance"),
    ],
)
def test_injected_errors_do_not_name_other_models(client: TestClient, word: str, code: str) -> None:
    headers = {"Authorization": f"Bearer sk-mock-{word}--a"}

    response = client.post(CREATE, json={"model": SERVED, "prompt": "A kite"}, headers=headers)

    assert response.json()["error"]["code"] == code
    assert not [name for name in OTHERS if name in response.text]


def test_an_error_about_money_suggests_served_models() -> None:
    models = ("seedance-2.0", SERVED)
    with TestClient(create_app(Settings(models=models))) as client:
        client.post("/_mock/accounts", json={"key": "sk-a", "balance_usd": "0.01"})
        response = v1_create(client, "seedance-2.0")

    assert response.status_code == 402
    assert response.json()["error"]["suggestions"] == [{"id": SERVED}]


def test_the_check_of_a_request_knows_the_served_models(client: TestClient) -> None:
    verdicts = [
        client.post("/_mock/validate", json={"model": model, "prompt": "A kite"}).json()
        for model in (SERVED, "seedance-2.5")
    ]

    assert [verdict["accepted"] for verdict in verdicts] == [True, False]
    assert verdicts[1]["rules"] == ["model.known"]


def test_materials_are_looked_up_for_served_models_only(client: TestClient) -> None:
    names = {"material_asset_id": "asset-20260101000000-abcde"}

    refused = v1_create(client, "seedance-2.5", operation="image-to-video", **names)

    assert refused.json()["error"]["message"] == f"model must be one of {SERVED}"


def test_tasks_of_other_models_stay_readable(tmp_path: Path) -> None:
    store = f"sqlite:{tmp_path / 'mock.db'}"
    with TestClient(create_app(Settings(store=store))) as client:
        v1_id = v1_create(client, "seedance-2.5").json()["id"]
        v3_id = v3_create(client, "seedance-2.5").json()["id"]

    with TestClient(create_app(Settings(store=store, models=(SERVED,)))) as client:
        v1_task = client.get(f"/v1/tasks/{v1_id}", headers=KEY)
        v3_task = client.get(f"{V3_TASKS}/{v3_id}", headers=KEY)
        listed = client.get(V3_TASKS, params={"filter.model": "seedance-2.5"}, headers=KEY)

    assert (v1_task.status_code, v1_task.json()["model"]) == (200, "seedance-2.5")
    assert (v3_task.status_code, v3_task.json()["model"]) == (200, "seedance-2.5")
    assert [item["id"] for item in listed.json()["items"]] == [v3_id]
