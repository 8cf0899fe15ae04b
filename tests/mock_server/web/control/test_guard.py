from __future__ import annotations

import json
import logging
from http.client import HTTPConnection

import pytest
from starlette.testclient import TestClient

from seedance_mock.settings import Settings
from seedance_mock.testing.live import live_server
from seedance_mock.web.app import create_app

ACCOUNTS = "/_mock/accounts"


@pytest.mark.parametrize(
    ("headers", "status"),
    [({}, 401), ({"Authorization": "Bearer no"}, 401), ({"Authorization": "Bearer open"}, 200)],
)
def test_remote_clients_need_the_token(headers: dict[str, str], status: int) -> None:
    remote_peer = ("192.0.2.1", 1)
    with TestClient(create_app(Settings(control_token="open")), client=remote_peer) as client:
        assert client.get(ACCOUNTS, headers=headers).status_code == status


def test_an_empty_token_admits_nobody() -> None:
    remote_peer = ("192.0.2.1", 1)
    with TestClient(create_app(Settings(control_token="")), client=remote_peer) as client:
        assert client.get(ACCOUNTS).status_code == 403


@pytest.mark.parametrize(
    ("peer", "host", "status"),
    [
        ("127.0.0.1", "localhost:8000", 200),
        ("127.0.0.1", "127.0.0.1", 200),
        ("::1", "[::1]:8000", 200),
        ("::ffff:127.0.0.1", "127.0.0.1", 200),
        ("127.0.0.1", "LOCALHOST:8000", 200),
        ("127.0.0.1", "testserver", 200),
        ("::ffff:192.0.2.1", "localhost", 403),
        ("192.0.2.1", "localhost", 403),
        ("a-name", "localhost", 403),
        ("127.0.0.1", "evil.example.com", 403),
    ],
)
def test_only_this_machine_needs_no_token(peer: str, host: str, status: int) -> None:
    with TestClient(create_app(), client=(peer, 1)) as client:
        assert client.get(ACCOUNTS, headers={"Host": host}).status_code == status


def test_control_has_no_cors_headers() -> None:
    origin = {"Origin": "https://evil.example.com"}
    with TestClient(create_app(Settings(cors="any")), client=("127.0.0.1", 1)) as client:
        api_headers = client.get("/v1/models", headers=origin).headers
        control_headers = client.get(ACCOUNTS, headers={**origin, "Host": "localhost"}).headers

    assert "access-control-allow-origin" in api_headers
    assert "access-control-allow-origin" not in control_headers


@pytest.mark.parametrize(
    ("method", "site", "status"),
    [
        ("DELETE", "cross-site", 403),
        # Another port of this machine.
        ("DELETE", "same-site", 403),
        ("DELETE", "same-origin", 200),
        ("GET", "cross-site", 200),
    ],
)
def test_pages_of_other_origins_change_nothing(
    method: str, site: str, status: int, client: TestClient
) -> None:
    assert client.request(method, ACCOUNTS, headers={"Sec-Fetch-Site": site}).status_code == status


def test_the_name_of_the_test_client_is_local_in_process_only() -> None:
    with live_server() as server:
        port = int(server.url.rpartition(":")[2])
        connection = HTTPConnection("127.0.0.1", port, timeout=5)
        connection.request("GET", ACCOUNTS, headers={"Host": "testserver"})
        response = connection.getresponse()
        error = json.loads(response.read())["error"]
        connection.close()

    assert (response.status, error["code"]) == (403, "control_refused")


@pytest.mark.parametrize(
    ("token", "peer", "reason"),
    [
        (None, "192.0.2.1", "not from this machine"),
        (None, "127.0.0.1", "Host is no local name"),
        ("open", "192.0.2.1", "the control token is needed"),
    ],
)
def test_the_log_says_why_control_is_refused(
    token: str | None, peer: str, reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="seedance_mock.access")
    app = create_app(Settings(control_token=token, log_format="text"))
    with TestClient(app, client=(peer, 1)) as client:
        client.get(ACCOUNTS, headers={"Host": "evil.example.com"})

    assert f"({reason})" in caplog.text
