"""Loops over many records let other requests run in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from seedance_mock.domain.clock import ManualClock
from seedance_mock.service import pauses
from seedance_mock.service.pauses import with_pauses
from seedance_mock.settings import Settings
from seedance_mock.web.app import create_app

BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}


@pytest.fixture(autouse=True)
def items_per_turn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pauses, "ITEMS_PER_TURN", 2)


async def turns_of(loop_over: AsyncIterator[object]) -> int:
    """Run a loop to its end, and return how many turns the event loop made meanwhile."""
    turns = 0

    async def count() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    counter = asyncio.ensure_future(count())
    await asyncio.sleep(0)
    async for _ in loop_over:
        pass
    counter.cancel()
    return turns


@pytest.mark.parametrize(("count", "turns"), [(0, 0), (1, 0), (2, 1), (5, 2)])
def test_other_tasks_run_between_the_items(count: int, turns: int) -> None:
    assert asyncio.run(turns_of(with_pauses(range(count)))) == turns


def test_items_are_yielded_in_order() -> None:
    async def items() -> list[int]:
        return [item async for item in with_pauses(range(5))]

    assert asyncio.run(items()) == [0, 1, 2, 3, 4]


def test_other_requests_run_while_tasks_are_settled() -> None:
    clock = ManualClock()
    service = create_app(Settings(), clock=clock).state.service
    admission = create_app(Settings(), clock=clock, store=service.store).state.admission

    async def settle() -> AsyncIterator[object]:
        yield await service.settle_due(await admission.open_account("sk-test"))

    async def turns() -> int:
        account = await admission.open_account("sk-test")
        for _ in range(6):
            await service.create(account, BODY, "")
            account = await admission.open_account("sk-test")
        clock.advance(10)
        return await turns_of(settle())

    assert asyncio.run(turns()) == 3
