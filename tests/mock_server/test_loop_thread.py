"""An event loop for callers of every kind."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Iterator

import anyio
import pytest

from seedance_mock.loop_thread import LoopThread


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    loop = LoopThread()
    yield loop
    loop.close()


async def thread_name() -> str:
    await asyncio.sleep(0)
    return threading.current_thread().name


def threads() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name == "seedance-mock"]


def test_a_result_comes_from_the_thread(loop: LoopThread) -> None:
    assert loop.run(thread_name()) == "seedance-mock"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_result_can_be_awaited(backend: str, loop: LoopThread) -> None:
    async def story() -> str:
        return await loop.wait(thread_name())

    assert anyio.run(story, backend=backend) == "seedance-mock"


def test_all_callers_share_one_thread(loop: LoopThread) -> None:
    async def ident() -> int:
        return threading.get_ident()

    async def awaiting() -> int:
        return await loop.wait(ident())

    assert loop.run(ident()) == asyncio.run(awaiting())


def test_close_ends_the_thread(loop: LoopThread) -> None:
    loop.run(thread_name())

    loop.close()

    assert threads() == []


def test_close_cancels_what_runs(loop: LoopThread) -> None:
    future = loop.start(asyncio.sleep(60))
    loop.run(thread_name())

    loop.close()

    assert future.cancelled()


def test_a_closed_loop_can_begin_again(loop: LoopThread) -> None:
    loop.run(thread_name())
    loop.close()

    assert loop.run(thread_name()) == "seedance-mock"


def test_nothing_begins_before_it_is_needed(loop: LoopThread) -> None:
    loop.close()

    assert threads() == []


def test_a_forgotten_loop_ends() -> None:
    LoopThread().run(thread_name())
    gc.collect()

    assert threads() == []


def test_a_loop_can_be_closed_from_within(loop: LoopThread) -> None:
    async def close() -> None:
        loop.close()

    loop.run(close())

    assert loop.run(thread_name()) == "seedance-mock"
