"""Calls of Redis, Valkey or a cluster: repeated for some time, then an error that explains."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from typing import Any, NamedTuple, Protocol

import hiredis
import redis.exceptions
from redis.asyncio import Redis, RedisCluster
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from seedance_mock.domain.clock import monotonic
from seedance_mock.stores.errors import StoreUnavailableError
from seedance_mock.stores.redis.batches import SCAN_COUNT, Command, CommandBatches
from seedance_mock.stores.redis.scripts.script import LuaScript

CLUSTER = "+cluster"
"""What a scheme of a URL ends with if the server is one of a cluster."""

SOCKET_TIMEOUT = 2.0
"""How many seconds a call waits for its reply."""

RETRY_SECONDS = 4.0
"""For how many seconds a call is repeated. A failover, or a server that pauses, may end by then."""

MAX_DELAY = 0.5
"""The longest pause between two attempts, in seconds."""

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

READ_BATCH = 500
"""How many records are read at once where many are read."""

DELETE_BATCH = 500
"""How many keys are deleted at once."""

# The stubs of hiredis declare a tuple of one element.
_pack_command: Callable[[tuple[Any, ...]], bytes] = hiredis.pack_command

Arguments = Sequence[str | bytes | float]


class _Server(Protocol):
    async def replies(self, commands: Sequence[Command]) -> list[Any]:
        """Return the replies to some commands."""

    async def keys(self, pattern: str) -> list[bytes]:
        """Return the keys that match a pattern."""


class _Cluster:
    """Sends each command to the server that has its keys."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def replies(self, commands: Sequence[Command]) -> list[Any]:
        """Return the replies to some commands."""
        if len(commands) == 1:
            [(name, arguments)] = commands
            return [await self._client.execute_command(name, *arguments)]
        pipeline = self._client.pipeline(transaction=False)
        for name, arguments in commands:
            pipeline.execute_command(name, *arguments)
        replies: list[Any] = await pipeline.execute()
        return replies

    async def keys(self, pattern: str) -> list[bytes]:
        """Return the keys of all servers that match a pattern."""
        return [key async for key in self._client.scan_iter(match=pattern, count=SCAN_COUNT)]


class _Connected(NamedTuple):
    server: _Server
    closing: AsyncGenerator[None]


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
        self._clients: dict[asyncio.AbstractEventLoop, _Connected] = {}

    async def call(self, name: str, *arguments: str | bytes | float) -> Any:
        """Return the reply to a command."""
        return (await self.call_all([Command(name, arguments)]))[0]

    async def run(self, script: LuaScript, keys: Sequence[str], arguments: Arguments) -> Any:
        """Return the result of a script."""
        rest = [len(keys), *keys, *arguments]
        try:
            [reply] = await self.call_all([Command("EVALSHA", [script.digest, *rest])])
        except redis.exceptions.NoScriptError:
            # The server was started after this process, or has never seen the script.
            [reply] = await self.call_all([Command("EVAL", [script.source, *rest])])
        return reply

    async def call_all(self, commands: Sequence[Command]) -> list[Any]:
        """Return the replies to commands that are sent together. They are not one atomic step."""
        server = await self._server()
        deadline, delay = monotonic() + RETRY_SECONDS, 0.02
        while True:
            try:
                return await server.replies(commands)
            except redis.exceptions.NoScriptError:
                raise
            except _FINAL as error:
                raise StoreUnavailableError(explanation(error)) from error
            except _TRANSIENT as error:
                if monotonic() + delay > deadline:
                    raise StoreUnavailableError(explanation(error)) from error
            except redis.exceptions.RedisError as error:
                raise StoreUnavailableError(explanation(error)) from error
            await asyncio.sleep(delay)
            delay = min(2 * delay, MAX_DELAY)

    async def call_in_batches(self, commands: Sequence[Command]) -> list[Any]:
        """Return the replies to any number of commands, some hundreds of which are sent at once."""
        replies: list[Any] = []
        for start in range(0, len(commands), READ_BATCH):
            replies += await self.call_all(commands[start : start + READ_BATCH])
        return replies

    async def delete_matching(self, pattern: str, *, but: tuple[str, ...]) -> None:
        """Delete all keys that match a pattern, except those that start like one of `but`.

        It looks at every key of the database.
        """
        kept = tuple(prefix.encode() for prefix in but)
        found = await (await self._server()).keys(pattern)
        keys = [key for key in found if not key.startswith(kept)]
        for start in range(0, len(keys), DELETE_BATCH):
            batch = keys[start : start + DELETE_BATCH]
            await self.call_all([Command("UNLINK", [key]) for key in batch])

    async def _server(self) -> _Server:
        loop = asyncio.get_running_loop()
        connected = self._clients.get(loop)
        if connected is None:
            client = _new_client(self._url)
            is_cluster = CLUSTER in self._url
            server = _Cluster(client) if is_cluster else CommandBatches(client, SOCKET_TIMEOUT)
            connected = _Connected(server, self._close_with_loop(loop, client))
            self._clients[loop] = connected
            await anext(connected.closing)
        return connected.server

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
        connected = self._clients.get(asyncio.get_running_loop())
        if connected is not None:
            await connected.closing.aclose()


def _new_client(url: str) -> Any:
    options: dict[str, Any] = {"socket_connect_timeout": SOCKET_TIMEOUT, "protocol": 2}
    if CLUSTER in url:
        options["socket_timeout"] = SOCKET_TIMEOUT
        return RedisCluster.from_url(url.replace(CLUSTER, "", 1), **options)
    # `CommandBatches` has a timeout for each batch, and redis-py's own repetition would not be
    # bounded by `RETRY_SECONDS`.
    client = Redis.from_url(url, socket_timeout=None, retry=Retry(NoBackoff(), 0), **options)
    pool = client.connection_pool
    # The class depends on the URL: TCP, TLS or a socket of this machine.
    pool.connection_class = type("Connection", (_PackedInC, pool.connection_class), {})
    return client


class _PackedInC:
    """Encodes commands with hiredis, as only the synchronous connections of redis-py do.

    A create takes 256 µs of CPU time, with redis-py's encoder in Python 315 µs.
    """

    def pack_command(self, *command: str | bytes | float) -> list[bytes]:
        """Return one command as it is sent."""
        return [_pack_command(command)]

    def pack_commands(self, commands: Iterable[tuple[str | bytes | float, ...]]) -> list[bytes]:
        """Return several commands as they are sent."""
        return [b"".join(map(_pack_command, commands))]


def explanation(error: BaseException) -> str:
    """Return what an error of redis-py means, in one line."""
    text = str(error).rstrip(".") or type(error).__name__
    if isinstance(error, redis.exceptions.AuthenticationError):
        return f"Redis refuses the user or the password: {text}"
    if isinstance(error, redis.exceptions.NoPermissionError):
        return f"Redis does not permit the user what the store needs: {text}"
    option = re.search(r"unexpected keyword argument '(.*)'", text)
    if isinstance(error, TypeError) and option is not None:
        return f"{option[1]} is no option of such a URL"
    if isinstance(error, AttributeError) and text.startswith("'str' object"):
        return "an option of the URL cannot be given as text"
    if isinstance(error, redis.exceptions.OutOfMemoryError):
        return f"Redis is full: {text}"
    if isinstance(error.__cause__ or error.__context__, ssl.SSLError):
        return f"the TLS connection to Redis failed: {text}"
    return f"Redis: {text}"
