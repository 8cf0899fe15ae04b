from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

Create = Callable[..., str]
Poll = Callable[[str], Any]

instant = pytest.mark.parametrize("settings", [Settings(lifecycle="instant")], ids=["instant"])
manual = pytest.mark.parametrize("settings", [Settings(lifecycle="manual")], ids=["manual"])


def test_cancel_wins_just_before_the_start(
    user: TestClient, new_task: Create, clock: ManualClock
) -> None:
    task = new_task()

    clock.advance(0.999)

    assert user.delete(f"/v1/tasks/{task}").status_code == 200


def test_the_start_wins_at_the_same_instant(
    user: TestClient, new_task: Create, clock: ManualClock
) -> None:
    task = new_task()

    clock.advance(1)

    response = user.delete(f"/v1/tasks/{task}")
    assert response.status_code == 409
    assert response.json()["error"]["code"] == "task_not_cancellable"


def test_a_refused_cancel_shows_the_start(
    user: TestClient, new_task: Create, poll: Poll, clock: ManualClock
) -> None:
    task = new_task()
    clock.advance(1)

    user.delete(f"/v1/tasks/{task}")

    assert poll(task)["status"] == "processing"


def test_cancel_is_the_last_change_of_a_task(
    user: TestClient, new_task: Create, poll: Poll, clock: ManualClock
) -> None:
    clock.advance(0.5)
    task = new_task()
    clock.advance(0.9)
    cancelled = user.delete(f"/v1/tasks/{task}").json()

    clock.advance(9_000)

    assert cancelled["updated"] == cancelled["created"] + 1
    assert poll(task) == cancelled


@manual
def test_manual_task_can_be_cancelled_late(
    user: TestClient, new_task: Create, clock: ManualClock
) -> None:
    task = new_task(execution_expires_after=3_600)

    clock.advance(3_599)

    cancelled = user.delete(f"/v1/tasks/{task}").json()
    assert cancelled["error"] == "Task cancelled before execution"
    assert cancelled["updated"] == cancelled["created"] + 3_599


@manual
def test_expired_task_cannot_be_cancelled(
    user: TestClient, new_task: Create, clock: ManualClock
) -> None:
    task = new_task(execution_expires_after=3_600)

    clock.advance(3_600)

    assert user.delete(f"/v1/tasks/{task}").status_code == 409


@instant
def test_instant_task_cannot_be_cancelled(user: TestClient, new_task: Create) -> None:
    task = new_task()

    response = user.delete(f"/v1/tasks/{task}")

    assert response.status_code == 409


def test_second_cancel_changes_nothing(
    user: TestClient, new_task: Create, poll: Poll, clock: ManualClock
) -> None:
    task = new_task()
    first = user.delete(f"/v1/tasks/{task}")
    clock.advance(0.5)

    second = user.delete(f"/v1/tasks/{task}")

    assert (first.status_code, second.status_code) == (200, 409)
    assert poll(task) == first.json()


def test_a_model_without_cancel_refuses_it(user: TestClient, new_task: Create) -> None:
    task = new_task(model="seedance-2.0-mini")

    response = user.delete(f"/v1/tasks/{task}")

    assert response.status_code == 400
    assert response.json()["error"]["code"] == "unsupported_task_cancel"


@given(steps=st.lists(st.sampled_from(["poll", "cancel", 0.25, 0.5, 1, 4]), max_size=15))
def test_no_history_has_a_cancel_and_a_start(steps: list[str | float]) -> None:
    clock = ManualClock()
    with TestClient(create_app(clock=clock), headers={"Authorization": "Bearer sk-test"}) as user:
        body = {"model": "seedance-2.0", "prompt": "a cat"}
        path = user.post("/v1/videos/generations", json=body).json()["poll_url"]
        cancel_codes, statuses = [], set()

        for step in steps:
            match step:
                case "poll":
                    statuses.add(user.get(path).json()["status"])
                case "cancel":
                    cancel_codes.append(user.delete(path).status_code)
                case _:
                    clock.advance(float(step))

        clock.advance(5)
        statuses.add(user.get(path).json()["status"])

    successes = cancel_codes.count(200)
    assert successes <= 1
    assert ("failed" in statuses) == (successes == 1)
    assert successes == 0 or statuses.isdisjoint({"processing", "completed"})
