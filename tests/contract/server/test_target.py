"""The target: what it sends, when it stops, and what it holds back."""

from decimal import Decimal

import pytest

from seedance_contract.server.budget import Budget
from seedance_contract.server.errors import UnexercisedError, UnreachableError
from seedance_contract.server.exchange import ReceivedResponse, SentRequest
from seedance_contract.server.target import Target
from seedance_mock.testing.live import LiveServer


def ignore(request: SentRequest, response: ReceivedResponse) -> None:
    """Observe nothing."""


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://", "nonsense"])
def test_only_http_urls_are_allowed(url: str) -> None:
    with pytest.raises(ValueError, match="is no URL"):
        Target(url, Budget(None), ignore)


def test_missing_server_is_unreachable() -> None:
    target = Target("http://127.0.0.1:1", Budget(None), ignore)

    for _ in range(3):
        with pytest.raises(UnreachableError, match="NewConnectionError"):
            target.send("GET", "/v1/models")
    with pytest.raises(UnreachableError, match="stopped responding"):
        target.send("GET", "/v1/models")


def test_log_is_bounded(seedance_server: LiveServer) -> None:
    target = Target(seedance_server.url, Budget(None), ignore)

    for _ in range(50):
        target.send("GET", "/healthz")

    assert len(target.log) == 40
    target.clear_log()
    assert target.log == []


def test_request_and_response_are_logged(seedance_server: LiveServer) -> None:
    target = Target(seedance_server.url + "/", Budget(None), ignore)
    key = seedance_server.key()

    response = target.send("POST", "/v1/videos/generations", key=key, body={"prompt": "it's"})

    [(request, logged_response)] = target.log
    assert logged_response is response
    assert request.url == f"{seedance_server.url}/v1/videos/generations"
    assert request.headers["Authorization"] == f"Bearer {key}"
    assert request.body == b'{"prompt": "it\'s"}'
    assert response.status == 400


def test_repairable_body_is_held_back() -> None:
    target = Target("http://127.0.0.1:1", Budget(Decimal(0)), ignore)
    body = b'{"model": "seedance-2.0", "prompt": "\xff"}'

    with pytest.raises(UnexercisedError, match="it would cost"):
        target.send("POST", "/v1/videos/generations", key="sk-one", body=body)
