from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

ACCOUNTS = "/_mock/accounts"
OpenAccount = Callable[..., dict[str, Any]]


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        (ACCOUNTS, {}, "key"),
        (ACCOUNTS, {"key": "pk-1"}, "key"),
        (ACCOUNTS, {"key": "sk-1", "colour": 1}, "colour"),
        (ACCOUNTS, {"key": "sk-1", "words": 5}, "words"),
        (ACCOUNTS, {"key": "sk-1", "workspace": ""}, "workspace"),
        (ACCOUNTS, {"key": "sk-1", "workspace": "a/b"}, "workspace"),
        (ACCOUNTS, {"key": "sk-1", "workspace": "key-9"}, "workspace"),
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
def test_an_invalid_field_is_named(
    open_account: OpenAccount, path: str, body: dict[str, object], field: str, client: TestClient
) -> None:
    open_account()

    response = client.post(path, json=body)

    assert response.status_code == 400
    assert response.json()["error"]["param"] == field
    assert response.json()["validation_errors"][0]["field"] == field
