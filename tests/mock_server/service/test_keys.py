from __future__ import annotations

import pytest
from starlette.testclient import TestClient

from seedance_mock.service.keys import key_digest
from seedance_mock.settings import Settings
from seedance_mock.web.auth import api_key

PATHS = ["/v1/models", "/v1/models/seedance-2.0", "/v1/models/seedance-2.0/pricing", "/v1/pricing"]
UNKNOWN_TASK = "/v1/tasks/ldtask_" + "0" * 32

pinned = pytest.mark.parametrize(
    "settings",
    [Settings(keys=frozenset({"sk-one", "sk-two"}), expired_keys=frozenset({"sk-old"}))],
    ids=["pinned"],
)


@pinned
@pytest.mark.parametrize(
    ("key", "status", "code"),
    [
        ("sk-one", 404, "async_task_not_found"),
        ("sk-two", 404, "async_task_not_found"),
        ("sk-three", 401, "invalid_api_key"),
        ("sk-one1", 401, "invalid_api_key"),
        ("sk-ONE", 401, "invalid_api_key"),
        ("sk-old", 401, "expired_api_key"),
    ],
)
def test_only_pinned_keys_are_accepted(
    key: str, status: int, code: str, client: TestClient
) -> None:
    response = client.get(UNKNOWN_TASK, headers={"Authorization": f"Bearer {key}"})

    assert (response.status_code, response.json()["error"]["code"]) == (status, code)


@pytest.mark.parametrize(
    "settings", [Settings(expired_keys=frozenset({"sk-old"}))], ids=["unpinned"]
)
@pytest.mark.parametrize(("key", "status"), [("sk-old", 401), ("sk-new", 404)])
def test_a_key_can_expire_without_pinned_keys(key: str, status: int, client: TestClient) -> None:
    response = client.get(UNKNOWN_TASK, headers={"Authorization": f"Bearer {key}"})

    assert response.status_code == status


@pinned
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 200),
        ({"Authorization": "Bearer sk-one"}, 200),
        ({"Authorization": "Bearer sk-three"}, 401),
        ({"Authorization": "Bearer sk-old"}, 401),
        ({"Authorization": "Bearer mt-one"}, 401),
        ({"Authorization": ""}, 401),
    ],
    ids=["none", "good", "unknown", "expired", "management", "empty"],
)
def test_a_public_route_validates_a_sent_key(
    headers: dict[str, str], status: int, path: str, client: TestClient
) -> None:
    assert client.get(path, headers=headers).status_code == status


@pytest.mark.parametrize(
    "value",
    [
        "Bearer sk-test",
        "bearer sk-test",
        "BEARER   sk-test",
        "Bearer sk-a.b_c~d+e/f-g==",
        " \tBearer sk-a\t ",
        "Bearer sk-" + "x" * 500,
    ],
    ids=["plain", "lower-case", "spaces", "alphabet", "white-space-around", "long"],
)
def test_a_well_formed_key_is_accepted(value: str, client: TestClient) -> None:
    assert client.get(UNKNOWN_TASK, headers={"Authorization": value}).status_code == 404


@pytest.mark.parametrize(
    "value",
    [
        "Bearer sk-",
        "Bearer sk-a b",
        "Bearer sk-a, Bearer sk-b",
        "Bearer sk-ü",
        "Bearersk-test",
        "Bearer\tsk-test",
        "Bearer sk-=a",
        "Bearer sk-" + "x" * 501,
        "Bearer mt-test",
    ],
    ids=[
        "no-rest",
        "space-inside",
        "two-in-one",
        "not-ascii",
        "no-space",
        "tab",
        "padding-first",
        "too-long",
        "management",
    ],
)
def test_a_malformed_key_is_refused(value: str, client: TestClient) -> None:
    response = client.get(UNKNOWN_TASK, headers=[(b"authorization", value.encode("latin-1"))])

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_two_keys_are_refused(client: TestClient) -> None:
    headers = [("Authorization", "Bearer sk-a"), ("Authorization", "Bearer sk-a")]

    assert client.get(UNKNOWN_TASK, headers=headers).status_code == 401


def test_a_management_token_is_recognized(client: TestClient) -> None:
    response = client.get(UNKNOWN_TASK, headers={"Authorization": "Bearer mt-secret"})

    assert "management token" in response.json()["error"]["message"]
    assert "mt-secret" not in response.text


def test_the_key_is_checked_before_the_body(client: TestClient) -> None:
    response = client.post("/v1/videos/generations", content=b"{")

    assert response.status_code == 401


@pytest.mark.parametrize("function", [api_key, key_digest])
def test_no_cache_stores_a_key(function: object) -> None:
    assert not hasattr(function, "cache_info")
