"""Accounts that are reset, and the names of accounts, on every store."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import Settings
from seedance_mock.stores import Store
from seedance_mock.web.app import create_app

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}


def create(client: TestClient, key: str) -> Any:
    return client.post(CREATE, json=BODY, headers={"Authorization": f"Bearer {key}"}).json()


def account_names(client: TestClient) -> list[str]:
    accounts = client.get("/_mock/accounts").json()["accounts"]
    return [account["name"] for account in accounts]


def test_a_reset_deletes_the_tasks_of_an_account(client: TestClient) -> None:
    first, second = create(client, "sk-a"), create(client, "sk-b")

    client.delete("/_mock/accounts/key-1")

    polls = [
        client.get(task["poll_url"], headers={"Authorization": f"Bearer {key}"}).status_code
        for task, key in ((first, "sk-a"), (second, "sk-b"))
    ]
    assert polls == [404, 200]


def test_a_reset_restores_what_the_key_says(client: TestClient) -> None:
    key = "sk-mock-balance-500c--a"
    create(client, key)
    client.post("/_mock/accounts/key-1", json={"words": "balance-100c", "top_up_usd": "7"})

    account = client.delete("/_mock/accounts/key-1").json()

    assert account == client.get("/_mock/accounts/key-1").json()
    assert (account["name"], account["words"]) == ("key-1", "balance-500c")
    assert (account["balance_usd"], account["reserved_usd"], account["ledger"]) == ("5", "0", [])


def test_names_are_not_reused_after_a_reset(client: TestClient) -> None:
    create(client, "sk-a")
    client.delete("/_mock/accounts/key-1")

    create(client, "sk-b")

    assert sorted(account_names(client)) == ["key-1", "key-2"]


def test_names_start_again_after_a_full_reset(client: TestClient) -> None:
    for key in ("sk-a", "sk-b"):
        create(client, key)

    client.delete("/_mock/accounts")
    create(client, "sk-b")

    assert account_names(client) == ["key-1"]


def test_names_continue_after_a_restart(
    clock: ManualClock, make_store: Callable[[int], Store]
) -> None:
    store = make_store(100)
    for keys in (("sk-a", "sk-b"), ("sk-b", "sk-c")):
        with TestClient(create_app(Settings(), clock=clock, store=store)) as client:
            for key in keys:
                create(client, key)
            names = account_names(client)

    assert names == ["key-1", "key-2", "key-3"]


def test_two_servers_on_one_store_share_accounts(
    clock: ManualClock, make_store: Callable[[int], Store]
) -> None:
    store = make_store(100)
    first, second = (TestClient(create_app(clock=clock, store=store)) for _ in range(2))
    task = create(first, "sk-mock-poll-503--a")

    headers = {"Authorization": "Bearer sk-mock-poll-503--a"}
    statuses = [
        client.get(task["poll_url"], headers=headers).status_code for client in (first, second)
    ]

    assert statuses == [503, 200]
    create(second, "sk-b")
    assert account_names(first) == ["key-1", "key-2"]
