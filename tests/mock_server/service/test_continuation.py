from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import Settings

Create = Callable[..., str]
Poll = Callable[[str], Any]

manual = pytest.mark.parametrize("settings", [Settings(lifecycle="manual")], ids=["manual"])


def extend(user: TestClient, task: str, **fields: object) -> Any:
    body = {"model": "seedance-2.0", "operation": "video-extension", "task_id": task, **fields}
    return user.post("/v1/videos/generations", json=body)


def assert_refused(response: Any) -> None:
    error = response.json()["error"]
    [entry] = response.json()["validation_errors"]
    assert (response.status_code, error["param"], entry["field"]) == (400, "task_id", "task_id")


def test_completed_task_can_be_continued(
    user: TestClient, new_task: Create, poll: Poll, clock: ManualClock
) -> None:
    task = new_task()
    clock.advance(5)

    response = extend(user, task)

    clock.advance(5)
    assert poll(response.json()["id"])["status"] == "completed"


def test_continuation_can_be_continued(
    user: TestClient, new_task: Create, clock: ManualClock
) -> None:
    task = new_task()
    for _ in range(3):
        clock.advance(5)
        task = extend(user, task).json()["id"]

    assert user.get(f"/v1/tasks/{task}").json()["status"] == "pending"


@pytest.mark.parametrize("elapsed", [0, 4.999], ids=["pending", "processing"])
def test_unfinished_task_is_refused(
    elapsed: float, user: TestClient, new_task: Create, clock: ManualClock
) -> None:
    task = new_task()
    clock.advance(elapsed)

    assert_refused(extend(user, task))


def test_cancelled_task_is_refused(user: TestClient, new_task: Create) -> None:
    task = new_task()
    user.delete(f"/v1/tasks/{task}")

    assert_refused(extend(user, task))


@manual
def test_expired_task_is_refused(user: TestClient, new_task: Create, clock: ManualClock) -> None:
    task = new_task()
    clock.advance(172_800)

    assert_refused(extend(user, task))


@pytest.mark.parametrize("task", ["ldtask_" + "0" * 32, "no-id", "../tasks"])
def test_unknown_task_is_refused(task: str, user: TestClient) -> None:
    assert_refused(extend(user, task))


def test_foreign_task_looks_like_an_unknown_one(
    user: TestClient, new_task: Create, clock: ManualClock
) -> None:
    task = new_task()
    clock.advance(5)
    user.headers["Authorization"] = "Bearer sk-another"

    foreign, unknown = extend(user, task), extend(user, "ldtask_" + "0" * 32)

    assert_refused(foreign)
    assert foreign.json()["validation_errors"] == unknown.json()["validation_errors"]


def test_refused_continuation_names_no_task(user: TestClient, new_task: Create) -> None:
    response = extend(user, new_task())

    assert "X-Task-ID" not in response.headers


@pytest.mark.parametrize(
    ("settings", "seconds", "usd"),
    [
        (Settings(balance=Decimal(10), input_seconds=99), 5, "0.89311765"),
        (Settings(balance=Decimal(10), input_seconds=99), 10, "1.33782353"),
    ],
    ids=["5-s", "10-s"],
)
def test_the_price_counts_the_length_of_the_input(
    seconds: int, usd: str, user: TestClient, new_task: Create, clock: ManualClock
) -> None:
    task = new_task(duration=seconds)
    clock.advance(5)
    before = balance(user)

    extend(user, task, aspect_ratio="16:9")

    assert before - balance(user) == Decimal(usd)


def balance(user: TestClient) -> Decimal:
    """Return the balance, from the 402 for a video that is too expensive."""
    body = {"model": "seedance-2.0", "prompt": "a cat", "resolution": "4k", "duration": 15}
    response = user.post("/v1/videos/generations", json=body)
    assert response.status_code == 402
    return Decimal(str(response.json()["error"]["balance_usd"]))
