"""An event loop for callers of every kind."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import anyio
import pytest

from seedance_mock.testing.loop_thread import LoopThread

Begun = Callable[[], set[threading.Thread]]


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    loop = LoopThread()
    yield loop
    loop.close()


async def thread_name() -> str:
    await asyncio.sleep(0)
    return threading.current_thread().name


@pytest.fixture
def begun() -> Begun:
    """Give a function that returns the threads that began in this test and still run."""
    before = {*threading.enumerate()}
    return lambda: {*threading.enumerate()} - before


def test_a_result_comes_from_the_thread(loop: LoopThread) -> None:
    assert loop.run(thread_name()) == "seedance-mock"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_result_can_be_awaited(backend: str, loop: LoopThread) -> None:
    async def story() -> str:
        return await loop.wait(thread_name())

    assert anyio.run(story, backend=backend) == "seedance-mock"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_who_stops_waiting_cancels(backend: str, loop: LoopThread) -> None:
    ended: Future[str] = Future()

    async def endless() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set_result("cancelled")

    async def story() -> None:
        with anyio.move_on_after(0.01):
            await loop.wait(endless())

    anyio.run(story, backend=backend)

    assert ended.result(timeout=10) == "cancelled"


def test_all_callers_share_one_thread(loop: LoopThread) -> None:
    async def ident() -> int:
        return threading.get_ident()

    async def awaiting() -> int:
        return await loop.wait(ident())

    assert loop.run(ident()) == asyncio.run(awaiting())


def test_close_ends_the_thread(loop: LoopThread, begun: Begun) -> None:
    loop.run(thread_name())

    loop.close()

    assert begun() == set()


def test_close_cancels_what_runs(loop: LoopThread) -> None:
    future = loop.start(asyncio.sleep(60))
    loop.run(thread_name())

    loop.close()

    assert future.cancelled()


def test_a_closed_loop_can_begin_again(loop: LoopThread) -> None:
    loop.run(thread_name())
    loop.close()

    assert loop.run(thread_name()) == "seedance-mock"


def test_nothing_begins_before_it_is_needed(loop: LoopThread, begun: Begun) -> None:
    loop.close()

    assert begun() == set()


def test_a_forgotten_loop_ends(begun: Begun) -> None:
    LoopThread().run(thread_name())
    gc.collect()

    assert begun() == set()


def test_a_loop_can_be_closed_from_within(loop: LoopThread) -> None:
    async def close() -> None:
        loop.close()

    loop.run(close())

    assert loop.run(thread_name()) == "seedance-mock"
