"""Commands of concurrent requests, sent together."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from itertools import chain, islice
from typing import Any, NamedTuple

import redis.exceptions
from redis.asyncio import Redis

MAX_BATCH = 1_000
"""How many commands are sent together, unless a caller has more at once."""

MAX_IN_FLIGHT = 2
"""How many batches wait for their replies at once. Each has a connection."""

SCAN_COUNT = 1_000
"""How many keys of a database are looked at by one command."""

REPLIES_PER_TIMEOUT = 100
"""After how many replies of a batch the time limit starts anew."""


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

    A pipeline of redis-py would take a connection from the pool for each batch and set a timer for
    each reply: a fifth of the CPU time of a poll.

    Args:
        client: whose connections have no timeout of their own.
        timeout: how long a reply may take, in seconds.
    """

    def __init__(self, client: Redis, timeout: float) -> None:
        self._pool: Any = client.connection_pool
        self._callbacks = client.response_callbacks
        self._timeout = timeout
        self._idle: list[Any] = []
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
        commands = list(chain.from_iterable(entry.commands for entry in batch))
        try:
            replies = await self._exchange(commands)
        except asyncio.CancelledError:
            # The event loop ends.
            for entry in batch:
                entry.replies.cancel()
            raise
        except Exception as error:
            replies = [error] * len(commands)
        remaining = iter(replies)
        for entry in batch:
            own = list(islice(remaining, len(entry.commands)))
            # A request that its client has given up no longer waits.
            if not entry.replies.done():
                entry.replies.set_result(own)

    async def _exchange(self, commands: Sequence[Command]) -> list[Any]:
        """Return the reply to each command, or the error that Redis replies."""
        # Not `get_connection`, which connects: no time limit would hold for the handshake.
        connection = self._idle.pop() if self._idle else self._pool.get_available_connection()
        try:
            replies = await self._replies_on(connection, commands)
        except BaseException:
            # Replies may still be on their way. The next batch connects it again.
            await connection.disconnect(nowait=True)
            await self._pool.release(connection)
            raise
        if any(isinstance(reply, redis.exceptions.ReadOnlyError) for reply in replies):
            # After a failover the address may lead to another server.
            await connection.disconnect(nowait=True)
        self._idle.append(connection)
        return replies

    async def _replies_on(self, connection: Any, commands: Sequence[Command]) -> list[Any]:
        loop, replies = asyncio.get_running_loop(), list[Any]()
        packed = connection.pack_commands([(name, *rest) for name, rest in commands])
        try:
            async with asyncio.timeout(self._timeout) as limit:
                # It connects if necessary.
                await connection.send_packed_command(packed)
                for position, (name, _) in enumerate(commands, 1):
                    replies.append(await self._read(connection, name))
                    if position % REPLIES_PER_TIMEOUT == 0:
                        limit.reschedule(loop.time() + self._timeout)
        except TimeoutError as error:
            raise redis.exceptions.TimeoutError(f"no reply in {self._timeout:g} s") from error
        return replies

    async def _read(self, connection: Any, name: str) -> Any:
        try:
            reply = await connection.read_response()
        except redis.exceptions.ResponseError as error:
            return error
        callback = self._callbacks.get(name)
        return reply if callback is None else callback(reply)

    async def keys(self, pattern: str) -> list[bytes]:
        """Return the keys that match a pattern. It looks at every key of the database."""
        cursor, found = 0, list[bytes]()
        while True:
            command = Command("SCAN", (cursor, "MATCH", pattern, "COUNT", SCAN_COUNT))
            [(cursor, keys)] = await self.replies([command])
            found += keys
            if not cursor:
                return found
