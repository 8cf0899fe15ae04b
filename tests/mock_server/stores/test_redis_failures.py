"""A store in Redis while the server, or the connection to it, fails."""

from __future__ import annotations

import asyncio
import signal
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace
from starlette.testclient import TestClient

from seedance_mock.domain.accounts import Account
from seedance_mock.settings import Settings
from seedance_mock.stores import AccountChange, TaskChange
from seedance_mock.stores.errors import StoreUnavailableError
from seedance_mock.web.app import create_app

from .example_tasks import task
from .redis_server import RedisServer

if TYPE_CHECKING:
    from seedance_mock.stores.redis.store import RedisStore

pytestmark = pytest.mark.anyio

redis = pytest.importorskip("redis", reason="the library redis is not installed")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    """Give a server that has written each change to its file before it replies."""
    server = RedisServer("--appendonly", "yes", "--appendfsync", "always", folder=tmp_path)
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait for less time than a real server does."""
    monkeypatch.setattr("seedance_mock.stores.redis.client.RETRY_SECONDS", 1.0)
    monkeypatch.setattr("seedance_mock.stores.redis.client.SOCKET_TIMEOUT", 0.3)


def new_store(url: str) -> RedisStore:
    from seedance_mock.stores.redis.store import RedisStore

    return RedisStore(url)


@pytest.fixture
async def store(server: RedisServer) -> AsyncIterator[RedisStore]:
    """Give a store in a server that a test may stop."""
    store = new_store(server.url)
    yield store
    await store.close()


RESET = struct.pack("ii", 1, 0)
"""The value of SO_LINGER with which the end of a connection is a reset."""


class Proxy:
    """Forwards connections to a server. A test may make it lose a reply, and reset connections."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.resets = False
        self.lose_reply: Callable[[], Awaitable[object]] | None = None

    async def forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            while data := await reader.read(1 << 20):
                server_writer.write(data)
                reply = await server_reader.read(1 << 20)
                if self.lose_reply is not None and b"EVAL" in data:
                    lose_reply, self.lose_reply = self.lose_reply, None
                    await lose_reply()
                    if self.resets:
                        client_socket = writer.get_extra_info("socket")
                        client_socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                    return
                writer.write(reply)
        finally:
            for stream in (writer, server_writer):
                stream.close()


@asynccontextmanager
async def proxy_of(server: RedisServer) -> AsyncIterator[tuple[Proxy, str]]:
    """Give a proxy in front of a server, and its URL."""
    proxy = Proxy(server.port)
    listener = await asyncio.start_server(proxy.forward, "127.0.0.1", 0)
    async with listener:
        port = listener.sockets[0].getsockname()[1]
        yield proxy, f"redis://127.0.0.1:{port}"


async def opened_twice(store: RedisStore) -> tuple[Account, Account]:
    """Return an account, and the same after one more create."""
    account = await store.open_account(Account(owner="a"))
    return account, replace(account, created_count=account.created_count + 1)


async def nothing() -> None:
    """Do nothing before the connection is closed."""


@pytest.mark.parametrize("resets", [False, True], ids=["closed", "reset"])
async def test_a_commit_whose_reply_is_lost_is_applied_once(
    resets: bool, server: RedisServer
) -> None:
    async with proxy_of(server) as (proxy, url):
        proxy.resets = resets
        store = await asyncio.to_thread(new_store, url)
        before, after = await opened_twice(store)
        await store._client.call("PING")
        proxy.lose_reply = nothing

        assert await store.commit(AccountChange(before, after), TaskChange(None, task("1")))

        assert proxy.lose_reply is None
        assert await store.account("a") == after
        assert await store.task("1") == task("1")
        await store.close()


async def test_a_lost_reply_is_no_conflict_after_another_commit(
    server: RedisServer, store: RedisStore
) -> None:
    async with proxy_of(server) as (proxy, url):
        other = await asyncio.to_thread(new_store, url)
        before, after = await opened_twice(other)
        latest = replace(after, words="later")

        async def change_again() -> None:
            current = await store.account("a")
            assert current == after
            assert await store.commit(AccountChange(current, latest))

        proxy.lose_reply = change_again

        assert await other.commit(AccountChange(before, after))

        assert await other.account("a") == latest
        await other.close()


async def test_a_journal_batch_whose_reply_is_lost_is_appended_once(server: RedisServer) -> None:
    from seedance_mock.stores.journal_log import JournalRow

    async with proxy_of(server) as (proxy, url):
        store = await asyncio.to_thread(new_store, url)
        assert store.journal_log is not None
        proxy.lose_reply = nothing

        await store.journal_log.append([JournalRow("a", None, None, None, None, "{}")])

        assert await store.journal_log.last_number() == 1
        await store.close()


async def test_a_paused_server_is_waited_for(server: RedisServer, store: RedisStore) -> None:
    before, after = await opened_twice(store)
    server.process.send_signal(signal.SIGSTOP)
    asyncio.get_running_loop().call_later(0.5, server.process.send_signal, signal.SIGCONT)

    assert await store.commit(AccountChange(before, after))
    assert await store.account("a") == after


async def test_a_long_batch_has_time_as_long_as_replies_come(
    store: RedisStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    from seedance_mock.stores.redis.batches import Command

    monkeypatch.setattr("seedance_mock.stores.redis.client.SOCKET_TIMEOUT", 1.0)
    monkeypatch.setattr("seedance_mock.stores.redis.batches.REPLIES_PER_TIMEOUT", 1)

    # Redis replies to each of them after 0.4 s.
    replies = await store._client.call_all([Command("BLPOP", ["missing", 0.4])] * 3)

    assert replies == [None] * 3


@pytest.mark.parametrize("is_connected", [True, False], ids=["connected", "not-connected"])
async def test_a_server_that_stays_paused_is_not_available(
    is_connected: bool, server: RedisServer, store: RedisStore
) -> None:
    if is_connected:
        await store.account("a")
    # The system still accepts connections for it, and nobody replies on them.
    server.process.send_signal(signal.SIGSTOP)

    with pytest.raises(StoreUnavailableError, match=r"no reply in 0\.3 s"):
        await asyncio.wait_for(store.account("a"), 10)

    server.process.send_signal(signal.SIGCONT)
    assert await store.account("a") is None


async def test_a_restarted_server_is_found_again(server: RedisServer, store: RedisStore) -> None:
    before, after = await opened_twice(store)
    await store.commit(AccountChange(before, after), TaskChange(None, task("1")))
    server.stop()

    with pytest.raises(StoreUnavailableError, match="Connect call failed"):
        await store.account("a")
    with pytest.raises(StoreUnavailableError, match="Connect call failed"):
        await store.commit(TaskChange(task("1"), None))

    await asyncio.to_thread(server.start)
    assert await store.account_and_task("a", "1") == (after, task("1"))
    # The server has forgotten the scripts.
    assert await store.commit(TaskChange(task("1"), None))


async def test_a_full_server_applies_nothing(server: RedisServer, store: RedisStore) -> None:
    before, after = await opened_twice(store)
    await store._client.call("CONFIG", "SET", "maxmemory", 1)

    with pytest.raises(StoreUnavailableError, match="Redis is full"):
        await store.commit(AccountChange(before, after), TaskChange(None, task("1")))

    assert await store.account_and_task("a", "1") == (before, None)
    await store._client.call("CONFIG", "SET", "maxmemory", 0)
    assert await store.commit(AccountChange(before, after), TaskChange(None, task("1")))


async def test_a_demoted_server_is_not_written(server: RedisServer, store: RedisStore) -> None:
    before, after = await opened_twice(store)
    await store._client.call("REPLICAOF", "127.0.0.1", 1)

    with pytest.raises(StoreUnavailableError, match="read only replica"):
        await store.commit(AccountChange(before, after))

    await store._client.call("REPLICAOF", "NO", "ONE")
    assert await store.commit(AccountChange(before, after))


async def test_a_demoted_server_is_left_for_the_one_that_has_its_address(
    server: RedisServer,
) -> None:
    successor = RedisServer()
    try:
        async with proxy_of(server) as (proxy, url):
            store = await asyncio.to_thread(new_store, url)
            await store.open_account(Account(owner="a"))
            # It keeps its connections, although new ones lead to another server.
            await store._client.call("REPLICAOF", "127.0.0.1", 1)
            proxy.port = successor.port

            assert (await store.open_account(Account(owner="b"))).owner == "b"

            assert await store.account("a") is None
            await store.close()
    finally:
        successor.stop()


@pytest.mark.slow("stores")
async def test_a_replica_takes_over(server: RedisServer) -> None:
    replica = RedisServer("--replicaof", f"127.0.0.1 {server.port}", "--repl-diskless-sync-delay 0")
    try:
        async with proxy_of(server) as (proxy, url):
            store = await asyncio.to_thread(new_store, url)
            before, after = await opened_twice(store)
            assert await store.commit(AccountChange(before, after), TaskChange(None, task("1")))
            while await store._client.call("WAIT", 1, 100) == 0:
                # The replica connects to its primary about once a second.
                pass

            server.stop()
            proxy.port = replica.port
            promoted = redis.Redis.from_url(replica.url)
            promoted.replicaof("NO", "ONE")
            promoted.close()

            assert await store.account_and_task("a", "1") == (after, task("1"))
            # The new primary has never seen the scripts.
            assert await store.commit(TaskChange(task("1"), None))
            await store.close()
    finally:
        replica.stop()


async def test_a_changed_password_is_explained(server: RedisServer, store: RedisStore) -> None:
    await store._client.call("CONFIG", "SET", "requirepass", "secret")
    await store._client.close()

    with pytest.raises(StoreUnavailableError, match="refuses the user or the password"):
        await store.account("a")


async def test_what_could_not_be_queued_is_queued_later(
    server: RedisServer, store: RedisStore
) -> None:
    await store.commit(TaskChange(None, task("1")))
    server.stop()
    with pytest.raises(StoreUnavailableError):
        await store.evict()
    await asyncio.to_thread(server.start)

    assert [left.id for left in await store.tasks()] == ["1"]


def test_a_client_gets_a_documented_503(server: RedisServer) -> None:
    headers = {"Authorization": "Bearer sk-test"}
    body = {"model": "seedance-2.0", "prompt": "a paper boat"}
    with TestClient(create_app(Settings(store=server.url)), headers=headers) as client:
        task_id = client.post("/v1/videos/generations", json=body).json()["id"]
        server.stop()

        response = client.post("/v1/videos/generations", json=body)

        assert response.status_code == 503
        assert response.json()["error"]["retryable"] is True
        server.start()
        assert client.get(f"/v1/tasks/{task_id}").status_code == 200
