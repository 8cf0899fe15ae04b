"""The target: what it sends, what it may cost, how a request is shown."""

import shlex
import subprocess
from decimal import Decimal

import pytest

from seedance_contract.case import Mismatch
from seedance_contract.server.budget import Budget, UnexercisedError
from seedance_contract.server.checks.answers import ResponseMonitor
from seedance_contract.server.target import ReceivedResponse, SentRequest, Target, UnreachableError
from seedance_mock.testing.live import LiveServer


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "ftp://127.0.0.1", "http://", "nonsense"])
def test_what_is_no_url_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="is no URL"):
        Target(url, Budget(None), ResponseMonitor())


def test_a_server_that_is_not_there_is_unreachable() -> None:
    target = Target("http://127.0.0.1:1", Budget(None), ResponseMonitor())

    for _ in range(3):
        with pytest.raises(UnreachableError, match="NewConnectionError"):
            target.send("GET", "/v1/models")
    with pytest.raises(UnreachableError, match="stopped answering"):
        target.send("GET", "/v1/models")


def test_the_log_is_bounded(seedance_server: LiveServer) -> None:
    target = Target(seedance_server.url, Budget(None), ResponseMonitor())

    for _ in range(50):
        target.send("GET", "/healthz")

    assert len(target.log) == 40
    target.clear_log()
    assert target.log == []


def test_curl_shows_a_request_without_its_key(seedance_server: LiveServer) -> None:
    target = Target(seedance_server.url + "/", Budget(None), ResponseMonitor())
    key = seedance_server.key()
    target.send("POST", "/v1/videos/generations", key=key, body={"prompt": "it's"})
    [(sent, answer)] = target.log

    line = target.curl(sent)

    assert key not in line
    assert '-H "Authorization: Bearer $TOKENLAB_API_KEY"' in line
    again = subprocess.run(
        ["sh", "-c", line],
        capture_output=True,
        text=True,
        env={"TOKENLAB_API_KEY": key, "PATH": "/usr/bin:/bin"},
    )
    assert again.stdout.startswith("HTTP/1.1 400")
    assert answer.status == 400


def test_a_key_that_is_no_key_is_shown() -> None:
    sent = SentRequest(
        method="GET",
        path="/v1/models",
        url="http://127.0.0.1:1/v1/models",
        headers={"Authorization": "Basic x"},
    )

    words = shlex.split(Target.curl(sent))

    assert words[-2:] == ["-H", "Authorization: Basic x"]


def test_a_body_that_is_no_json_is_a_mismatch() -> None:
    with pytest.raises(Mismatch, match="a JSON body"):
        _ = ReceivedResponse(200, {}, b"<html>").json


def test_a_body_that_can_be_mended_is_held_back() -> None:
    target = Target("http://127.0.0.1:1", Budget(Decimal(0)), ResponseMonitor())
    mended = b'{"model": "seedance-2.0", "prompt": "\xff"}'

    with pytest.raises(UnexercisedError, match="it would cost"):
        target.send("POST", "/v1/videos/generations", key="sk-one", body=mended)
