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


def keeping(max_tasks: int, **choices: Any) -> pytest.MarkDecorator:
    """Run a test on a server that keeps `max_tasks` tasks."""
    settings = Settings(max_tasks=max_tasks, **choices)
    return pytest.mark.parametrize("settings", [settings], ids=[f"{max_tasks}-tasks"])


def kept(user: TestClient, tasks: list[str]) -> list[bool]:
    return [user.get(f"/v1/tasks/{task}").status_code == 200 for task in tasks]


@keeping(3)
def test_oldest_finished_task_goes_first(
    user: TestClient, new_task: Create, poll: Poll, clock: ManualClock
) -> None:
    tasks = []
    for _ in range(3):
        tasks.append(new_task())
        clock.advance(5)
        poll(tasks[-1])

    tasks.append(new_task())

    assert kept(user, tasks) == [False, True, True, True]


@keeping(3)
def test_order_of_polls_changes_nothing(
    user: TestClient, new_task: Create, poll: Poll, clock: ManualClock
) -> None:
    tasks = []
    for _ in range(3):
        tasks.append(new_task())
        clock.advance(5)
    for task in (tasks[2], tasks[1]):
        poll(task)

    tasks.append(new_task())

    assert kept(user, tasks) == [False, True, True, True]


@keeping(100)
def test_many_live_tasks_hide_no_finished_one(
    user: TestClient, new_task: Create, clock: ManualClock
) -> None:
    slow = [new_task(prompt="a boat [mock: run-9999s]") for _ in range(97)]
    by_polls = new_task(prompt="a boat [mock: after-9polls]")
    first, second = new_task(), new_task()
    clock.advance(6)

    new_task()

    assert kept(user, [*slow, by_polls, second]) == [True] * 99
    assert kept(user, [first]) == [False]


@keeping(2, balance=Decimal("1.5"), lifecycle="manual")
def test_refused_create_makes_no_room(client: TestClient) -> None:
    def create(key: str, **fields: object) -> Any:
        body = {"model": "seedance-2.0", "prompt": "a paper boat", **fields}
        headers = {"Authorization": f"Bearer {key}"}
        return client.post("/v1/videos/generations", json=body, headers=headers)

    tasks = [create(key).json()["id"] for key in ("sk-a", "sk-b")]

    refusal = create("sk-c", duration=15)

    assert refusal.status_code == 402
    for key, task in zip(("sk-a", "sk-b"), tasks, strict=True):
        client.headers["Authorization"] = f"Bearer {key}"
        assert kept(client, [task]) == [True]


@keeping(1, balance=Decimal("1"), lifecycle="manual")
def test_stranger_pays_nothing_for_room(client: TestClient) -> None:
    def create(key: str) -> Any:
        body = {"model": "seedance-2.0", "prompt": "a paper boat"}
        headers = {"Authorization": f"Bearer {key}"}
        return client.post("/v1/videos/generations", json=body, headers=headers)

    statuses = [create(key).status_code for key in ("sk-a", "sk-b", "sk-a", "sk-b")]

    assert statuses == [200, 200, 200, 200]


@keeping(3)
def test_finished_task_goes_before_a_live_one(
    user: TestClient, new_task: Create, poll: Poll, clock: ManualClock
) -> None:
    running, cancelled, waiting = new_task(), new_task(), new_task()
    user.delete(f"/v1/tasks/{cancelled}")
    clock.advance(2)

    newest = new_task()

    assert kept(user, [running, cancelled, waiting, newest]) == [True, False, True, True]


@keeping(2)
def test_finished_task_that_nobody_polled_goes(
    user: TestClient, new_task: Create, clock: ManualClock
) -> None:
    finished = new_task()
    clock.advance(4)
    running = new_task()
    clock.advance(1)

    newest = new_task()

    assert kept(user, [finished, running, newest]) == [False, True, True]


@keeping(3, lifecycle="manual")
def test_store_full_of_live_tasks_takes_more(user: TestClient, new_task: Create) -> None:
    tasks = [new_task() for _ in range(3)]

    tasks.append(new_task())

    assert kept(user, tasks) == [False, True, True, True]


@keeping(2)
def test_forgotten_task_is_a_documented_404(
    user: TestClient, new_task: Create, clock: ManualClock
) -> None:
    forgotten, _, _ = new_task(), new_task(), new_task()

    refusal = user.get(f"/v1/tasks/{forgotten}")

    assert refusal.status_code == 404
    assert refusal.json()["error"]["code"] == "async_task_not_found"


@keeping(1)
def test_forgotten_task_cannot_be_cancelled(user: TestClient, new_task: Create) -> None:
    forgotten, _ = new_task(), new_task()

    assert user.delete(f"/v1/tasks/{forgotten}").status_code == 404


@keeping(1)
def test_result_goes_with_its_task(
    user: TestClient, new_task: Create, poll: Poll, clock: ManualClock
) -> None:
    task = new_task()
    clock.advance(5)
    url = poll(task)["video_url"]

    new_task()

    assert user.get(url).status_code == 404


@keeping(1, balance=Decimal("0.73667647"), lifecycle="manual")
def test_forgotten_live_task_frees_its_money(user: TestClient, new_task: Create) -> None:
    new_task()

    second = new_task()

    assert kept(user, [second]) == [True]


@keeping(1, balance=Decimal("0.73667647"))
def test_forgotten_finished_task_stays_paid(
    user: TestClient, new_task: Create, clock: ManualClock
) -> None:
    new_task()
    clock.advance(5)

    body = {"model": "seedance-2.0-mini", "prompt": "a cat"}
    refusal = user.post("/v1/videos/generations", json=body)

    assert refusal.status_code == 402
    assert refusal.json()["error"]["balance_usd"] == 0


@keeping(10)
def test_number_of_tasks_never_exceeds_the_limit(
    user: TestClient, new_task: Create, clock: ManualClock
) -> None:
    tasks = []
    for number in range(60):
        tasks.append(new_task())
        clock.advance(number % 3)

    assert sum(kept(user, tasks)) == 10
    assert kept(user, tasks[-1:]) == [True]
