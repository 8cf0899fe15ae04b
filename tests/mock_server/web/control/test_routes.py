from __future__ import annotations

from starlette.testclient import TestClient

from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

ACCOUNTS = "/_mock/accounts"


def test_405_names_the_methods(client: TestClient) -> None:
    response = client.put(ACCOUNTS)

    assert response.status_code == 405
    assert {"GET", "POST", "DELETE"} <= set(response.headers["Allow"].split(", "))


def test_head_is_allowed(client: TestClient) -> None:
    assert client.head(ACCOUNTS).status_code == 200


def test_control_can_be_switched_off() -> None:
    with TestClient(create_app(Settings(control=False))) as client:
        assert client.get(ACCOUNTS).status_code == 404
