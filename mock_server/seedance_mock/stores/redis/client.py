"""Calls of Redis, Valkey or a cluster: repeated for some time, then an error that explains."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from typing import Any, NamedTuple

import redis.exceptions
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from seedance_mock.domain.clock import monotonic
from seedance_mock.stores.errors import StoreUnavailableError
from seedance_mock.stores.redis.scripts import LuaScript

CLUSTER = "+cluster"
"""What a scheme of a URL ends with if the server is one of a cluster."""

SOCKET_TIMEOUT = 2.0
"""How many seconds a call waits for its reply."""

RETRY_SECONDS = 4.0
"""For how many seconds a call is repeated. A failover, or a server that pauses, may end by then."""

MAX_DELAY = 0.5
"""The longest pause between two attempts, in seconds."""

MAX_CONNECTIONS = 64
"""How many connections a process opens to a server; further calls wait for a free one."""

# Authentication errors are connection errors for redis-py, but no attempt more will help.
_FINAL = (redis.exceptions.AuthenticationError, redis.exceptions.AuthorizationError)
_TRANSIENT = (
    redis.exceptions.ConnectionError,
    redis.exceptions.TimeoutError,
    redis.exceptions.ReadOnlyError,  # a server that was the primary before a failover
    redis.exceptions.ClusterDownError,
    redis.exceptions.TryAgainError,  # the keys of a slot that is being moved
    redis.exceptions.RedisClusterException,  # no node answers, or a slot has none
    OSError,
)

DELETE_BATCH = 500
"""How many keys are deleted at once."""

Arguments = Sequence[str | bytes | float]


class Command(NamedTuple):
    """A command with its arguments."""

    name: str
    arguments: Arguments


class RedisClient:
    """The connections of a process to the server or cluster of a URL.

    Args:
        url: `redis://`, `rediss://` or `unix://`; with `+cluster` in the scheme, as in
            `redis+cluster://`, the address of any server of a cluster.

    Methods raise StoreUnavailableError if a call has failed for `RETRY_SECONDS`. Each call may be
    carried out more than once, because a reply can be lost.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        # A connection belongs to its event loop. There is one, except in tests.
        self._clients: dict[asyncio.AbstractEventLoop, tuple[Any, AsyncGenerator[None]]] = {}

    async def call(self, name: str, *arguments: str | bytes | float) -> Any:
        """Return the reply to a command."""
        return await self._repeat(lambda client: client.execute_command(name, *arguments))

    async def run(self, script: LuaScript, keys: Sequence[str], arguments: Arguments) -> Any:
        """Return the result of a script."""

        async def run(client: Any) -> Any:
            try:
                return await client.execute_command(
                    "EVALSHA", script.digest, len(keys), *keys, *arguments
                )
            except redis.exceptions.NoScriptError:
                # The server was started after this process, or has never seen the script.
                return await client.execute_command(
                    "EVAL", script.source, len(keys), *keys, *arguments
                )

        return await self._repeat(run)

    async def call_all(self, commands: Sequence[Command]) -> list[Any]:
        """Return the replies to commands that are sent together. They are not one atomic step."""

        async def run(client: Any) -> list[Any]:
            pipeline = client.pipeline(transaction=False)
            for name, arguments in commands:
                pipeline.execute_command(name, *arguments)
            replies: list[Any] = await pipeline.execute()
            return replies

        replies: list[Any] = await self._repeat(run)
        return replies

    async def delete_matching(self, pattern: str, *, but: tuple[str, ...]) -> None:
        """Delete all keys that match a pattern, except those that start like one of `but`.

        It looks at every key of the database.
        """
        kept = tuple(prefix.encode() for prefix in but)

        async def run(client: Any) -> None:
            found = [key async for key in client.scan_iter(match=pattern, count=1000)]
            doomed = [key for key in found if not key.startswith(kept)]
            for start in range(0, len(doomed), DELETE_BATCH):
                pipeline = client.pipeline(transaction=False)
                for key in doomed[start : start + DELETE_BATCH]:
                    pipeline.unlink(key)
                await pipeline.execute()

        await self._repeat(run)

    async def _repeat(self, operation: Callable[[Any], Awaitable[Any]]) -> Any:
        deadline, delay = monotonic() + RETRY_SECONDS, 0.02
        while True:
            try:
                return await operation(await self._client())
            except redis.exceptions.MaxConnectionsError as error:
                raise StoreUnavailableError(str(error)) from error
            except _FINAL as error:
                raise StoreUnavailableError(explanation(error)) from error
            except _TRANSIENT as error:
                if monotonic() + delay > deadline:
                    raise StoreUnavailableError(explanation(error)) from error
            except redis.exceptions.RedisError as error:
                raise StoreUnavailableError(explanation(error)) from error
            await asyncio.sleep(delay)
            delay = min(2 * delay, MAX_DELAY)

    async def _client(self) -> Any:
        loop = asyncio.get_running_loop()
        entry = self._clients.get(loop)
        if entry is not None:
            return entry[0]
        client = _new_client(self._url)
        closing = self._close_with_loop(loop, client)
        self._clients[loop] = client, closing
        await anext(closing)
        return client

    async def _close_with_loop(
        self, loop: asyncio.AbstractEventLoop, client: Any
    ) -> AsyncGenerator[None]:
        # A loop that ends closes the asynchronous generators that were started on it. So the
        # connections are closed even if nobody calls `close`, as in an application that a test
        # or another server runs.
        try:
            yield
        finally:
            del self._clients[loop]
            await client.aclose()

    async def close(self) -> None:
        """Close the connections of the running event loop."""
        entry = self._clients.get(asyncio.get_running_loop())
        if entry is not None:
            await entry[1].aclose()


def _new_client(url: str) -> Any:
    options: dict[str, Any] = {
        "socket_timeout": SOCKET_TIMEOUT,
        "socket_connect_timeout": SOCKET_TIMEOUT,
        "protocol": 2,
    }
    if CLUSTER in url:
        return RedisCluster.from_url(url.replace(CLUSTER, "", 1), **options)
    # redis-py's own repetition would not be bounded by `RETRY_SECONDS`.
    retry = Retry(NoBackoff(), 0)
    return Redis.from_url(url, retry=retry, **options)


def explanation(error: BaseException) -> str:
    """Return what an error of redis-py means, in one line."""
    text = str(error).rstrip(".") or type(error).__name__
    if isinstance(error, redis.exceptions.AuthenticationError | redis.exceptions.NoPermissionError):
        return f"Redis refuses the user or the password: {text}"
    if isinstance(error, redis.exceptions.OutOfMemoryError):
        return f"Redis is full: {text}"
    if isinstance(error.__cause__ or error.__context__, ssl.SSLError):
        return f"the TLS connection to Redis failed: {text}"
    return f"Redis: {text}"
