"""What a run asks once more, against a real server."""

import json

import pytest
import requests

from seedance_contract.case import Mismatch
from seedance_contract.declared.routes import CREATE
from seedance_contract.server.openapi_exchange import Exchange
from seedance_contract.server.openapi_followup import followup_session
from seedance_mock.testing.live import LiveServer

NOBODYS = "ldtask_" + "0" * 32


def created(server: LiveServer, task: object) -> Exchange:
    """Return the exchange of a create that was answered with `task`."""
    return Exchange(
        endpoint=CREATE,
        method=CREATE.method,
        url=server.url + CREATE.path,
        sent={},
        body=b"{}",
        status=200,
        headers={},
        content=json.dumps(task).encode(),
    )


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ({"id": NOBODYS}, "poll_url, a path"),
        ({"id": NOBODYS, "poll_url": "http://localhost:1/x"}, "poll_url on the same origin"),
        ({"id": NOBODYS, "poll_url": f"/v1/tasks/{NOBODYS}"}, f"200 and task {NOBODYS}"),
    ],
)
def test_a_poll_url_that_leads_nowhere_is_told(
    seedance_server: LiveServer, task: object, told: str
) -> None:
    with (
        followup_session(seedance_server.url, seedance_server.key()) as followup,
        pytest.raises(Mismatch, match=told),
    ):
        followup.check_poll_url(created(seedance_server, task))


def test_each_question_has_a_connection_of_its_own(seedance_server: LiveServer) -> None:
    key = seedance_server.key()
    headers = {"Authorization": f"Bearer {key}"}
    body = {"model": "seedance-2.0", "prompt": "a boat"}
    task = requests.post(seedance_server.url + CREATE.path, json=body, headers=headers).json()

    with followup_session(seedance_server.url, key) as followup:
        for _ in range(3):
            assert followup.check_poll_url(created(seedance_server, task))

    polls = [one for one in seedance_server.control.journal() if one.method == "GET"]
    assert len({one.connection for one in polls[-3:]}) == 3


def test_a_task_that_cannot_be_cancelled_shows_nothing(seedance_server: LiveServer) -> None:
    with followup_session(seedance_server.url, seedance_server.key()) as followup:
        assert not followup.check_cancellation(created(seedance_server, {"id": NOBODYS}))
