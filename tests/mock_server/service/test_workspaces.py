"""Keys that share a workspace, on every store: what they share, and what each has of its own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.accounts import MAX_KEYS
from seedance_mock.domain.clock import ManualClock

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
ACCOUNTS = "/_mock/accounts"
FIRST, SECOND, FOREIGN = "sk-first", "sk-second", "sk-foreign"


def bearer(key: str) -> Mapping[str, str]:
    return {"Authorization": f"Bearer {key}"}


def create(client: TestClient, key: str, **fields: object) -> Any:
    return client.post(CREATE, json={**BODY, **fields}, headers=bearer(key))


def task_of(client: TestClient, key: str) -> str:
    task_id: str = create(client, key).json()["id"]
    return task_id


def add(client: TestClient, key: str, **fields: object) -> Any:
    body = {"key": key, "workspace": "team", **fields}
    response = client.post(ACCOUNTS, json=body)
    assert response.status_code == 200, response.text
    return response.json()


def refusal(client: TestClient, **body: object) -> tuple[int, str]:
    response = client.post(ACCOUNTS, json=body)
    return response.status_code, response.json()["error"]["message"]


@pytest.fixture
def team(client: TestClient) -> TestClient:
    """Give a client of a server with a workspace of two keys."""
    add(client, FIRST, balance_usd="2.00")
    add(client, SECOND)
    return client


# What keys share


def test_keys_of_a_workspace_see_each_others_tasks(team: TestClient) -> None:
    first, second = task_of(team, FIRST), task_of(team, SECOND)

    statuses = [
        team.get(f"/v1/tasks/{task}", headers=bearer(key)).status_code
        for task in (first, second)
        for key in (FIRST, SECOND, FOREIGN)
    ]

    assert statuses == [200, 200, 403, 200, 200, 403]


def test_a_key_cancels_a_task_of_its_workspace(team: TestClient) -> None:
    task = task_of(team, FIRST)

    foreign = team.delete(f"/v1/tasks/{task}", headers=bearer(FOREIGN))
    cancelled = team.delete(f"/v1/tasks/{task}", headers=bearer(SECOND))

    assert foreign.json()["error"]["code"] == "task_not_owned"
    assert cancelled.json()["cancelled"] is True


def test_a_key_continues_a_video_of_its_workspace(team: TestClient, clock: ManualClock) -> None:
    task = task_of(team, FIRST)
    clock.advance(5)

    responses = [
        create(team, key, operation="video-extension", task_id=task) for key in (FOREIGN, SECOND)
    ]

    assert [response.status_code for response in responses] == [400, 200]
    assert "no such task of this workspace" in responses[0].json()["error"]["message"]


def test_keys_of_a_workspace_share_money(team: TestClient) -> None:
    responses = [create(team, key) for key in (FIRST, SECOND, SECOND)]

    assert [response.status_code for response in responses] == [200, 200, 402]
    assert responses[2].json()["error"]["code"] == "insufficient_balance"


def test_keys_of_a_workspace_share_words_and_counters(team: TestClient) -> None:
    team.post(f"{ACCOUNTS}/team", json={"words": "models-503x2"})

    statuses = [
        team.get("/v1/models", headers=bearer(key)).status_code for key in (FIRST, SECOND, FIRST)
    ]

    assert statuses == [503, 503, 200]


def test_keys_of_a_workspace_share_a_clock(team: TestClient) -> None:
    add(team, SECOND, mode="frozen")
    task = task_of(team, FIRST)

    team.post(f"{ACCOUNTS}/team/clock", json={"advance_s": 5})

    polls = [team.get(f"/v1/tasks/{task}", headers=bearer(key)).json() for key in (FIRST, SECOND)]
    assert [poll["status"] for poll in polls] == ["completed", "completed"]


def test_the_journal_has_the_name_of_the_workspace(team: TestClient) -> None:
    for key in (FIRST, SECOND, FOREIGN):
        team.get("/v1/models", headers=bearer(key))

    entries = team.get("/_mock/journal").json()["entries"]

    assert [entry["account"] for entry in entries] == ["team", "team", "key-1"]


# What a key has of its own


@pytest.mark.parametrize(
    ("revoked", "statuses"), [(FIRST, [401, 200]), (SECOND, [200, 401])], ids=["first", "second"]
)
def test_a_key_is_revoked_alone(revoked: str, statuses: list[int], team: TestClient) -> None:
    task = task_of(team, FIRST)

    team.post(ACCOUNTS, json={"key": revoked, "words": "revoked"})

    polls = [team.get(f"/v1/tasks/{task}", headers=bearer(key)) for key in (FIRST, SECOND)]
    assert [poll.status_code for poll in polls] == statuses


def test_an_added_key_can_expire(team: TestClient) -> None:
    team.post(ACCOUNTS, json={"key": SECOND, "words": "key-expired"})

    response = team.get("/v1/models", headers=bearer(SECOND))

    assert response.json()["error"]["code"] == "expired_api_key"


def test_each_key_has_its_own_rate_limit(team: TestClient) -> None:
    team.post(ACCOUNTS, json={"key": FIRST, "words": "limit-1"})
    team.post(ACCOUNTS, json={"key": SECOND, "words": "limit-2"})

    responses = [
        team.get("/v1/models", headers=bearer(key))
        for key in (FIRST, FIRST, SECOND, SECOND, SECOND)
    ]

    assert [response.status_code for response in responses] == [200, 429, 200, 200, 429]
    assert responses[3].headers["X-RateLimit-Limit"] == "2"


def test_an_added_key_can_have_no_rate_limit(team: TestClient) -> None:
    team.post(ACCOUNTS, json={"key": FIRST, "words": "limit-1"})

    responses = [team.get("/v1/models", headers=bearer(SECOND)) for _ in range(2)]

    assert [response.status_code for response in responses] == [200, 200]
    assert "X-RateLimit-Limit" not in responses[1].headers


def test_each_key_has_its_own_quota(team: TestClient) -> None:
    for key in (FIRST, SECOND):
        team.post(ACCOUNTS, json={"key": key, "words": "quota-100c"})

    responses = [create(team, key) for key in (FIRST, SECOND, FIRST, SECOND)]

    assert [response.status_code for response in responses] == [200, 200, 402, 402]
    codes = {response.json()["error"]["code"] for response in responses[2:]}
    assert codes == {"quota_exceeded"}


def test_a_task_counts_for_the_key_that_created_it(team: TestClient, clock: ManualClock) -> None:
    tasks = [task_of(team, SECOND), task_of(team, FIRST)]
    reserved = team.get(f"{ACCOUNTS}/team").json()
    team.delete(f"/v1/tasks/{tasks[0]}", headers=bearer(FIRST))
    clock.advance(5)

    settled = team.get(f"{ACCOUNTS}/team").json()

    assert spent(reserved) == ["0.73667647", "0.73667647"]
    assert spent(settled) == ["0.73667647", "0.00000000"]
    assert settled["charged_usd"] == "0.73667647"


def spent(account: Any) -> list[str]:
    return [key["spent_usd"] for key in account["keys"]]


# How keys are added


def test_a_workspace_is_opened_by_its_first_key(client: TestClient) -> None:
    account = add(client, FIRST, words="end-failed")

    assert (account["name"], account["words"]) == ("team", "end-failed")
    assert account == client.get(f"{ACCOUNTS}/team").json()


def test_a_key_is_added_to_a_numbered_account(client: TestClient) -> None:
    task = task_of(client, FIRST)

    account = client.post(ACCOUNTS, json={"key": SECOND, "workspace": "key-1"}).json()

    assert [row["task_id"] for row in account["ledger"]] == [task]
    assert client.get(f"/v1/tasks/{task}", headers=bearer(SECOND)).status_code == 200


def test_a_key_is_added_once(team: TestClient) -> None:
    account = add(team, SECOND, balance_usd="5")

    assert len(account["keys"]) == 2
    assert account["balance_usd"] == "5"


def test_an_added_key_keeps_its_own_words(client: TestClient) -> None:
    add(client, FIRST)
    account = add(client, "sk-mock-capped.limit-5--b")

    first, second = account["keys"]

    assert (account["words"], first["quota_usd"], first["requests_a_minute"]) == ("", None, None)
    assert (second["words"], second["quota_usd"], second["requests_a_minute"]) == (
        "capped.limit-5",
        "0",
        5,
    )


def test_no_key_is_shown(team: TestClient) -> None:
    text = team.get(ACCOUNTS).text + team.get(f"{ACCOUNTS}/team").text

    assert FIRST not in text
    assert SECOND not in text


def test_a_reset_keeps_the_keys(client: TestClient) -> None:
    second = "sk-mock-limit-5--b"
    add(client, FIRST)
    add(client, second, words="revoked")
    task_of(client, FIRST)

    account = client.delete(f"{ACCOUNTS}/team").json()

    assert (account["name"], account["ledger"]) == ("team", [])
    assert [key["words"] for key in account["keys"]] == ["", "limit-5"]
    assert spent(account) == ["0", "0"]
    assert client.get("/v1/models", headers=bearer(second)).status_code == 200


def test_a_full_reset_separates_the_keys(team: TestClient) -> None:
    team.delete(ACCOUNTS)
    task = task_of(team, FIRST)

    assert team.get(f"/v1/tasks/{task}", headers=bearer(SECOND)).status_code == 403


# What is refused


def test_a_key_stays_in_its_workspace(team: TestClient) -> None:
    status, message = refusal(team, key=SECOND, workspace="other")

    assert status == 400
    assert "the key belongs to team already" in message


@pytest.mark.parametrize("name", ["key-7", "sk-secret", "mt-token", "SK-secret"])
def test_a_reserved_name_opens_no_workspace(name: str, client: TestClient) -> None:
    status, message = refusal(client, key=FIRST, workspace=name)

    assert (status, client.get(ACCOUNTS).json()) == (400, {"accounts": []})
    assert "a new workspace needs a name that is not a key" in message
    assert name not in message


@pytest.mark.parametrize("words", ["create-503", "balance-5c", "busy", "limit-5.clock-frozen"])
def test_words_of_the_workspace_are_refused_for_an_added_key(words: str, team: TestClient) -> None:
    bodies = [
        {"key": SECOND, "words": words},
        {"key": "sk-third", "workspace": "team", "words": words},
        {"key": f"sk-mock-{words}--c", "workspace": "team"},
    ]

    refusals = [refusal(team, **body) for body in bodies]

    assert [status for status, _ in refusals] == [400, 400, 400]
    assert all("concerns the whole workspace" in message for _, message in refusals)
    assert len(team.get(f"{ACCOUNTS}/team").json()["keys"]) == 2


def test_the_number_of_keys_is_bounded(client: TestClient) -> None:
    for number in range(MAX_KEYS):
        add(client, f"sk-{number}")

    status, message = refusal(client, key="sk-last", workspace="team")

    assert (status, len(client.get(f"{ACCOUNTS}/team").json()["keys"])) == (400, MAX_KEYS)
    assert f"team has {MAX_KEYS} keys" in message
