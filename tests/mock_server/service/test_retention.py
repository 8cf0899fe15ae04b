from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import Settings
from seedance_mock.stores import Store
from seedance_mock.web.app import MockApp, create_app

Create = Callable[..., str]
Poll = Callable[[str], Any]


@pytest.fixture
def app(
    settings: Settings, clock: ManualClock, make_evicting_store: Callable[[int], Store]
) -> MockApp:
    """Give the application of a new server, for each store that its callers keep bounded."""
    return create_app(settings, clock=clock, store=make_evicting_store(settings.max_tasks))


def max_tasks(count: int, **options: Any) -> pytest.MarkDecorator:
    """Run a test on a server that stores at most `count` tasks."""
    settings = Settings(max_tasks=count, **options)
    return pytest.mark.parametrize("settings", [settings], ids=[f"{count}-tasks"])


def readable(user: TestClient, tasks: list[str]) -> list[bool]:
    return [user.get(f"/v1/tasks/{task}").status_code == 200 for task in tasks]


@max_tasks(3)
def test_the_task_that_ended_first_is_evicted(
    user: TestClient, new_task: Create, poll: Poll, clock: ManualClock
) -> None:
    tasks = []
    for _ in range(3):
        tasks.append(new_task())
        clock.advance(5)
        poll(tasks[-1])

    tasks.append(new_task())

    assert readable(user, tasks) == [False, True, True, True]


@max_tasks(3)
def test_eviction_ignores_the_order_of_polls(
    user: TestClient, new_task: Create, poll: Poll, clock: ManualClock
) -> None:
    tasks = []
    for _ in range(3):
        tasks.append(new_task())
        clock.advance(5)
    for task in (tasks[2], tasks[1]):
        poll(task)

    tasks.append(new_task())

    assert readable(user, tasks) == [False, True, True, True]


@max_tasks(100)
def test_eviction_finds_the_only_ended_tasks(
    user: TestClient, new_task: Create, clock: ManualClock
) -> None:
    slow = [new_task(prompt="a boat [mock: run-9999s]") for _ in range(97)]
    by_polls = new_task(prompt="a boat [mock: after-9polls]")
    first, second = new_task(), new_task()
    clock.advance(6)

    new_task()

    assert readable(user, [*slow, by_polls, second]) == [True] * 99
    assert readable(user, [first]) == [False]


@max_tasks(2, balance=Decimal("1.5"), lifecycle="manual")
def test_a_refused_create_evicts_nothing(client: TestClient) -> None:
    def create(key: str, **fields: object) -> Any:
        body = {"model": "seedance-2.0", "prompt": "a paper boat", **fields}
        headers = {"Authorization": f"Bearer {key}"}
        return client.post("/v1/videos/generations", json=body, headers=headers)

    tasks = [create(key).json()["id"] for key in ("sk-a", "sk-b")]

    response = create("sk-c", duration=15)

    assert response.status_code == 402
    for key, task in zip(("sk-a", "sk-b"), tasks, strict=True):
        client.headers["Authorization"] = f"Bearer {key}"
        assert readable(client, [task]) == [True]


@max_tasks(1, balance=Decimal("1"), lifecycle="manual")
def test_an_evicted_live_task_costs_nothing(client: TestClient) -> None:
    def create(key: str) -> Any:
        body = {"model": "seedance-2.0", "prompt": "a paper boat"}
        headers = {"Authorization": f"Bearer {key}"}
        return client.post("/v1/videos/generations", json=body, headers=headers)

    statuses = [create(key).status_code for key in ("sk-a", "sk-b", "sk-a", "sk-b")]

    assert statuses == [200, 200, 200, 200]


@max_tasks(3)
def test_an_ended_task_is_evicted_before_a_live_one(
    user: TestClient, new_task: Create, poll: Poll, clock: ManualClock
) -> None:
    running, cancelled, waiting = new_task(), new_task(), new_task()
    user.delete(f"/v1/tasks/{cancelled}")
    clock.advance(2)

    newest = new_task()

    assert readable(user, [running, cancelled, waiting, newest]) == [True, False, True, True]


@max_tasks(2)
def test_an_unpolled_ended_task_is_evicted(
    user: TestClient, new_task: Create, clock: ManualClock
) -> None:
    finished = new_task()
    clock.advance(4)
    running = new_task()
    clock.advance(1)

    newest = new_task()

    assert readable(user, [finished, running, newest]) == [False, True, True]


@max_tasks(3, lifecycle="manual")
def test_a_store_full_of_live_tasks_accepts_more(user: TestClient, new_task: Create) -> None:
    tasks = [new_task() for _ in range(3)]

    tasks.append(new_task())

    assert readable(user, tasks) == [False, True, True, True]


@max_tasks(2)
def test_an_evicted_task_is_a_documented_404(
    user: TestClient, new_task: Create, clock: ManualClock
) -> None:
    evicted, _, _ = new_task(), new_task(), new_task()

    response = user.get(f"/v1/tasks/{evicted}")

    assert response.status_code == 404
    assert response.json()["error"]["code"] == "async_task_not_found"


@max_tasks(1)
def test_an_evicted_task_cannot_be_cancelled(user: TestClient, new_task: Create) -> None:
    evicted, _ = new_task(), new_task()

    assert user.delete(f"/v1/tasks/{evicted}").status_code == 404


@max_tasks(1)
def test_the_result_of_an_evicted_task_is_a_404(
    user: TestClient, new_task: Create, poll: Poll, clock: ManualClock
) -> None:
    task = new_task()
    clock.advance(5)
    url = poll(task)["video_url"]

    new_task()

    assert user.get(url).status_code == 404


@max_tasks(1, balance=Decimal("0.73667647"), lifecycle="manual")
def test_an_evicted_live_task_releases_its_money(user: TestClient, new_task: Create) -> None:
    new_task()

    second = new_task()

    assert readable(user, [second]) == [True]


@max_tasks(1, balance=Decimal("0.73667647"))
def test_an_evicted_ended_task_stays_charged(
    user: TestClient, new_task: Create, clock: ManualClock
) -> None:
    new_task()
    clock.advance(5)

    body = {"model": "seedance-2.0-mini", "prompt": "a cat"}
    response = user.post("/v1/videos/generations", json=body)

    assert response.status_code == 402
    assert response.json()["error"]["balance_usd"] == 0


@max_tasks(10)
def test_number_of_tasks_never_exceeds_the_limit(
    user: TestClient, new_task: Create, clock: ManualClock
) -> None:
    tasks = []
    for number in range(60):
        tasks.append(new_task())
        clock.advance(number % 3)

    assert sum(readable(user, tasks)) == 10
    assert readable(user, tasks[-1:]) == [True]
