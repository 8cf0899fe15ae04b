"""The requests that an OpenAPI run makes on its own, against a real server."""

import errno
import json
import os
from typing import Any

import pytest
import requests

from seedance_contract.case import Mismatch
from seedance_contract.declared.dialects import V1
from seedance_contract.declared.routes import CREATE
from seedance_contract.server.http.exchange import CheckedExchange, ReceivedResponse, SentRequest
from seedance_contract.server.http.transport import Transport
from seedance_contract.server.openapi.followup import Followup
from seedance_mock.testing.live import LiveServer

UNKNOWN_ID = "ldtask_" + "0" * 32


def create_exchange(url: str, task: object) -> CheckedExchange:
    """Return the exchange of a successful create request whose response is `task`."""
    return CheckedExchange(
        endpoint=CREATE,
        request=SentRequest(
            method=CREATE.method,
            path=CREATE.path,
            url=url + CREATE.path,
            headers={},
            body=b"{}",
        ),
        response=ReceivedResponse(200, {}, json.dumps(task).encode()),
    )


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ({"id": UNKNOWN_ID}, "poll_url, a path"),
        ({"id": UNKNOWN_ID, "poll_url": "http://localhost:1/x"}, "poll_url on the same origin"),
        ({"id": UNKNOWN_ID, "poll_url": "http://[::1"}, "poll_url on the same origin"),
        ({"id": UNKNOWN_ID, "poll_url": f"/v1/tasks/{UNKNOWN_ID}"}, f"200 and task {UNKNOWN_ID}"),
    ],
)
def test_wrong_poll_url_is_a_mismatch(
    seedance_server: LiveServer, task: object, expected: str
) -> None:
    url = seedance_server.url

    followup = Followup(V1, url, seedance_server.key(), Transport())

    with pytest.raises(Mismatch, match=expected):
        followup.check_poll_url(create_exchange(url, task))


@pytest.mark.parametrize(
    ("task", "actual"),
    [
        ({"id": "a"}, '200 {"id": "a"}'),
        (
            {"id": "a", "poll_url": "/v1/tasks/a"},
            f"GET /v1/tasks/a: {os.strerror(errno.ECONNREFUSED)}",
        ),
    ],
)
def test_mismatch_describes_what_happened(task: object, actual: str) -> None:
    url = "http://127.0.0.1:1"

    followup = Followup(V1, url, "sk-one", Transport())

    with pytest.raises(Mismatch) as mismatch:
        followup.check_poll_url(create_exchange(url, task))

    assert mismatch.value.actual == actual


def create_task(server: LiveServer, key: str) -> Any:
    headers = {"Authorization": f"Bearer {key}"}
    body = {"model": "seedance-2.0", "prompt": "a boat"}
    return requests.post(server.url + CREATE.path, json=body, headers=headers).json()


def test_every_request_has_its_own_connection(seedance_server: LiveServer) -> None:
    url, key = seedance_server.url, seedance_server.key()
    exchange = create_exchange(url, create_task(seedance_server, key))

    followup = Followup(V1, url, key, Transport())

    results = [followup.check_poll_url(exchange) for _ in range(3)]

    assert results == [True] * 3
    entries = [entry for entry in seedance_server.control.journal() if entry.method == "GET"]
    assert len({entry.connection for entry in entries[-3:]}) == 3


def test_requests_are_limited(seedance_server: LiveServer) -> None:
    url, key = seedance_server.url, seedance_server.key()
    exchange = create_exchange(url, create_task(seedance_server, key))

    followup = Followup(V1, url, key, Transport())

    results = [followup.check_poll_url(exchange) for _ in range(30)]

    assert results == [True] * 25 + [False] * 5


def test_unknown_task_is_not_checked(seedance_server: LiveServer) -> None:
    url = seedance_server.url

    followup = Followup(V1, url, seedance_server.key(), Transport())

    assert not followup.check_cancellation(create_exchange(url, {"id": UNKNOWN_ID}))


def test_create_without_an_id_is_not_cancelled(seedance_server: LiveServer) -> None:
    url = seedance_server.url

    followup = Followup(V1, url, seedance_server.key(), Transport())

    assert not followup.check_cancellation(create_exchange(url, {"id": 7}))


def test_a_cancelled_task_stays_readable(seedance_server: LiveServer) -> None:
    url, key = seedance_server.url, seedance_server.key("queue-60s")

    followup = Followup(V1, url, key, Transport())

    assert followup.check_cancellation(create_exchange(url, create_task(seedance_server, key)))
