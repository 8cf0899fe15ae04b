"""Limits that words set: spending, requests a minute, and the requests that clauses count."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}


def create(client: TestClient, words: str, **fields: object) -> Any:
    headers = {"Authorization": f"Bearer sk-mock-{words}--a"}
    return client.post(CREATE, json={**BODY, **fields}, headers=headers)


def test_the_quota_is_spent_before_the_balance(client: TestClient) -> None:
    first, second = (create(client, "quota-100c.balance-500c") for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 402)
    assert second.json()["error"]["code"] == "quota_exceeded"


def test_a_request_beyond_the_rate_limit_is_a_429(client: TestClient, clock: ManualClock) -> None:
    responses = [create(client, "limit-2") for _ in range(3)]

    assert [response.status_code for response in responses] == [200, 200, 429]
    remaining = [response.headers["X-RateLimit-Remaining"] for response in responses]
    assert remaining == ["1", "0", "0"]
    assert responses[2].json()["error"]["retry_after"] == 60


def test_the_rate_limit_starts_again_after_a_minute(client: TestClient, clock: ManualClock) -> None:
    for _ in range(3):
        create(client, "limit-2")

    clock.advance(60)

    assert create(client, "limit-2").status_code == 200


@pytest.mark.parametrize(
    ("words", "statuses"),
    [
        ("create-503x2", [503, 503, 200]),
        ("create-503~2", [200, 503, 200]),
        ("any-429.create-500", [500, 200, 200]),
        ("create-504+", [504, 200, 200]),
    ],
)
def test_clauses_count_the_requests_of_an_account(
    words: str, statuses: list[int], client: TestClient
) -> None:
    assert [create(client, words).status_code for _ in range(3)] == statuses


def test_clauses_count_the_polls_of_each_task(client: TestClient) -> None:
    headers = {"Authorization": "Bearer sk-mock-poll-503--a"}
    urls = [create(client, "poll-503").json()["poll_url"] for _ in range(2)]

    statuses = [[client.get(url, headers=headers).status_code for _ in range(2)] for url in urls]

    assert statuses == [[503, 200], [503, 200]]


def test_a_prompt_counts_its_own_requests(client: TestClient) -> None:
    prompt = "a paper boat [mock: create-503]"

    statuses = [create(client, "ok", prompt=prompt).status_code for _ in range(2)]

    assert statuses == [503, 200]
    assert create(client, "ok", prompt=prompt + "!").status_code == 503


def test_polls_move_a_task_whose_clock_they_are(client: TestClient) -> None:
    headers = {"Authorization": "Bearer sk-mock-after-3polls--a"}
    url = create(client, "after-3polls").json()["poll_url"]

    statuses = [client.get(url, headers=headers).json()["status"] for _ in range(4)]

    assert statuses == ["processing", "processing", "completed", "completed"]
