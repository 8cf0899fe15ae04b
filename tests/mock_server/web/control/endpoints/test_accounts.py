from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import Settings

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
ACCOUNTS = "/_mock/accounts"
OpenAccount = Callable[..., dict[str, Any]]


def test_an_account_is_opened_by_its_key(
    open_account: OpenAccount, client: TestClient, clock: ManualClock
) -> None:
    account = open_account(words="end-failed", balance_usd="2.50")

    assert (account["name"], account["words"]) == ("key-1", "end-failed")
    assert (account["granted_usd"], account["balance_usd"]) == ("2.50", "2.50")
    assert account["clock"] == {"mode": "real", "now": clock()}
    assert account["ledger"] == []
    assert "sk-test" not in str(account)


@pytest.mark.parametrize("settings", [Settings(keys=frozenset({"sk-listed"}))], ids=["keys"])
def test_a_key_that_the_server_refuses_has_no_account(client: TestClient) -> None:
    refused = client.post(ACCOUNTS, json={"key": "sk-typo"})
    opened = client.post(ACCOUNTS, json={"key": "sk-listed"})

    assert (refused.status_code, refused.json()["error"]["param"]) == (400, "key")
    assert "the keys of --key only" in refused.json()["error"]["message"]
    assert [row["name"] for row in client.get(ACCOUNTS).json()["accounts"]] == [
        opened.json()["name"]
    ]


def test_words_apply_to_new_tasks(
    open_account: OpenAccount, user: TestClient, new_task: Callable[..., str], clock: ManualClock
) -> None:
    open_account(words="end-failed")
    task = new_task()
    clock.advance(5)

    assert user.get(f"/v1/tasks/{task}").json()["status"] == "failed"


def test_new_words_reset_the_counters(open_account: OpenAccount, user: TestClient) -> None:
    open_account(words="models-503")
    first_status = user.get("/v1/models").status_code

    user.post(f"{ACCOUNTS}/key-1", json={"words": "models-500"})

    assert [first_status, user.get("/v1/models").status_code] == [503, 500]
    assert user.get("/v1/models").status_code == 200


def test_new_words_apply_to_running_tasks(
    open_account: OpenAccount, user: TestClient, new_task: Callable[..., str]
) -> None:
    open_account(words="poll-429")
    task = new_task()
    first_status = user.get(f"/v1/tasks/{task}").status_code

    user.post(f"{ACCOUNTS}/key-1", json={"words": "poll-503"})

    assert [first_status, user.get(f"/v1/tasks/{task}").status_code] == [429, 503]


def test_a_balance_is_set_and_topped_up(
    open_account: OpenAccount, user: TestClient, new_task: Callable[..., str]
) -> None:
    open_account(balance_usd="1.00")
    new_task()

    account = user.post(f"{ACCOUNTS}/key-1", json={"top_up_usd": "0.50"}).json()

    assert account["granted_usd"] == "1.50"
    assert account["balance_usd"] == "0.76332353"
    assert account["reserved_usd"] == "0.73667647"


def test_a_set_balance_is_what_is_left(
    open_account: OpenAccount, user: TestClient, new_task: Callable[..., str]
) -> None:
    open_account(balance_usd="1.00")
    new_task()

    account = user.post(f"{ACCOUNTS}/key-1", json={"balance_usd": "9"}).json()

    assert (account["balance_usd"], account["granted_usd"]) == ("9.00000000", "9.73667647")


def test_unlimited_credit_stays_unlimited(open_account: OpenAccount, client: TestClient) -> None:
    open_account()

    account = client.post(f"{ACCOUNTS}/key-1", json={"top_up_usd": "1"}).json()

    assert (account["granted_usd"], account["balance_usd"]) == (None, None)


def test_the_ledger_is_settled_when_read(
    open_account: OpenAccount, user: TestClient, new_task: Callable[..., str], clock: ManualClock
) -> None:
    open_account(balance_usd="5")
    tasks = [new_task(), new_task()]
    user.delete(f"/v1/tasks/{tasks[1]}")
    clock.advance(5)

    account = user.get(f"{ACCOUNTS}/key-1").json()

    assert [row["task_id"] for row in account["ledger"]] == tasks
    assert [row["charged_usd"] for row in account["ledger"]] == ["0.73667647", "0"]
    assert (account["reserved_usd"], account["charged_usd"]) == ("0.00000000", "0.73667647")


def test_accounts_are_listed(client: TestClient) -> None:
    for key in ("sk-a", "sk-b"):
        client.get("/v1/models", headers={"Authorization": f"Bearer {key}"})

    accounts = client.get(ACCOUNTS).json()["accounts"]

    assert [account["name"] for account in accounts] == ["key-1", "key-2"]


def test_an_account_is_reset(client: TestClient) -> None:
    key = {"Authorization": "Bearer sk-mock-models-503--a"}
    client.get("/v1/models", headers=key)
    client.post(CREATE, json=BODY, headers=key)
    client.post(f"{ACCOUNTS}/key-1", json={"words": "down"})

    account = client.delete(f"{ACCOUNTS}/key-1").json()

    assert (account["words"], account["ledger"]) == ("models-503", [])
    assert client.get("/_mock/journal").json()["entries"] == []
    assert client.get("/v1/models", headers=key).status_code == 503
    assert client.get("/v1/models", headers=key).status_code == 200


def test_everything_is_reset(user: TestClient, new_task: Callable[..., str]) -> None:
    task = new_task()

    assert user.delete(ACCOUNTS).json() == {"accounts": []}

    assert user.get(f"/v1/tasks/{task}").status_code == 404
    assert [account["name"] for account in user.get(ACCOUNTS).json()["accounts"]] == ["key-1"]


def test_advance_takes_effect_at_once(
    open_account: OpenAccount, user: TestClient, new_task: Callable[..., str]
) -> None:
    open_account(mode="frozen")
    task, statuses = new_task(), []

    for seconds in (1, 4):
        user.post(f"{ACCOUNTS}/key-1/clock", json={"advance_s": seconds})
        statuses.append(user.get(f"/v1/tasks/{task}").json()["status"])

    assert statuses == ["processing", "completed"]


def test_a_clock_is_read_and_changed(
    open_account: OpenAccount, client: TestClient, clock: ManualClock
) -> None:
    start = open_account()["clock"]["now"]

    clock_state = client.post(
        f"{ACCOUNTS}/key-1/clock", json={"mode": "x20", "advance_s": 1}
    ).json()
    clock.advance(2)

    assert clock_state == {"mode": "x20", "now": start + 1}
    assert client.get(f"{ACCOUNTS}/key-1/clock").json() == {"mode": "x20", "now": start + 41}


def test_unknown_words_change_nothing(open_account: OpenAccount, client: TestClient) -> None:
    open_account(words="busy")

    response = client.post(f"{ACCOUNTS}/key-1", json={"words": "bussy"})

    assert response.json()["error"]["did_you_mean"] == "busy"
    assert client.get(f"{ACCOUNTS}/key-1").json()["words"] == "busy"


def test_unknown_words_open_no_account(client: TestClient) -> None:
    assert client.post(ACCOUNTS, json={"key": "sk-1", "words": "bussy"}).status_code == 400
    assert client.get(ACCOUNTS).json() == {"accounts": []}


def test_a_mode_keeps_words_and_balance(client: TestClient) -> None:
    key = "sk-mock-balance-50c--a"
    client.post(ACCOUNTS, json={"key": key})
    client.post(f"{ACCOUNTS}/key-1", json={"top_up_usd": "1"})

    for _ in range(40):
        account = client.post(ACCOUNTS, json={"key": key, "mode": "frozen"}).json()

    assert (account["words"], account["balance_usd"]) == ("balance-50c", "1.5")


def test_the_word_balance_sets_what_is_left(
    open_account: OpenAccount, user: TestClient, new_task: Callable[..., str]
) -> None:
    open_account(balance_usd="1.00")
    new_task()

    account = user.post(f"{ACCOUNTS}/key-1", json={"words": "balance-50c"}).json()

    assert account["balance_usd"] == "0.50000000"


def test_time_stops_at_the_year_9999(open_account: OpenAccount, user: TestClient) -> None:
    open_account(mode="frozen")
    for _ in range(260):
        user.post(f"{ACCOUNTS}/key-1/clock", json={"advance_s": 1e9})

    response = user.get("/v1/models")

    assert response.headers["Date"] == "Fri, 31 Dec 9999 23:59:59 GMT"


def test_the_list_has_settled_amounts(
    user: TestClient, new_task: Callable[..., str], clock: ManualClock
) -> None:
    new_task()
    [before] = user.get("/_mock/accounts").json()["accounts"]
    clock.advance(60)

    [after] = user.get("/_mock/accounts").json()["accounts"]

    assert (before["charged_usd"], after["reserved_usd"]) == ("0", "0.00000000")
    assert after["charged_usd"] == before["reserved_usd"]
