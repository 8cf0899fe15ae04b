"""The last second that a date can show: no request may fail because of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import MAX_TIMESTAMP, ManualClock
from seedance_mock.scripting.vocabulary import SETTINGS
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat", "return_last_frame": True}
LAST_DATE = "Fri, 31 Dec 9999 23:59:59 GMT"

# A refused key has no clock, and a storm has errors of the server.
WORDS = [
    word
    for setting in SETTINGS.values()
    if setting.name not in ("key", "storm")
    for word in setting.examples()
]


@pytest.fixture(scope="module", params=["quick", "instant"])
def far_client(request: pytest.FixtureRequest) -> Iterator[TestClient]:
    """Give a client of a server at the end of time. It raises what a handler raises."""
    app = create_app(Settings(lifecycle=request.param), clock=ManualClock(MAX_TIMESTAMP + 10))
    with TestClient(app, base_url="http://127.0.0.1:8000") as client:
        yield client


def send_requests(client: TestClient, key: str) -> Iterator[Any]:
    """Send each kind of request twice with a key, and yield the responses."""
    headers = {"Authorization": f"Bearer {key}"}
    responses = [client.post(CREATE, json=BODY, headers=headers) for _ in range(2)]
    yield from responses
    created = responses[-1].json()
    task_id = created.get("id", created.get("task_id"))
    for _ in range(3):
        poll = client.get(f"/v1/tasks/{task_id}", headers=headers)
        yield poll
    if "video_url" in poll.json():
        yield client.get(poll.json()["video_url"], headers=headers)
    yield client.delete(f"/v1/tasks/{task_id}", headers=headers)
    yield client.get("/v1/models", headers=headers)
    yield client.get("/v1/models/pricing", headers=headers)


@pytest.mark.parametrize("word", WORDS)
def test_every_setting_works_at_the_end_of_time(word: str, far_client: TestClient) -> None:
    key = f"sk-mock-create-429.poll-429.cancel-429.{word}--far"

    for response in send_requests(far_client, key):
        assert response.status_code < 500
        assert response.headers["Date"] == LAST_DATE


def test_polls_go_on_at_the_end_of_time(far_client: TestClient) -> None:
    responses = [*send_requests(far_client, "sk-mock-clock-polls.queue-0s.run-2s--far")]

    # Each poll is a second of the task, whatever a date can show.
    statuses = [response.json()["status"] for response in responses[2:5]]
    assert statuses == ["processing", "completed", "completed"]


def test_a_retry_date_is_not_after_the_end_of_time(far_client: TestClient) -> None:
    key = "sk-mock-create-429.retry-date--date"

    response = far_client.post(CREATE, json=BODY, headers={"Authorization": f"Bearer {key}"})

    assert response.status_code == 429
    assert response.headers["Retry-After"] == LAST_DATE
