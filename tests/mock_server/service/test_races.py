from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from seedance_mock.domain.accounts import Account
from seedance_mock.domain.clock import ManualClock
from seedance_mock.domain.task import Task
from seedance_mock.settings import Settings
from seedance_mock.stores import Change
from seedance_mock.stores.memory import MemoryStore
from seedance_mock.web.app import create_app

BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
COST = Decimal("0.73667647")

Scenario = Callable[[httpx2.AsyncClient, ManualClock], Coroutine[Any, Any, None]]


class DistantStore(MemoryStore):
    """A store outside the process: other requests run while one waits for a record."""

    async def task(self, task_id: str) -> Task | None:
        await asyncio.sleep(0)
        return await super().task(task_id)

    async def account(self, owner: str) -> Account | None:
        await asyncio.sleep(0)
        return await super().account(owner)

    async def commit(self, *changes: Change) -> bool:
        await asyncio.sleep(0)
        return await super().commit(*changes)

    async def due(self, owner: str, now: float) -> Sequence[Task]:
        await asyncio.sleep(0)
        return await super().due(owner, now)


def play(scenario: Scenario, **options: Any) -> None:
    """Run a scenario with a client that can send many requests at once."""

    async def run() -> None:
        clock = ManualClock()
        app = create_app(Settings(**options), clock=clock, store=DistantStore())
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app),
            base_url="http://127.0.0.1:8000",
            headers={"Authorization": "Bearer sk-test"},
        ) as user:
            await scenario(user, clock)

    asyncio.run(run())


async def create(user: httpx2.AsyncClient) -> int:
    response = await user.post("/v1/videos/generations", json=BODY)
    return response.status_code


async def new_poll_url(user: httpx2.AsyncClient) -> str:
    response = await user.post("/v1/videos/generations", json=BODY)
    poll_url: str = response.json()["poll_url"]
    return poll_url


async def balance(user: httpx2.AsyncClient) -> Decimal:
    """Return the balance, from the 402 for a video that is too expensive."""
    response = await user.post(
        "/v1/videos/generations", json={**BODY, "resolution": "4k", "duration": 15}
    )
    return Decimal(str(response.json()["error"]["balance_usd"]))


def test_concurrent_creates_share_one_balance() -> None:
    async def scenario(user: httpx2.AsyncClient, clock: ManualClock) -> None:
        statuses = await asyncio.gather(*(create(user) for _ in range(30)))

        assert (statuses.count(200), statuses.count(402)) == (7, 23)

    play(scenario, balance=7 * COST)


def test_concurrent_creates_use_released_money() -> None:
    async def scenario(user: httpx2.AsyncClient, clock: ManualClock) -> None:
        for _ in range(5):
            await new_poll_url(user)
        clock.advance(172_800)

        statuses = await asyncio.gather(*(create(user) for _ in range(8)))

        assert (statuses.count(200), statuses.count(402)) == (5, 3)

    play(scenario, balance=5 * COST, lifecycle="manual")


@pytest.mark.parametrize("count", [2, 5])
def test_one_of_several_cancels_wins(count: int) -> None:
    async def scenario(user: httpx2.AsyncClient, clock: ManualClock) -> None:
        poll_url = await new_poll_url(user)

        responses = await asyncio.gather(*(user.delete(poll_url) for _ in range(count)))

        assert sorted(response.status_code for response in responses) == [200] + [409] * (count - 1)
        assert await balance(user) == 5

    play(scenario, balance=Decimal(5))


def test_concurrent_polls_charge_once() -> None:
    async def scenario(user: httpx2.AsyncClient, clock: ManualClock) -> None:
        poll_url = await new_poll_url(user)
        clock.advance(5)

        responses = await asyncio.gather(*(user.get(poll_url) for _ in range(10)))

        assert {response.json()["status"] for response in responses} == {"completed"}
        assert await balance(user) == 5 - COST

    play(scenario, balance=Decimal(5))


@pytest.mark.parametrize("iterations", range(8))
def test_cancel_and_start_never_both_win(iterations: int) -> None:
    async def scenario(user: httpx2.AsyncClient, clock: ManualClock) -> None:
        poll_url = await new_poll_url(user)

        async def start() -> None:
            for _ in range(iterations):
                await asyncio.sleep(0)
            clock.advance(1)

        cancel, poll, _ = await asyncio.gather(user.delete(poll_url), user.get(poll_url), start())

        final = (await user.get(poll_url)).json()
        assert cancel.status_code == (200 if final["status"] == "failed" else 409)
        assert poll.json()["status"] in {"pending", final["status"]}

    play(scenario)


def test_completion_and_create_settle_once() -> None:
    async def scenario(user: httpx2.AsyncClient, clock: ManualClock) -> None:
        poll_url = await new_poll_url(user)
        clock.advance(5)

        await asyncio.gather(user.get(poll_url), create(user), user.get(poll_url), create(user))

        assert await balance(user) == Decimal("1.2") - COST

    play(scenario, balance=Decimal("1.2"))
