"""The target: what it sends, when it stops, and what it holds back."""

from decimal import Decimal
from email.message import Message
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import pytest

from seedance_contract.server.budget import Budget
from seedance_contract.server.errors import UnexercisedError, UnreachableError
from seedance_contract.server.http.exchange import Exchange
from seedance_contract.server.http.log import ExchangeLog
from seedance_contract.server.http.target import Target
from seedance_mock.testing.live import LiveServer


def ignore(exchange: Exchange, log: ExchangeLog) -> None:
    """Observe nothing."""


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://", "nonsense"])
def test_only_http_urls_are_allowed(url: str) -> None:
    with pytest.raises(ValueError, match="is no URL"):
        Target(url, Budget(None), ignore)


def test_missing_server_is_unreachable() -> None:
    target = Target("http://127.0.0.1:1", Budget(None), ignore)

    for _ in range(3):
        with pytest.raises(UnreachableError, match="refused"):
            target.send("GET", "/v1/models")
    with pytest.raises(UnreachableError, match="stopped responding"):
        target.send("GET", "/v1/models")


def test_every_target_of_a_server_has_its_own_log(seedance_server: LiveServer) -> None:
    target = Target(seedance_server.url, Budget(None), ignore)
    log = ExchangeLog()

    response = target.with_log(log).send("GET", "/healthz")

    assert [exchange.response for exchange in log.exchanges] == [response]
    assert target.log.entries == ()


def test_request_without_a_response_is_logged() -> None:
    target = Target("http://127.0.0.1:1", Budget(None), ignore)

    with pytest.raises(UnreachableError):
        target.send("GET", "/v1/models")

    [exchange] = target.log.exchanges
    assert (exchange.request.path, exchange.response) == ("/v1/models", None)


def test_environment_changes_no_request(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    headers: list[Message] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers.append(self.headers)
            self.send_response_only(204)
            self.end_headers()

    netrc = tmp_path / "netrc"
    netrc.write_text("default login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        # Nothing listens there.
        monkeypatch.setenv(name, "http://127.0.0.1:1")

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.handle_request).start()
        target = Target(f"http://127.0.0.1:{server.server_port}", Budget(None), ignore)
        response = target.send("GET", "/v1/tasks/x")

    assert response.status == 204
    assert [message["Authorization"] for message in headers] == [None]


def test_request_and_response_are_logged(seedance_server: LiveServer) -> None:
    target = Target(seedance_server.url + "/", Budget(None), ignore)
    key = seedance_server.key()

    response = target.send("POST", "/v1/videos/generations", key=key, body={"prompt": "it's"})

    [exchange] = target.log.exchanges
    request = exchange.request
    assert exchange.response is response
    assert exchange.started_at < exchange.answered_at <= exchange.ended_at
    assert request.url == f"{seedance_server.url}/v1/videos/generations"
    assert request.headers["Authorization"] == f"Bearer {key}"
    assert request.body == b'{"prompt": "it\'s"}'
    assert response.status == 400


def test_repairable_body_is_held_back() -> None:
    target = Target("http://127.0.0.1:1", Budget(Decimal(0)), ignore)
    body = b'{"model": "seedance-2.0", "prompt": "\xff"}'

    with pytest.raises(UnexercisedError, match="it would be billed"):
        target.send("POST", "/v1/videos/generations", key="sk-one", body=body)


def test_refused_request_does_not_block_the_next(seedance_server: LiveServer) -> None:
    target = Target(seedance_server.url, Budget(Decimal(0)), ignore)
    key = seedance_server.key()

    statuses = [
        target.send("POST", "/v1/videos/generations", key=key, body=[]).status for _ in range(2)
    ]

    assert statuses == [400, 400]
