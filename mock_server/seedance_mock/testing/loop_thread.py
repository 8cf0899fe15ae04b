"""An event loop in a thread of its own.

Synchronous callers have no event loop, and every asynchronous test has another one. The mock
keeps locks and timers on one loop, so all callers send it their coroutines.
"""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

import anyio.to_thread

ResultT = TypeVar("ResultT")


class LoopThread:
    """Runs the coroutines of all callers on one event loop.

    The thread starts with the first coroutine. It ends with `close`, or when this object is
    garbage-collected, or when the program exits. A forked child inherits the loop but not the
    thread (fork copies the calling thread only), so it needs a LoopThread of its own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._finalizer: weakref.finalize[..., LoopThread] | None = None

    def submit(self, coroutine: Coroutine[Any, Any, ResultT]) -> Future[ResultT]:
        """Start a coroutine and return the future of its result."""
        with self._lock:
            if self._loop is None:
                self._loop = self._start_thread()
            return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def _start_thread(self) -> asyncio.AbstractEventLoop:
        ready: Future[asyncio.AbstractEventLoop] = Future()
        # A daemon thread: a transport that nobody closes must not keep the program from exiting.
        thread = threading.Thread(
            target=_run_loop, args=(ready,), name="seedance-mock", daemon=True
        )
        thread.start()
        loop = ready.result()
        # `_stop_loop` is a function and not a method: a bound method would keep `self` alive, and
        # the finalizer would never run.
        self._finalizer = weakref.finalize(self, _stop_loop, loop, thread)
        return loop

    def run(self, coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Run a coroutine, block the calling thread until it returns, and return its result."""
        return self.submit(coroutine).result()

    async def run_async(self, coroutine: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Run a coroutine without blocking the event loop of the caller, and return its result."""
        future = self.submit(coroutine)
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            # The caller runs on trio, where asyncio has no running loop.
            return await _wait_in_worker_thread(future)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Cancel the coroutines that still run, and end the thread.

        The next coroutine starts a new thread.
        """
        with self._lock:
            if self._finalizer is not None:
                self._finalizer()
            self._loop = self._finalizer = None


async def _wait_in_worker_thread(future: Future[ResultT]) -> ResultT:
    """Wait for a future on an event loop that is not asyncio's."""
    try:
        # A future can only be awaited on asyncio, so a worker thread blocks on it. The thread is
        # abandoned if the caller is cancelled: otherwise the cancellation waits for the result,
        # which a delayed response holds back for as long as its words say.
        return await anyio.to_thread.run_sync(future.result, abandon_on_cancel=True)
    finally:
        future.cancel()


def _run_loop(ready: Future[asyncio.AbstractEventLoop]) -> None:
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        ready.set_result(loop)
        loop.run_forever()


def _stop_loop(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    # A coroutine on this loop may call `close`, and a thread cannot join itself.
    if thread is not threading.current_thread():
        thread.join()
