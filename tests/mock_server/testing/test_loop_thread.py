"""An event loop in a thread, for synchronous and asynchronous callers."""

from __future__ import annotations

import asyncio
import gc
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future

import anyio
import pytest

from seedance_mock.testing.loop_thread import LoopThread

NewThreads = Callable[[], set[threading.Thread]]


@pytest.fixture
def loop() -> Iterator[LoopThread]:
    loop = LoopThread()
    yield loop
    loop.close()


async def thread_name() -> str:
    await asyncio.sleep(0)
    return threading.current_thread().name


@pytest.fixture
def new_threads() -> NewThreads:
    """Give a function that returns the threads that were started in this test and still run."""
    before = {*threading.enumerate()}
    return lambda: {*threading.enumerate()} - before


def test_a_coroutine_runs_in_the_thread(loop: LoopThread) -> None:
    assert loop.run(thread_name()) == "seedance-mock"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_result_can_be_awaited(backend: str, loop: LoopThread) -> None:
    async def wait_for_result() -> str:
        return await loop.run_async(thread_name())

    assert anyio.run(wait_for_result, backend=backend) == "seedance-mock"


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_cancelled_caller_cancels_its_coroutine(backend: str, loop: LoopThread) -> None:
    ended: Future[str] = Future()

    async def endless() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            ended.set_result("cancelled")

    async def wait_for_10_ms() -> None:
        with anyio.move_on_after(0.01):
            await loop.run_async(endless())

    anyio.run(wait_for_10_ms, backend=backend)

    assert ended.result(timeout=10) == "cancelled"


def test_all_callers_share_one_thread(loop: LoopThread) -> None:
    async def ident() -> int:
        return threading.get_ident()

    async def awaiting() -> int:
        return await loop.run_async(ident())

    assert loop.run(ident()) == asyncio.run(awaiting())


def test_close_ends_the_thread(loop: LoopThread, new_threads: NewThreads) -> None:
    loop.run(thread_name())

    loop.close()

    assert new_threads() == set()


def test_close_cancels_running_coroutines(loop: LoopThread) -> None:
    future = loop.submit(asyncio.sleep(60))
    loop.run(thread_name())

    loop.close()

    assert future.cancelled()


def test_a_closed_loop_can_be_used_again(loop: LoopThread) -> None:
    loop.run(thread_name())
    loop.close()

    assert loop.run(thread_name()) == "seedance-mock"


def test_no_thread_starts_before_the_first_call(loop: LoopThread, new_threads: NewThreads) -> None:
    loop.close()

    assert new_threads() == set()


def test_an_unreferenced_loop_ends(new_threads: NewThreads) -> None:
    LoopThread().run(thread_name())
    gc.collect()

    assert new_threads() == set()


def test_a_coroutine_can_close_its_loop(loop: LoopThread) -> None:
    async def close() -> None:
        loop.close()

    loop.run(close())

    assert loop.run(thread_name()) == "seedance-mock"


def test_the_policy_may_choose_another_loop(
    loop: LoopThread, monkeypatch: pytest.MonkeyPatch
) -> None:
    uvloop = pytest.importorskip("uvloop")
    monkeypatch.setattr(asyncio, "new_event_loop", uvloop.new_event_loop)

    async def loop_type() -> type:
        return type(asyncio.get_running_loop())

    assert loop.run(loop_type()) is uvloop.Loop
