from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from seedance_contract.derived.cost import Video
from seedance_mock.domain.clock import ManualClock
from seedance_mock.domain.lifecycle import LIFECYCLES
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

Create = Callable[..., str]
Poll = Callable[[str], Any]

ORDER = ["pending", "processing", "completed", "failed"]
KEY = {"Authorization": "Bearer sk-test"}

instant = pytest.mark.parametrize("settings", [Settings(lifecycle="instant")], ids=["instant"])
manual = pytest.mark.parametrize("settings", [Settings(lifecycle="manual")], ids=["manual"])
realistic = pytest.mark.parametrize(
    "settings", [Settings(lifecycle="realistic")], ids=["realistic"]
)


@pytest.mark.parametrize(
    ("elapsed", "status", "updated"),
    [
        (0, "pending", 0),
        (0.999, "pending", 0),
        (1, "processing", 1),
        (4.999, "processing", 1),
        (5, "completed", 5),
        (9_000, "completed", 5),
    ],
)
def test_quick_task_waits_1_s_and_runs_4(
    elapsed: float, status: str, updated: int, new_task: Create, poll: Poll, clock: ManualClock
) -> None:
    task = new_task()

    clock.advance(elapsed)

    body = poll(task)
    assert (body["status"], body["updated"] - body["created"]) == (status, updated)


def test_polls_do_not_move_a_task(new_task: Create, poll: Poll, clock: ManualClock) -> None:
    polled, unpolled = new_task(), new_task()
    for _ in range(12):
        clock.advance(0.5)
        poll(polled)

    first, second = poll(polled), poll(unpolled)

    assert (first["status"], first["updated"]) == (second["status"], second["updated"])


@instant
def test_instant_task_is_pending_when_created(user: TestClient) -> None:
    response = user.post(
        "/v1/videos/generations", json={"model": "seedance-2.0", "prompt": "a cat"}
    )

    assert response.json()["status"] == "pending"


@instant
def test_instant_task_is_completed_at_once(new_task: Create, poll: Poll) -> None:
    body = poll(new_task())

    assert (body["status"], body["updated"]) == ("completed", body["created"])


@manual
def test_manual_task_stays_pending(new_task: Create, poll: Poll, clock: ManualClock) -> None:
    task = new_task()

    clock.advance(172_799)

    body = poll(task)
    assert (body["status"], body["updated"]) == ("pending", body["created"])


@manual
@pytest.mark.parametrize(
    ("fields", "expires_after"),
    [({}, 172_800), ({"execution_expires_after": 3_600}, 3_600)],
    ids=["by-default", "after-an-hour"],
)
def test_task_expires_after_its_deadline(
    fields: dict[str, object], expires_after: int, new_task: Create, poll: Poll, clock: ManualClock
) -> None:
    task = new_task(**fields)

    clock.advance(expires_after - 0.001)
    before = poll(task)
    clock.advance(0.001)
    after = poll(task)

    assert before["status"] == "pending"
    assert after["status"] == "failed"


@manual
def test_expired_task_has_a_reason_and_a_time(
    new_task: Create, poll: Poll, clock: ManualClock
) -> None:
    task = new_task(execution_expires_after=3_600)

    clock.advance(999_999)

    body = poll(task)
    assert body["error"] == "Task expired before execution"
    assert body["updated"] == body["created"] + 3_600


@manual
def test_expired_task_is_not_cancelled(new_task: Create, poll: Poll, clock: ManualClock) -> None:
    task = new_task(execution_expires_after=3_600)

    clock.advance(3_600)

    body = poll(task)
    absent = ("cancelled", "cancellation_status", "video_url", "billing_transaction_id")
    assert not any(name in body for name in absent)


def test_task_that_starts_in_time_never_expires(
    new_task: Create, poll: Poll, clock: ManualClock
) -> None:
    task = new_task(execution_expires_after=3_600)

    clock.advance(3_600)

    assert poll(task)["status"] == "completed"


@realistic
@pytest.mark.parametrize(
    ("elapsed", "statuses"),
    [
        (4.9, {"pending"}),
        (35.1, {"processing", "completed"}),
        (85, {"completed"}),
    ],
)
def test_realistic_task_takes_about_a_minute(
    elapsed: float, statuses: set[str], new_task: Create, poll: Poll, clock: ManualClock
) -> None:
    tasks = [new_task() for _ in range(20)]

    clock.advance(elapsed)

    assert {poll(task)["status"] for task in tasks} <= statuses


def test_realistic_times_depend_on_the_id_alone() -> None:
    video = Video("seedance-2.0", "720p", "16:9", 5)
    durations = LIFECYCLES["realistic"]

    times = {durations(f"ldtask_{number:032x}", video) for number in range(50)}

    assert len(times) == 50
    assert {durations(f"ldtask_{number:032x}", video) for number in range(50)} == times


@pytest.mark.parametrize(
    "slower",
    [
        Video("seedance-2.0", "720p", "16:9", 15),
        Video("seedance-2.0", "1080p", "16:9", 5),
    ],
    ids=["longer", "larger"],
)
def test_more_work_runs_longer(slower: Video) -> None:
    video = Video("seedance-2.0", "720p", "16:9", 5)
    durations, task_id = LIFECYCLES["realistic"], "ldtask_" + "5" * 32

    queue_seconds, run_seconds = durations(task_id, video)
    slower_queue_seconds, slower_run_seconds = durations(task_id, slower)

    assert slower_queue_seconds == queue_seconds
    assert slower_run_seconds > run_seconds


@given(
    lifecycle=st.sampled_from(sorted(LIFECYCLES)),
    steps=st.lists(st.floats(0, 20) | st.sampled_from([1, 4, 3_600]), min_size=1, max_size=12),
)
def test_status_and_updated_never_go_back(lifecycle: str, steps: list[float]) -> None:
    clock = ManualClock()
    app = create_app(Settings(lifecycle=lifecycle), clock=clock)
    with TestClient(app, headers=KEY) as client:
        body = {"model": "seedance-2.0", "prompt": "a cat", "execution_expires_after": 3_600}
        history = [client.post("/v1/videos/generations", json=body).json()]
        history[0]["updated"] = history[0]["created"]

        for step in steps:
            clock.advance(step)
            history.append(client.get(history[0]["poll_url"]).json())
            assert history[-1]["updated"] <= clock()

    for before, after in pairwise(history):
        assert ORDER.index(before["status"]) <= ORDER.index(after["status"])
        assert before["updated"] <= after["updated"]


def test_status_stays_if_the_clock_goes_back() -> None:
    now = [1_000.0]
    with TestClient(create_app(clock=lambda: now[0]), headers=KEY) as client:
        body = {"model": "seedance-2.0", "prompt": "a cat"}
        task = client.post("/v1/videos/generations", json=body).json()["poll_url"]

        statuses = []
        for now[0] in (1_002.0, 1_000.5, 1_006.0, 1_000.5):
            statuses.append(client.get(task).json()["status"])

    assert statuses == ["processing", "processing", "completed", "completed"]
