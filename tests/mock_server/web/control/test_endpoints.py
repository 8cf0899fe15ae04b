from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from openapi_spec_validator import validate
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.scripting.vocabulary import PRESETS
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
ACCOUNTS = "/_mock/accounts"


def opened(client: TestClient, **members: object) -> dict[str, Any]:
    """Open the account of sk-test, which is key-1."""
    answer = client.post(ACCOUNTS, json={"key": "sk-test", **members})
    assert answer.status_code == 200, answer.text
    account: dict[str, Any] = answer.json()
    return account


def test_the_language_is_listed(client: TestClient) -> None:
    words = client.get("/_mock/words").json()

    assert [row["word"] for row in words["presets"]] == list(PRESETS)
    assert {"word": "lostreply", "means": "reset+"} in words["other_names"]


def test_an_account_is_opened_by_its_key(client: TestClient, clock: ManualClock) -> None:
    account = opened(client, words="end-failed", balance_usd="2.50")

    assert (account["name"], account["words"]) == ("key-1", "end-failed")
    assert (account["granted_usd"], account["balance_usd"]) == ("2.50", "2.50")
    assert account["clock"] == {"mode": "real", "now": clock()}
    assert account["ledger"] == []
    assert "sk-test" not in str(account)


def test_opened_words_hold_for_its_tasks(
    user: TestClient, new_task: Callable[..., str], clock: ManualClock
) -> None:
    opened(user, words="end-failed")
    task = new_task()
    clock.advance(5)

    assert user.get(f"/v1/tasks/{task}").json()["status"] == "failed"


def test_other_words_count_anew(user: TestClient) -> None:
    opened(user, words="models-503")
    first = user.get("/v1/models").status_code

    user.post(f"{ACCOUNTS}/key-1", json={"words": "models-500"})

    assert [first, user.get("/v1/models").status_code] == [503, 500]
    assert user.get("/v1/models").status_code == 200


def test_other_words_strike_running_tasks(user: TestClient, new_task: Callable[..., str]) -> None:
    opened(user, words="poll-429")
    task = new_task()
    first = user.get(f"/v1/tasks/{task}").status_code

    user.post(f"{ACCOUNTS}/key-1", json={"words": "poll-503"})

    assert [first, user.get(f"/v1/tasks/{task}").status_code] == [429, 503]


def test_a_balance_is_set_and_topped_up(user: TestClient, new_task: Callable[..., str]) -> None:
    opened(user, balance_usd="1.00")
    new_task()

    account = user.post(f"{ACCOUNTS}/key-1", json={"top_up_usd": "0.50"}).json()

    assert account["granted_usd"] == "1.50"
    assert account["balance_usd"] == "0.76332353"
    assert account["reserved_usd"] == "0.73667647"


def test_a_balance_set_later_is_what_is_left(
    user: TestClient, new_task: Callable[..., str]
) -> None:
    opened(user, balance_usd="1.00")
    new_task()

    account = user.post(f"{ACCOUNTS}/key-1", json={"balance_usd": "9"}).json()

    assert (account["balance_usd"], account["granted_usd"]) == ("9.00000000", "9.73667647")


def test_unlimited_credit_is_not_topped_up(client: TestClient) -> None:
    opened(client)

    account = client.post(f"{ACCOUNTS}/key-1", json={"top_up_usd": "1"}).json()

    assert (account["granted_usd"], account["balance_usd"]) == (None, None)


def test_the_ledger_is_settled_when_it_is_read(
    user: TestClient, new_task: Callable[..., str], clock: ManualClock
) -> None:
    opened(user, balance_usd="5")
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

    listed = client.get(ACCOUNTS).json()["accounts"]

    assert [account["name"] for account in listed] == ["key-1", "key-2"]


def test_one_account_is_put_back(client: TestClient) -> None:
    key = {"Authorization": "Bearer sk-mock-models-503--a"}
    client.get("/v1/models", headers=key)
    client.post(CREATE, json=BODY, headers=key)
    client.post(f"{ACCOUNTS}/key-1", json={"words": "down"})

    account = client.delete(f"{ACCOUNTS}/key-1").json()

    assert (account["words"], account["ledger"]) == ("models-503", [])
    assert client.get("/_mock/journal").json()["entries"] == []
    assert client.get("/v1/models", headers=key).status_code == 503
    assert client.get("/v1/models", headers=key).status_code == 200


def test_all_is_forgotten(user: TestClient, new_task: Callable[..., str]) -> None:
    task = new_task()

    assert user.delete(ACCOUNTS).json() == {"accounts": []}

    assert user.get(f"/v1/tasks/{task}").status_code == 404
    assert [one["name"] for one in user.get(ACCOUNTS).json()["accounts"]] == ["key-1"]


def test_when_advance_has_answered_the_state_holds(
    user: TestClient, new_task: Callable[..., str]
) -> None:
    opened(user, mode="frozen")
    task, shown = new_task(), []

    for seconds in (1, 4):
        user.post(f"{ACCOUNTS}/key-1/clock", json={"advance_s": seconds})
        shown.append(user.get(f"/v1/tasks/{task}").json()["status"])

    assert shown == ["processing", "completed"]


def test_a_clock_is_read_and_changed(client: TestClient, clock: ManualClock) -> None:
    began = opened(client)["clock"]["now"]

    changed = client.post(f"{ACCOUNTS}/key-1/clock", json={"mode": "x20", "advance_s": 1}).json()
    clock.advance(2)

    assert changed == {"mode": "x20", "now": began + 1}
    assert client.get(f"{ACCOUNTS}/key-1/clock").json() == {"mode": "x20", "now": began + 41}


@pytest.mark.parametrize("status", ["processing", "completed", "failed"])
def test_a_state_is_forced(status: str, user: TestClient, new_task: Callable[..., str]) -> None:
    task = new_task()

    row = user.post(f"/_mock/tasks/{task}", json={"status": status}).json()

    assert row["status"] == status
    assert user.get(f"/v1/tasks/{task}").json()["status"] == status


def test_an_ended_task_takes_no_other_state(user: TestClient, new_task: Callable[..., str]) -> None:
    task = new_task()
    user.post(f"/_mock/tasks/{task}", json={"status": "failed"})

    answer = user.post(f"/_mock/tasks/{task}", json={"status": "completed"})

    assert answer.status_code == 409


def test_tasks_are_listed_by_account(user: TestClient, new_task: Callable[..., str]) -> None:
    task = new_task()
    user.post(CREATE, json=BODY, headers={"Authorization": "Bearer sk-other"})

    [mine] = user.get("/_mock/tasks", params={"account": "key-1"}).json()["tasks"]

    assert (mine["task_id"], mine["account"], mine["status"]) == (task, "key-1", "pending")
    assert len(user.get("/_mock/tasks").json()["tasks"]) == 2


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (ACCOUNTS, {}, "key"),
        (ACCOUNTS, {"key": "pk-1"}, "key"),
        (ACCOUNTS, {"key": "sk-1", "colour": 1}, "colour"),
        (ACCOUNTS, {"key": "sk-1", "words": 5}, "words"),
        (ACCOUNTS, {"key": "sk-1", "balance_usd": "-1"}, "balance_usd"),
        (ACCOUNTS, {"key": "sk-1", "balance_usd": "٣"}, "balance_usd"),
        (ACCOUNTS, {"key": "sk-1", "mode": "fast"}, "mode"),
        (ACCOUNTS, {"key": "sk-1", "mode": "x2٣"}, "mode"),
        (f"{ACCOUNTS}/key-1/clock", {"advance_s": -1}, "advance_s"),
        (f"{ACCOUNTS}/key-1/clock", {"advance_s": True}, "advance_s"),
        ("/_mock/tasks/ldtask_1", {"status": "pending"}, "status"),
        ("/_mock/tasks/ldtask_1", {}, "status"),
    ],
)
def test_a_wrong_member_is_named(
    path: str, body: dict[str, object], field: str, client: TestClient
) -> None:
    opened(client)

    refusal = client.post(path, json=body)

    assert refusal.status_code == 400
    assert refusal.json()["error"]["param"] == field
    assert refusal.json()["validation_errors"][0]["field"] == field


def test_unknown_words_change_nothing(client: TestClient) -> None:
    opened(client, words="busy")

    refusal = client.post(f"{ACCOUNTS}/key-1", json={"words": "bussy"})

    assert refusal.json()["error"]["did_you_mean"] == "busy"
    assert client.get(f"{ACCOUNTS}/key-1").json()["words"] == "busy"


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"key": "sk-1", "key": "sk-2"}', b"\xff"])
def test_what_is_no_json_object_is_refused(content: bytes, client: TestClient) -> None:
    headers = {"Content-Type": "application/json"}

    assert client.post(ACCOUNTS, content=content, headers=headers).status_code == 400


def test_a_body_without_its_type_is_refused(client: TestClient) -> None:
    answer = client.post(ACCOUNTS, content=b'{"key": "sk-1"}')

    assert "Content-Type" in answer.json()["error"]["message"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{ACCOUNTS}/key-9"),
        ("GET", f"{ACCOUNTS}/key-9/clock"),
        ("DELETE", f"{ACCOUNTS}/key-9"),
        ("POST", "/_mock/tasks/ldtask_9"),
        ("GET", "/_mock/why/req_9"),
        ("GET", "/_mock/nothing"),
    ],
)
def test_what_is_not_there_is_404(method: str, path: str, client: TestClient) -> None:
    body = {"status": "failed"} if method == "POST" else None

    assert client.request(method, path, json=body).status_code == 404


def test_a_status_must_be_a_number(client: TestClient) -> None:
    assert client.get("/_mock/journal", params={"status": "5" * 5_000}).status_code == 400


def test_a_wrong_method_is_told_the_right_ones(client: TestClient) -> None:
    answer = client.put(ACCOUNTS)

    assert answer.status_code == 405
    assert {"GET", "POST", "DELETE"} <= set(answer.headers["Allow"].split(", "))


def test_a_head_request_is_a_get_without_body(client: TestClient) -> None:
    assert client.head(ACCOUNTS).status_code == 200


def test_control_can_be_switched_off() -> None:
    with TestClient(create_app(Settings(control=False))) as client:
        assert client.get(ACCOUNTS).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"Authorization": "Bearer no"}, 401), ({"Authorization": "Bearer open"}, 200)],
)
def test_a_token_is_asked_for(headers: dict[str, str], status: int) -> None:
    stranger = ("192.0.2.1", 1)
    with TestClient(create_app(Settings(control_token="open")), client=stranger) as client:
        assert client.get(ACCOUNTS, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("peer", "host", "status"),
    [
        ("127.0.0.1", "localhost:8000", 200),
        ("127.0.0.1", "127.0.0.1", 200),
        ("::1", "[::1]:8000", 200),
        ("192.0.2.1", "localhost", 403),
        ("a-name", "localhost", 403),
        ("127.0.0.1", "evil.example.com", 403),
    ],
)
def test_only_this_machine_has_control(peer: str, host: str, status: int) -> None:
    with TestClient(create_app(), client=(peer, 1)) as client:
        assert client.get(ACCOUNTS, headers={"Host": host}).status_code == status


def test_control_leaves_no_trace_in_the_journal(client: TestClient) -> None:
    opened(client)
    client.get(ACCOUNTS)

    assert client.get("/_mock/journal").json()["entries"] == []


def test_control_is_described(client: TestClient) -> None:
    document = client.get("/_mock/openapi.json").json()

    validate(document)
    assert document["paths"][ACCOUNTS].keys() == {"get", "post", "delete"}
    assert document["paths"]["/_mock/tasks/{id}"]["post"]["requestBody"]["required"] is True


@pytest.mark.parametrize("kind", ["text/plain;x=json", "application/jsonp", "text/json"])
def test_a_page_cannot_disguise_its_type(kind: str, client: TestClient) -> None:
    headers = {"Content-Type": kind}

    assert client.post(ACCOUNTS, content=b'{"key": "sk-1"}', headers=headers).status_code == 400


def test_an_empty_token_opens_nothing() -> None:
    stranger = ("192.0.2.1", 1)
    with TestClient(create_app(Settings(control_token="")), client=stranger) as client:
        assert client.get(ACCOUNTS).status_code == 403


def test_no_page_is_let_into_control() -> None:
    origin = {"Origin": "https://evil.example.com"}
    with TestClient(create_app(Settings(cors="any")), client=("127.0.0.1", 1)) as client:
        shared = client.get("/v1/models", headers=origin).headers
        kept = client.get(ACCOUNTS, headers={**origin, "Host": "localhost"}).headers

    assert "access-control-allow-origin" in shared
    assert "access-control-allow-origin" not in kept


def test_unknown_words_open_no_account(client: TestClient) -> None:
    assert client.post(ACCOUNTS, json={"key": "sk-1", "words": "bussy"}).status_code == 400
    assert client.get(ACCOUNTS).json() == {"accounts": []}


def test_a_mode_leaves_words_and_money_alone(client: TestClient) -> None:
    key = "sk-mock-balance-50c--a"
    client.post(ACCOUNTS, json={"key": key})
    client.post(f"{ACCOUNTS}/key-1", json={"top_up_usd": "1"})

    for _ in range(40):
        account = client.post(ACCOUNTS, json={"key": key, "mode": "frozen"}).json()

    assert (account["words"], account["balance_usd"]) == ("balance-50c", "1.5")


def test_words_of_balance_set_what_is_left(user: TestClient, new_task: Callable[..., str]) -> None:
    opened(user, balance_usd="1.00")
    new_task()

    account = user.post(f"{ACCOUNTS}/key-1", json={"words": "balance-50c"}).json()

    assert account["balance_usd"] == "0.50000000"


def test_a_task_to_be_cancelled_can_be_completed(
    user: TestClient, new_task: Callable[..., str]
) -> None:
    task = new_task(prompt="a boat [mock: queue-9s end-cancelled]")

    row = user.post(f"/_mock/tasks/{task}", json={"status": "completed"}).json()

    assert row["status"] == "completed"


def test_time_ends_with_the_year_9999(user: TestClient) -> None:
    opened(user, mode="frozen")
    for _ in range(260):
        user.post(f"{ACCOUNTS}/key-1/clock", json={"advance_s": 1e9})

    answer = user.get("/v1/models")

    assert (answer.status_code, answer.headers["Date"][-13:]) == (200, "9999 23:59:59 GMT"[-13:])


@pytest.mark.parametrize(
    ("method", "path"), [("PUT", "/_mock/words"), ("GET", "/_mock/nowhere"), ("GET", "/healthz")]
)
def test_what_is_no_api_is_not_journalled(method: str, path: str, client: TestClient) -> None:
    client.request(method, path)

    assert client.get("/_mock/journal").json()["entries"] == []


def test_events_can_be_asked_for_without_listening(client: TestClient) -> None:
    assert client.head("/_mock/events").headers["Content-Type"].startswith("text/event-stream")
