from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.testing.live import live_server

CREATE = "/v1/videos/generations"
HEADER = "X-TokenLab-Delivery-Policy"
BODY = {"model": "seedance-2.0", "prompt": "a boat"}

Respond = Callable[..., Any]


@pytest.fixture
def respond(client: TestClient) -> Respond:
    """Give a function that creates a task with words, header values and fields."""

    def send(words: str = "", values: tuple[str, ...] = (), **fields: object) -> Any:
        key = f"sk-mock-{words}--delivery" if words else "sk-delivery"
        headers = [("Authorization", f"Bearer {key}"), *((HEADER, value) for value in values)]
        return client.post(CREATE, json=BODY | fields, headers=headers)

    return send


@pytest.mark.parametrize("policy", ["auto", "verified", "official", " auto\t"])
def test_documented_policy_is_accepted(policy: str, respond: Respond) -> None:
    assert respond(values=(policy,)).status_code == 200


@pytest.mark.parametrize(
    "values",
    [("fastest",), ("",), ("Auto",), ("auto, verified",), ("auto", "auto"), ("auto", "fastest")],
    ids=["unknown", "empty", "capital", "list", "twice", "second"],
)
def test_other_policy_is_400(values: tuple[str, ...], respond: Respond) -> None:
    response = respond(values=values)

    message = "must be one of auto, verified, official"
    assert response.status_code == 400
    assert response.json()["error"]["param"] == HEADER
    assert response.json()["validation_errors"] == [
        {"field": HEADER, "message": message, "code": "invalid_value"}
    ]


def test_value_of_a_policy_is_not_repeated(respond: Respond) -> None:
    assert "sk-planted" not in respond(values=("sk-planted",)).text


@pytest.mark.parametrize(
    ("word", "policy", "status"),
    [
        ("tiers-verified", "official", 503),
        ("tiers-verified", "verified", 200),
        ("tiers-verified", "auto", 200),
        ("tiers-official", "verified", 503),
        ("tiers-official", "official", 200),
        ("tiers-all", "official", 200),
        ("tiers-verified", None, 200),
    ],
)
def test_word_makes_a_tier_unavailable(
    word: str, policy: str | None, status: int, respond: Respond
) -> None:
    assert respond(word, () if policy is None else (policy,)).status_code == status


def test_unavailable_tier_is_the_documented_error(respond: Respond) -> None:
    response = respond("tiers-verified", ("official",))

    error = response.json()["error"]
    assert (error["type"], error["code"]) == ("all_channels_failed", "delivery_tier_unavailable")
    assert error["retryable"] is True
    assert error["request_id"] == response.headers["X-Request-ID"]
    assert "retry_after" not in error
    assert "Retry-After" not in response.headers


def test_invalid_request_is_refused_before_its_tier(respond: Respond) -> None:
    response = respond("tiers-verified", ("official",), duration=99)

    assert (response.status_code, response.json()["error"]["param"]) == (400, "duration")


@pytest.mark.parametrize("key", ["sk-mock-create-delivery-tier-unavailable--a", "sk-a"])
def test_clause_injects_the_error_once(key: str, client: TestClient) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    prompt = "a boat" if "mock" in key else "a boat [mock: create-delivery-tier-unavailable]"

    first, second = (
        client.post(CREATE, json=BODY | {"prompt": prompt}, headers=headers) for _ in range(2)
    )

    assert first.json()["error"]["code"] == "delivery_tier_unavailable"
    assert second.status_code == 200


def test_word_for_tiers_concerns_the_account(respond: Respond) -> None:
    response = respond(prompt="a boat [mock: tiers-official]")

    assert response.status_code == 400
    assert "concerns a whole account" in response.json()["error"]["message"]


def test_tier_is_unavailable_on_a_socket() -> None:
    import urllib3

    headers = {"Authorization": "Bearer sk-mock-tiers-verified--socket", HEADER: "official"}
    with live_server() as server, urllib3.PoolManager() as pool:
        refused = pool.request("POST", server.url + CREATE, json=BODY, headers=headers)
        accepted = pool.request(
            "POST", server.url + CREATE, json=BODY, headers=headers | {HEADER: "auto"}
        )

    assert refused.json()["error"]["code"] == "delivery_tier_unavailable"
    assert (refused.status, accepted.status) == (503, 200)


def test_journal_knows_the_header(respond: Respond, client: TestClient) -> None:
    respond(values=("auto",))

    [entry] = client.get("/_mock/journal").json()["entries"]
    assert entry["warnings"] == ["the operation was inferred; sending it explicitly is recommended"]


V3_CREATE = "/api/v3/contents/generations/tasks"
V3_BODY = {"model": "seedance-2.0", "content": [{"type": "text", "text": "a boat"}]}


@pytest.mark.parametrize(
    ("policy", "body", "status"),
    [
        ("auto", V3_BODY, 200),
        ("verified", V3_BODY, 200),
        ("official", V3_BODY, 503),
        ("official", {}, 400),
        ("fastest", {}, 400),
    ],
)
def test_v3_has_the_policy_too(
    client: TestClient, policy: str, body: dict[str, object], status: int
) -> None:
    headers = {"Authorization": "Bearer sk-mock-tiers-verified--v3", HEADER: policy}

    response = client.post(V3_CREATE, json=body, headers=headers)

    assert response.status_code == status
    if status == 400:
        param = HEADER if policy == "fastest" else "model"
        assert response.json()["error"]["param"] == param
