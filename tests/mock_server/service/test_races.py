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

Scene = Callable[[httpx2.AsyncClient, ManualClock], Coroutine[Any, Any, None]]


class DistantStore(MemoryStore):
    """Records outside the process: while one request waits for them, others come between."""

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


def play(scene: Scene, **choices: Any) -> None:
    """Run a scene with a client that can have many requests under way."""

    async def run() -> None:
        clock = ManualClock()
        app = create_app(Settings(**choices), clock=clock, store=DistantStore())
        async with httpx2.AsyncClient(
            transport=httpx2.ASGITransport(app),
            base_url="http://127.0.0.1:8000",
            headers={"Authorization": "Bearer sk-test"},
        ) as user:
            await scene(user, clock)

    asyncio.run(run())


async def create(user: httpx2.AsyncClient) -> int:
    answer = await user.post("/v1/videos/generations", json=BODY)
    return answer.status_code


async def new_path(user: httpx2.AsyncClient) -> str:
    answer = await user.post("/v1/videos/generations", json=BODY)
    path: str = answer.json()["poll_url"]
    return path


async def balance(user: httpx2.AsyncClient) -> Decimal:
    """Ask for what no balance here covers, and so learn the balance."""
    refusal = await user.post(
        "/v1/videos/generations", json={**BODY, "resolution": "4k", "duration": 15}
    )
    return Decimal(str(refusal.json()["error"]["balance_usd"]))


def test_creates_at_once_share_one_balance() -> None:
    async def scene(user: httpx2.AsyncClient, clock: ManualClock) -> None:
        statuses = await asyncio.gather(*(create(user) for _ in range(30)))

        assert (statuses.count(200), statuses.count(402)) == (7, 23)

    play(scene, balance=7 * COST)


def test_creates_at_once_wait_for_released_money() -> None:
    async def scene(user: httpx2.AsyncClient, clock: ManualClock) -> None:
        for _ in range(5):
            await new_path(user)
        clock.advance(172_800)

        statuses = await asyncio.gather(*(create(user) for _ in range(8)))

        assert (statuses.count(200), statuses.count(402)) == (5, 3)

    play(scene, balance=5 * COST, lifecycle="manual")


@pytest.mark.parametrize("rivals", [2, 5])
def test_of_several_cancels_one_wins(rivals: int) -> None:
    async def scene(user: httpx2.AsyncClient, clock: ManualClock) -> None:
        path = await new_path(user)

        answers = await asyncio.gather(*(user.delete(path) for _ in range(rivals)))

        assert sorted(answer.status_code for answer in answers) == [200] + [409] * (rivals - 1)
        assert await balance(user) == 5

    play(scene, balance=Decimal(5))


def test_polls_at_once_charge_once() -> None:
    async def scene(user: httpx2.AsyncClient, clock: ManualClock) -> None:
        path = await new_path(user)
        clock.advance(5)

        answers = await asyncio.gather(*(user.get(path) for _ in range(10)))

        assert {answer.json()["status"] for answer in answers} == {"completed"}
        assert await balance(user) == 5 - COST

    play(scene, balance=Decimal(5))


@pytest.mark.parametrize("turns", range(8))
def test_cancel_and_start_never_both_win(turns: int) -> None:
    async def scene(user: httpx2.AsyncClient, clock: ManualClock) -> None:
        path = await new_path(user)

        async def start() -> None:
            for _ in range(turns):
                await asyncio.sleep(0)
            clock.advance(1)

        cancel, poll, _ = await asyncio.gather(user.delete(path), user.get(path), start())

        last = (await user.get(path)).json()
        assert cancel.status_code == (200 if last["status"] == "failed" else 409)
        assert poll.json()["status"] in {"pending", last["status"]}

    play(scene)


def test_completion_and_create_settle_once() -> None:
    async def scene(user: httpx2.AsyncClient, clock: ManualClock) -> None:
        path = await new_path(user)
        clock.advance(5)

        await asyncio.gather(user.get(path), create(user), user.get(path), create(user))

        assert await balance(user) == Decimal("1.2") - COST

    play(scene, balance=Decimal("1.2"))
