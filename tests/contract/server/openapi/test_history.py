"""The history of tasks in an OpenAPI run."""

import json

import pytest

from seedance_contract.declared.routes import CANCEL, CREATE, READ, Endpoint
from seedance_contract.server.http.exchange import CheckedExchange, ReceivedResponse, SentRequest
from seedance_contract.server.openapi.history import TaskHistory

TASK_ID = "ldtask_1"


def exchange(
    endpoint: Endpoint, task_id: str = TASK_ID, *, content: object = None, status: int = 200
) -> CheckedExchange:
    path = endpoint.path.format(id=task_id)
    return CheckedExchange(
        endpoint=endpoint,
        request=SentRequest(
            method=endpoint.method, path=path, url=f"http://127.0.0.1{path}?x=1", headers={}
        ),
        response=ReceivedResponse(status, {}, json.dumps(content).encode()),
    )


CREATED = exchange(CREATE, content={"id": TASK_ID})
CANCELLED = exchange(CANCEL)


def test_request_about_a_task_comes_after_its_changes() -> None:
    history = TaskHistory()
    for earlier in (CREATED, exchange(READ), CANCELLED, exchange(CANCEL, status=409)):
        history.add(earlier)

    read = history.add(exchange(READ))

    assert read.before == (CREATED.untimed, CANCELLED.untimed)


@pytest.mark.parametrize(
    "earlier",
    [
        exchange(CREATE, content={"id": 1}),
        exchange(CREATE, content=[]),
        exchange(CREATE, content={"id": TASK_ID}, status=400),
        CANCELLED,
    ],
    ids=["an id that is no text", "no object", "a refusal", "the task of another run"],
)
def test_other_requests_are_forgotten(earlier: CheckedExchange) -> None:
    history = TaskHistory()
    history.add(earlier)

    assert history.add(exchange(READ)).before == ()
