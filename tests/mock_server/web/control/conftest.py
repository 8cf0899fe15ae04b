"""A fixture of the tests for the control API."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient


@pytest.fixture
def open_account(client: TestClient) -> Callable[..., dict[str, Any]]:
    """Give a function that opens the account of the key sk-test. Its name is key-1."""

    def open_account(**fields: object) -> dict[str, Any]:
        response = client.post("/_mock/accounts", json={"key": "sk-test", **fields})
        assert response.status_code == 200, response.text
        account: dict[str, Any] = response.json()
        return account

    return open_account
