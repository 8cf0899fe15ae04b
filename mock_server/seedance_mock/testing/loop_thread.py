"""An event loop in a thread of its own.

Synchronous callers have no event loop, and every asynchronous test has another one. The mock
keeps locks and timers on one loop, so all callers send it their coroutines.
"""

from __future__ import annotations

import asyncio
import os
import selectors
import socket
import threading
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

import anyio.to_thread

from seedance_mock.domain.clock import monotonic

ResultT = TypeVar("ResultT")


class LoopStartError(RuntimeError):
    """The event loop of the mock cannot start. `__cause__` is what prevents it."""

    def __init__(self, cause: BaseException) -> None:
        super().__init__(
            f"the event loop of the mock cannot start: {type(cause).__name__}: {cause}. "
            "It needs a free file descriptor and a pair of local sockets, which it connects to "
            "each other. With pytest-socket use --disable-socket --allow-unix-socket, or "
            "--allow-hosts=127.0.0.1 for a mock on a real port."
        )


class LoopThread:
    """Runs the coroutines of all callers on one event loop.

    The thread starts with the first coroutine. It ends with `close`, or when this object is
    garbage-collected, or when the program exits. A forked child inherits the loop but not the
    thread (fork copies the calling thread only), so its first coroutine starts a new loop.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._finalizer: weakref.finalize[..., LoopThread] | None = None
        _loop_threads.add(self)

    def submit(self, coroutine: Coroutine[Any, Any, ResultT]) -> Future[ResultT]:
        """Start a coroutine and return the future of its result.

        Raises LoopStartError if there is no event loop yet and none can start.
        """
        with self._lock:
            if self._loop is None:
                try:
                    self._loop = self._start_thread()
                except BaseException:
                    # Otherwise Python warns that the coroutine was never awaited.
                    coroutine.close()
                    raise
            return asyncio.run_coroutine_threadsafe(coroutine, self._loop)

    def _start_thread(self) -> asyncio.AbstractEventLoop:
        ready: Future[asyncio.AbstractEventLoop] = Future()
        # A daemon thread: a transport that nobody closes must not keep the program from exiting.
        thread = threading.Thread(
            target=_run_loop, args=(ready,), name="seedance-mock", daemon=True
        )
        try:
            thread.start()
            loop = ready.result()
        except Exception as error:
            raise LoopStartError(error) from error
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

    def forget_thread(self) -> None:
        """Forget the loop and the thread of the parent process. For a forked child only."""
        # Another thread may have held the lock at the time of the fork. Nobody would release it.
        self._lock = threading.Lock()
        if self._finalizer is not None:
            self._finalizer.detach()
            # Not collected: that would warn of an unclosed loop, and its selector is shared with
            # the parent, so that closing the loop would take the parent's sockets out of it.
            _inherited_loops.append(self._loop)
        self._loop = self._finalizer = None


_loop_threads: weakref.WeakSet[LoopThread] = weakref.WeakSet()
_inherited_loops: list[asyncio.AbstractEventLoop | None] = []


def _forget_threads() -> None:
    for loop_thread in _loop_threads:
        loop_thread.forget_thread()


# Windows has no fork.
_at_fork: Callable[..., object] = getattr(os, "register_at_fork", lambda **_: None)
_at_fork(after_in_child=_forget_threads)


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
    try:
        _check_resources()
        runner = asyncio.Runner(loop_factory=_new_loop)
        loop = runner.get_loop()
    except BaseException as error:
        ready.set_exception(error)
        return
    with runner:
        ready.set_result(loop)
        loop.run_forever()


def _check_resources() -> None:
    """Open and close what an event loop opens. Raises what prevents it."""
    # An event loop whose constructor fails is collected later, and its finalizer then raises
    # another exception that nobody can catch.
    with selectors.DefaultSelector():
        for end in socket.socketpair():
            end.close()


def _new_loop() -> asyncio.AbstractEventLoop:
    """Return an event loop whose timers go on when a test freezes the time."""
    loop = asyncio.new_event_loop()
    # The loops of asyncio call `time.monotonic`, which freezegun replaces: no timer would ever be
    # due. The loops of uvloop, which a policy may choose, have a clock in C.
    if isinstance(loop, asyncio.BaseEventLoop):
        loop.time = monotonic  # type: ignore[method-assign] # on this loop only
    return loop


def _stop_loop(loop: asyncio.AbstractEventLoop, thread: threading.Thread) -> None:
    loop.call_soon_threadsafe(loop.stop)
    # A coroutine on this loop may call `close`, and a thread cannot join itself.
    if thread is not threading.current_thread():
        thread.join()
