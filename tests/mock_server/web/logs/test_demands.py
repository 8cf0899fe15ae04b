"""What the journal records of a response's demands, and of a key in the wrong place."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import wall_time

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
KEY = "sk-planted-key-4711"

Read = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def journal(client: TestClient) -> Read:
    """Give a function that reads the journal."""

    def read() -> list[dict[str, Any]]:
        entries: list[dict[str, Any]] = client.get("/_mock/journal").json()["entries"]
        return entries

    return read


def with_key(key: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {key}"}


def test_an_ordinary_response_demands_nothing(user: TestClient, journal: Read) -> None:
    user.get(f"/v1/tasks/{user.post(CREATE, json=BODY).json()['id']}")

    create, poll = journal()
    assert (create["response"], poll["response"]) == (None, None)
    assert (create["host"], poll["host"]) == ("127.0.0.1:8000", "127.0.0.1:8000")
    assert (create["exposed"], create["complete"]) == ([], True)
    assert 0 <= wall_time() - create["started"] < 60


@pytest.mark.parametrize(
    ("words", "response"),
    [
        (
            "create-429 retry-mixed",
            {
                "retry_after": "3",
                "error": {"code": "rate_limit_exceeded", "retryable": True, "retry_after": 1},
            },
        ),
        ("create-504 refusal-bare", {"error": {}}),
        ("create-redirect", {"location": "http://localhost:8000"}),
    ],
)
def test_a_demand_is_recorded(
    words: str, response: object, client: TestClient, journal: Read
) -> None:
    client.event_hooks["response"].clear()
    key = f"sk-mock-{words.replace(' ', '.')}--a"
    client.post(CREATE, json=BODY, headers=with_key(key), follow_redirects=False)

    assert journal()[0]["response"] == response


def test_a_cut_response_is_incomplete(client: TestClient, journal: Read) -> None:
    client.event_hooks["response"].clear()
    with suppress(ConnectionAbortedError):
        client.post(CREATE, json=BODY, headers=with_key("sk-mock-create-cut--a"))

    assert (journal()[0]["status"], journal()[0]["complete"]) == (200, False)


@pytest.mark.parametrize("size", [1, 5_000])
def test_equal_bodies_have_equal_digests(size: int, user: TestClient, journal: Read) -> None:
    for prompt in ("a" * size, "a" * size, "b" * size):
        user.post(CREATE, json={**BODY, "prompt": prompt})

    first, second, other = (entry["job"] for entry in journal())
    assert first == second != other
    assert len(first) == 16


def test_a_key_in_the_wrong_place_is_recorded(client: TestClient, journal: Read) -> None:
    headers = {**with_key(KEY), "X-API-Key": KEY, "Cookie": f"a=b; key={KEY}", "X-Trace": "1"}
    client.post(f"{CREATE}?key={KEY}", json={**BODY, "user": KEY}, headers=headers)

    assert journal()[0]["exposed"] == ["target", "header cookie", "header x-api-key", "body"]
    assert KEY not in str(journal())


@pytest.mark.parametrize(
    ("host", "shown"), [("127.0.0.1:80", "127.0.0.1:80"), (KEY, None), ("a/b", None)]
)
def test_a_host_that_may_be_a_secret_is_hidden(
    host: str, shown: str | None, user: TestClient, journal: Read
) -> None:
    user.get("/v1/models", headers={"Host": host})

    assert journal()[0]["host"] == shown


def test_the_query_of_a_poll_url_is_shown(client: TestClient, journal: Read) -> None:
    client.headers.update(with_key("sk-mock-at-query--a"))
    url = client.post(CREATE, json=BODY).json()["poll_url"]
    client.get(url)
    client.get(url.replace("%2F", "/"))

    create, poll, decoded = journal()
    assert create["response"] == {"poll_url": url}
    assert (poll["target"], decoded["target"]) == (url, url.replace("sig=a%2Fb", "*=*"))
