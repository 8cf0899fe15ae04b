"""Words in a key that change tasks: their time, their end and how a response shows them."""

from __future__ import annotations

from collections.abc import Callable

import httpx2
import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
UNKNOWN = "/v1/tasks/ldtask_" + "0" * 32

Send = Callable[..., httpx2.Response]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        ("policy", "The result was held back by content moderation"),
        ("end-cancelled", "Task cancelled before execution"),
        ("end-expired", "Task expired before execution"),
        (
            "crash",
            {
                "code": "generation_failed",
                "message": "The result was held back by content moderation",
            },
        ),
        ("end-failed.err-none", None),
    ],
)
def test_task_fails_as_scripted(
    words: str, error: object, send: Send, create_task: Callable[..., str], clock: ManualClock
) -> None:
    task = create_task(words)

    clock.advance(6)
    body = send(words, "GET", f"/v1/tasks/{task}").json()

    assert (body["status"], body.get("error")) == ("failed", error)
    assert body.get("cancelled") is (True if words == "end-cancelled" else None)


@pytest.mark.parametrize(
    ("words", "times"),
    [
        ("slow", {80: "pending", 95: "processing", 271: "completed"}),
        ("stuck", {2: "processing", 100_000: "processing"}),
        ("queue-10s", {9: "pending", 11: "processing", 15: "completed"}),
        ("run-40s", {2: "processing", 40: "processing", 41: "completed"}),
        ("clock-x20.queue-10s.run-20s", {0.4: "pending", 0.6: "processing", 1.6: "completed"}),
        ("clock-frozen", {0: "pending", 1e6: "pending"}),
        ("ok", {0: "pending", 2: "processing", 5: "completed"}),
    ],
)
def test_task_takes_its_scripted_time(
    words: str,
    times: dict[float, str],
    send: Send,
    create_task: Callable[..., str],
    clock: ManualClock,
) -> None:
    start = clock()
    task, statuses = create_task(words), {}

    for seconds in times:
        clock.advance(start + seconds - clock())
        statuses[seconds] = send(words, "GET", f"/v1/tasks/{task}").json()["status"]

    assert statuses == times


@pytest.mark.parametrize(
    ("words", "statuses"),
    [
        ("clock-polls", ["processing", "completed", "completed"]),
        ("after-1polls", ["completed"]),
        ("after-2polls", ["processing", "completed"]),
        ("after-4polls", ["processing", "processing", "processing", "completed"]),
        ("clock-polls.queue-2s", ["pending", "processing", "completed"]),
        ("gone", ["pending", "pending", 404, 404]),
        ("poll-429~2", ["pending", 429, "pending"]),
        ("stranger", [403, 403]),
    ],
)
def test_polls_advance_a_task(
    words: str, statuses: list[object], send: Send, create_task: Callable[..., str]
) -> None:
    task, results = create_task(words), []

    for _ in statuses:
        response = send(words, "GET", f"/v1/tasks/{task}")
        results.append(response.json().get("status", response.status_code))

    assert results == statuses


@pytest.mark.parametrize(
    ("words", "members"),
    [
        ("out-both", {"video_url", "video"}),
        ("out-url", {"video_url"}),
        ("out-video", {"video"}),
        ("out-videos", {"videos"}),
        ("out-content", {"content"}),
        ("out-none", set()),
    ],
)
def test_result_has_the_scripted_form(
    words: str, members: set[str], send: Send, create_task: Callable[..., str], clock: ManualClock
) -> None:
    task = create_task(words)
    clock.advance(5)

    body = send(words, "GET", f"/v1/tasks/{task}").json()

    assert body.keys() & {"video_url", "video", "videos", "content"} == members


def test_both_videos_can_be_downloaded(
    send: Send, create_task: Callable[..., str], clock: ManualClock, client: TestClient
) -> None:
    key = "out-videos"
    task = create_task(key)
    clock.advance(5)

    videos = send(key, "GET", f"/v1/tasks/{task}").json()["videos"]

    assert [client.get(video["url"]).status_code for video in videos] == [200, 200]
    assert videos[0]["url"] != videos[1]["url"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("at-path", "/v1/tasks/{id}"),
        ("at-query", "/v1/tasks/{id}?view=full&sig=a%2Fb"),
        ("at-absolute", "http://127.0.0.1:8000/v1/tasks/{id}"),
        ("at-foreign", "http://localhost:8000/v1/tasks/{id}"),
        ("stray", "http://localhost:8000/v1/tasks/{id}"),
        ("at-none", None),
    ],
)
def test_poll_url_has_the_scripted_form(words: str, expected: str | None, send: Send) -> None:
    body = send(words, "POST", CREATE, json=BODY).json()

    assert body.get("poll_url") == (expected and expected.format(id=body["id"]))


@pytest.mark.parametrize(
    ("words", "ids"),
    [("id-both", {"id", "task_id"}), ("id-id", {"id"}), ("id-task", {"task_id"})],
)
def test_create_returns_the_scripted_ids(words: str, ids: set[str], send: Send) -> None:
    body = send(words, "POST", CREATE, json=BODY).json()

    assert body.keys() & {"id", "task_id"} == ids


@pytest.mark.parametrize(
    ("words", "progress"),
    [
        ("progress-none", [None, None, None]),
        ("progress-real", [0, 50, 100]),
        ("progress-lie", [100, 100, None]),
    ],
)
def test_progress_is_as_scripted(
    words: str,
    progress: list[int | None],
    send: Send,
    create_task: Callable[..., str],
    clock: ManualClock,
) -> None:
    task, values = create_task(words), []

    for seconds in (0, 3, 2):
        clock.advance(seconds)
        values.append(send(words, "GET", f"/v1/tasks/{task}").json().get("progress"))

    assert values == progress


def test_odd_shape_adds_unknown_members(send: Send) -> None:
    body = send("odd", "POST", CREATE, json=BODY).json()

    assert {"x_note", "x_nothing", "x_large", "x_nested"} < body.keys()


def test_only_polls_end_a_poll_clocked_task(
    send: Send, create_task: Callable[..., str], clock: ManualClock, client: TestClient
) -> None:
    key = "after-3polls"
    task = create_task(key)
    clock.advance(10)
    client.get("/_mock/accounts/key-1")

    assert send(key, "GET", f"/v1/tasks/{task}").json()["status"] == "processing"


def test_ended_tasks_are_gone_after_retention(
    send: Send, create_task: Callable[..., str], clock: ManualClock
) -> None:
    key = "keep-60s"
    task = create_task(key)

    clock.advance(64)
    before = send(key, "GET", f"/v1/tasks/{task}").status_code
    clock.advance(1)

    assert (before, send(key, "GET", f"/v1/tasks/{task}").status_code) == (200, 404)


def test_seed_repeats_every_id(settings: Settings) -> None:
    runs = []
    for _ in range(2):
        with TestClient(create_app(settings, clock=ManualClock())) as client:
            key = {"Authorization": "Bearer sk-mock-seed-7--a"}
            responses = [client.post(CREATE, json=BODY, headers=key) for _ in range(2)]
            responses.append(client.get(UNKNOWN, headers=key))
            runs.append(
                [(response.text, response.headers["X-Request-ID"]) for response in responses]
            )

    assert runs[0] == runs[1]
    assert len({text for text, _ in runs[0]}) == 3


def test_frozen_clock_repeats_responses(send: Send, create_task: Callable[..., str]) -> None:
    key = "clock-frozen"
    task = create_task(key)

    responses = [send(key, "GET", f"/v1/tasks/{task}") for _ in range(5)]

    assert len({response.content for response in responses}) == 1
    assert len({response.headers["Date"] for response in responses}) == 1
