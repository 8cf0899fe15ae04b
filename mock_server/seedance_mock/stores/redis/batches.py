"""Commands of concurrent requests, sent together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

MAX_BATCH = 1_000
"""How many commands are sent together, unless a caller has more at once."""

MAX_IN_FLIGHT = 2
"""How many batches wait for their replies at once."""


class Command(NamedTuple):
    """A command with its arguments."""

    name: str
    arguments: Sequence[str | bytes | float]


class _Entry(NamedTuple):
    commands: Sequence[Command]
    replies: asyncio.Future[list[Any]]


class CommandBatches:
    """Sends commands to one server, those of many requests in one pipeline.

    While batches are in flight, further commands are collected. So the busier the server is, the
    larger the batches are. With 16 requests at once a command takes a third of the CPU time that
    it takes alone (38 µs instead of 107 µs for two reads, measured with redis-py 8.1).
    """

    def __init__(self, client: Any) -> None:
        self._client = client
        self._waiting: deque[_Entry] = deque()
        self._in_flight: set[asyncio.Task[None]] = set()
        self._is_starting = False

    async def replies(self, commands: Sequence[Command]) -> list[Any]:
        """Return the replies to some commands.

        Raises what redis-py raises for the first command that fails. All commands of a batch fail
        if its connection does.
        """
        loop = asyncio.get_running_loop()
        entry = _Entry(commands, loop.create_future())
        self._waiting.append(entry)
        if not self._is_starting and len(self._in_flight) < MAX_IN_FLIGHT:
            # Not at once: other requests that are ready in this turn of the loop come along.
            self._is_starting = True
            loop.call_soon(self._start)
        replies = await entry.replies
        for reply in replies:
            if isinstance(reply, Exception):
                raise reply
        return replies

    def _start(self) -> None:
        self._is_starting = False
        while self._waiting and len(self._in_flight) < MAX_IN_FLIGHT:
            batch, count = list[_Entry](), 0
            while self._waiting and count < MAX_BATCH:
                entry = self._waiting.popleft()
                batch.append(entry)
                count += len(entry.commands)
            # The loop has only a weak reference to a task.
            task = asyncio.get_running_loop().create_task(self._send(batch))
            self._in_flight.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._in_flight.discard(task)
        self._start()

    async def _send(self, batch: Sequence[_Entry]) -> None:
        pipeline = self._client.pipeline(transaction=False)
        for name, arguments in chain.from_iterable(entry.commands for entry in batch):
            pipeline.execute_command(name, *arguments)
        try:
            replies = await pipeline.execute(raise_on_error=False)
        except asyncio.CancelledError:
            # The event loop ends.
            for entry in batch:
                entry.replies.cancel()
            raise
        except Exception as error:
            replies = [error] * sum(len(entry.commands) for entry in batch)
        remaining = iter(replies)
        for entry in batch:
            own = list(islice(remaining, len(entry.commands)))
            # A request that its client has given up no longer waits.
            if not entry.replies.done():
                entry.replies.set_result(own)
