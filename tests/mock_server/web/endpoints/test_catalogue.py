from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from seedance_contract.derived.overview import api_overview

FAMILY = ["seedance-2.0", "seedance-2.0-fast", "seedance-2.0-mini", "seedance-2.5"]


@pytest.mark.parametrize(
    ("query", "models"),
    [
        ("", FAMILY),
        ("category=video&provider=bytedance&tag=text-to-video&recommended_for=video", FAMILY),
        ("category=image", []),
        ("provider=openai", []),
        ("provider=", []),
        ("provider=Bytedance", []),
        ("tag=audio-output", FAMILY),
        ("tag=video-extension", FAMILY),
        ("tag=cheap", []),
        ("recommended_for=music", []),
        ("category=video&provider=openai", []),
        ("page=2&limit=1", FAMILY),
    ],
)
def test_filters_of_models_combine(query: str, models: list[str], client: TestClient) -> None:
    body = client.get(f"/v1/models?{query}").json()

    assert [model["id"] for model in body["data"]] == models


@pytest.mark.parametrize(
    ("query", "models"),
    [
        ("", FAMILY),
        ("provider=bytedance&tag=4k", []),
        ("provider=bytedance&tag=reference-to-video", FAMILY),
        ("provider=kling", []),
    ],
)
def test_filters_of_pricing_combine(query: str, models: list[str], client: TestClient) -> None:
    body = client.get(f"/v1/pricing?{query}").json()

    assert [entry["model"] for entry in body["data"]] == models


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("category=films", "category"),
        ("category=", "category"),
        ("recommended_for=chat", "recommended_for"),
        ("view=tiny", "view"),
        ("view=full&view=tiny", "view"),
    ],
)
def test_unknown_filter_value_names_its_field(query: str, param: str, client: TestClient) -> None:
    response = client.get(f"/v1/models?{query}")

    [entry] = response.json()["validation_errors"]
    assert response.status_code == 400
    assert response.json()["error"]["param"] == entry["field"] == param


def test_recommendation_ranks_models(client: TestClient) -> None:
    body = client.get("/v1/models?recommended_for=video").json()

    ranks = [
        model["tokenlab"]["agent_preferences"]["video"]["preferred_rank"] for model in body["data"]
    ]
    assert ranks == [1, 2, 3, 4]


def test_recommendation_ranks_compact_models(client: TestClient) -> None:
    body = client.get("/v1/models?recommended_for=video&view=compact").json()

    assert [model["recommendation"]["preferred_rank"] for model in body["data"]] == [1, 2, 3, 4]


@pytest.mark.parametrize("query", ["", "?view=compact"], ids=["full", "compact"])
def test_models_have_no_rank_by_default(query: str, client: TestClient) -> None:
    text = client.get(f"/v1/models{query}").text

    assert "preferred_rank" not in text


@pytest.mark.parametrize("path", ["/v1/models/{}", "/v1/models/{}/pricing"])
@pytest.mark.parametrize(
    ("requested", "suggested"),
    [
        ("seedance-2.0-fasst", "seedance-2.0-fast"),
        ("SEEDANCE-2.0-MINI", "seedance-2.0-mini"),
        ("seedance", "seedance-2.5"),
    ],
)
def test_unknown_model_gets_a_suggestion(
    path: str, requested: str, suggested: str, client: TestClient
) -> None:
    response = client.get(path.format(requested))

    error = response.json()["error"]
    assert response.status_code == 404
    assert (error["code"], error["did_you_mean"]) == ("model_not_found", suggested)


def test_unknown_model_name_is_not_repeated(client: TestClient) -> None:
    assert "sk-planted" not in client.get("/v1/models/sk-planted").text


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_overview_needs_no_key(method: str, client: TestClient) -> None:
    response = client.request(method, "/llms.txt", headers={"Authorization": "nonsense"})

    assert response.status_code == 200
    assert response.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert response.headers["X-Request-ID"]
    assert response.text == (api_overview() if method == "GET" else "")


def test_overview_takes_no_other_method(client: TestClient) -> None:
    response = client.post("/llms.txt")

    assert response.status_code == 405
    assert {*response.headers["Allow"].split(", ")} == {"GET", "HEAD"}
