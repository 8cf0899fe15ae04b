"""An event loop in a thread of its own, for callers that have none or another."""

from __future__ import annotations

import asyncio
import threading
import weakref
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

import anyio.to_thread

Result = TypeVar("Result")


class LoopThread:
    """Runs coroutines for callers of every kind, all on one loop, so that none meet half-way.

    The thread begins with the first coroutine. It ends with `close`, at the latest when the
    object or the program does.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: weakref.finalize[..., LoopThread] | None = None

    def start(self, coroutine: Coroutine[Any, Any, Result]) -> Future[Result]:
        """Run a coroutine, and return the future of its result."""
        with self._lock:
            if self._loop is None:
                self._loop = self._begun()
            return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def _begun(self) -> asyncio.AbstractEventLoop:
        ready: Future[asyncio.AbstractEventLoop] = Future()
        # A daemon, as a client that nobody closed must not keep the program from ending.
        thread = threading.Thread(target=_live, args=(ready,), name="seedance-mock", daemon=True)
        thread.start()
        loop = ready.result()
        self._end = weakref.finalize(self, _stopped, loop, thread)
        return loop

    def run(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine while the calling thread waits, and return its result."""
        return self.start(coroutine).result()

    async def wait(self, coroutine: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine while the caller's own loop goes on, and return its result."""
        future = self.start(coroutine)
        try:
            asyncio.get_running_loop()
        except RuntimeError:
            return await _elsewhere(future)
        return await asyncio.wrap_future(future)

    def close(self) -> None:
        """Cancel what still runs, and end the thread. Another coroutine begins a new one."""
        with self._lock:
            if self._end is not None:
                self._end()
            self._loop = self._end = None


async def _elsewhere(future: Future[Result]) -> Result:
    """Await a future on the loop of another library, such as trio."""
    try:
        return await anyio.to_thread.run_sync(future.result, abandon_on_cancel=True)
    finally:
        future.cancel()


def _live(ready: Future[asyncio.AbstractEventLoop]) -> None:
    with asyncio.Runner() as runner:
        loop = runner.get_loop()
        ready.set_result(loop)
        loop.run_forever()


def _stopped(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    if thread is not threading.current_thread():
        thread.join()
