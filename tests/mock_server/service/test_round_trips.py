"""How many times a request waits for a store in another process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import Settings
from seedance_mock.stores import Store
from seedance_mock.web.app import MockApp, create_app

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}

Create = Callable[..., str]


@pytest.fixture
def app(
    settings: Settings,
    clock: ManualClock,
    new_redis_store: Callable[..., Store],
    monkeypatch: pytest.MonkeyPatch,
) -> MockApp:
    """Give the application of a server that writes nothing in the background during a test."""
    store = new_redis_store()
    monkeypatch.setattr("seedance_mock.stores.redis.eviction.FLUSH_SECONDS", 3600)
    monkeypatch.setattr("seedance_mock.service.journal.shared_journal.WRITE_SECONDS", 3600)
    return create_app(settings, clock=clock, store=store)


@pytest.fixture
def round_trips(monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """Give a function that sends a request and returns how often the server wrote to Redis.

    A pipeline is written at once, and the next write waits for its replies.
    """
    from redis.asyncio.connection import AbstractConnection

    writes = 0
    send = AbstractConnection.send_packed_command

    async def counted_send(self: Any, *args: Any, **options: Any) -> None:
        nonlocal writes
        writes += 1
        await send(self, *args, **options)

    monkeypatch.setattr(AbstractConnection, "send_packed_command", counted_send)

    def count(client: TestClient, method: str, url: str, status: int = 200, **options: Any) -> int:
        before = writes
        response = client.request(method, url, **options)
        assert response.status_code == status, response.text
        return writes - before

    return count


def test_a_poll_takes_one(
    user: TestClient, new_task: Create, round_trips: Callable[..., int]
) -> None:
    assert round_trips(user, "GET", f"/v1/tasks/{new_task()}") == 1


def test_a_poll_with_an_added_key_takes_one(
    user: TestClient, new_task: Create, round_trips: Callable[..., int]
) -> None:
    user.get("/v1/models")
    user.post("/_mock/accounts", json={"key": "sk-added", "workspace": "key-1"})
    url, headers = f"/v1/tasks/{new_task()}", {"Authorization": "Bearer sk-added"}
    user.get(url, headers=headers)

    assert round_trips(user, "GET", url, headers=headers) == 1


def test_a_poll_of_an_unknown_task_takes_two(
    user: TestClient, new_task: Create, round_trips: Callable[..., int]
) -> None:
    url = new_task()[:-1] + "x"

    assert round_trips(user, "GET", f"/v1/tasks/{url}", 404) == 2


def test_a_poll_of_a_foreign_task_takes_two_at_most(
    user: TestClient, new_task: Create, round_trips: Callable[..., int]
) -> None:
    url, headers = f"/v1/tasks/{new_task()}", {"Authorization": "Bearer sk-other"}
    user.get("/v1/models", headers=headers)

    assert round_trips(user, "GET", url, 403, headers=headers) <= 2


def test_a_poll_that_settles_its_task_takes_two(
    user: TestClient, new_task: Create, clock: ManualClock, round_trips: Callable[..., int]
) -> None:
    url = f"/v1/tasks/{new_task()}"
    clock.advance(60)

    assert round_trips(user, "GET", url) == 2


def test_a_create_takes_two(
    user: TestClient, new_task: Create, round_trips: Callable[..., int]
) -> None:
    new_task()

    assert round_trips(user, "POST", CREATE, json=BODY) == 2


def test_a_refused_create_takes_one(
    user: TestClient, new_task: Create, round_trips: Callable[..., int]
) -> None:
    new_task()

    assert round_trips(user, "POST", CREATE, 400, json={"model": "seedance-2.0"}) == 1


def test_a_cancel_takes_two(
    user: TestClient, new_task: Create, round_trips: Callable[..., int]
) -> None:
    assert round_trips(user, "DELETE", f"/v1/tasks/{new_task()}") == 2


def test_the_models_take_none(client: TestClient, round_trips: Callable[..., int]) -> None:
    assert round_trips(client, "GET", "/v1/models") == 0
