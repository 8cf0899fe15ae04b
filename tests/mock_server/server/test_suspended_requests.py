"""Requests whose handler waits on the fast path: for a store in another process, or for a delay."""

from __future__ import annotations

import asyncio
import gc
import logging
from typing import Any

import pytest
from tests.mock_server.stores.copying_store import CopyingStore

from seedance_mock.domain.task import Task
from seedance_mock.stores.memory import MemoryStore

from .peer import BODY, TASK, Output, Peer, comparable, complete, get, peer, post, send_both

pytestmark = pytest.mark.anyio


class WaitingStore(MemoryStore):
    """A store whose commits wait until the test lets them go on."""

    is_async = True

    def __init__(self) -> None:
        super().__init__()
        self.free = asyncio.Event()
        self.commits = 0
        self.is_cancelled = False

    async def commit(self, *changes: Any) -> bool:
        self.commits += 1
        try:
            await self.free.wait()
        except asyncio.CancelledError:
            self.is_cancelled = True
            raise
        return await super().commit(*changes)


async def turns() -> None:
    """Let everything run that can."""
    for _ in range(10):
        await asyncio.sleep(0)


async def until_complete(output: Output) -> bytes:
    while not complete(output.written, is_head=False):
        await asyncio.sleep(0)
    return output.written


async def test_a_handler_goes_on_where_it_was(routed: list[str]) -> None:
    store = WaitingStore()
    protocol, _, output = peer(store).connect()
    protocol.data_received(post(BODY))
    await turns()
    assert output.written == b""

    store.free.set()

    assert (await until_complete(output)).startswith(b"HTTP/1.1 200 ")
    assert len(await store.tasks()) == store.commits == 1
    assert routed == []


async def test_a_pipelined_request_waits_for_its_turn(routed: list[str]) -> None:
    store = WaitingStore()
    protocol, _, output = peer(store).connect()
    protocol.data_received(post(BODY) + get("/v1/models"))
    protocol.data_received(get("/v1/pricing"))
    await turns()
    assert output.written == b""

    store.free.set()
    while output.written.count(b"HTTP/1.1 200 OK") < 3:
        await asyncio.sleep(0)

    bodies = [response.partition(b"\r\n\r\n")[2] for response in output.written.split(b"HTTP/1.1")]
    assert [b"ldtask_" in bodies[1], b'"models"' in bodies[2], b"prices" in bodies[3]]
    assert routed == ["/v1/models", "/v1/pricing"]


async def test_a_request_leaves_no_reference_cycles() -> None:
    protocol, state, output = peer(CopyingStore()).connect()

    async def send() -> None:
        protocol.data_received(post(BODY))
        await asyncio.gather(*state.tasks)
        assert (await until_complete(output)).startswith(b"HTTP/1.1 200 ")
        output.written = b""

    await send()
    gc.collect()
    gc.disable()
    try:
        for _ in range(10):
            await send()
    finally:
        gc.enable()

    assert gc.collect() == 0


async def test_a_server_that_stops_says_so_in_the_response() -> None:
    store = WaitingStore()
    protocol, state, output = peer(store).connect()
    protocol.data_received(post(BODY))
    await turns()

    protocol.shutdown()
    store.free.set()
    await asyncio.gather(*state.tasks)

    assert b"\r\nconnection: close\r\n" in output.written
    assert b"ldtask_" in output.written
    assert output.closed


async def test_a_client_that_does_not_read_gets_the_response_later() -> None:
    store = WaitingStore()
    protocol, _, output = peer(store).connect()
    protocol.data_received(post(BODY))
    protocol.pause_writing()
    store.free.set()
    await turns()
    assert output.written == b""

    protocol.resume_writing()

    assert (await until_complete(output)).startswith(b"HTTP/1.1 200 ")


async def test_what_a_client_has_ordered_is_done_although_it_left() -> None:
    store = WaitingStore()
    side = peer(store)
    protocol, state, output = side.connect()
    protocol.data_received(post(BODY))
    await turns()

    protocol.connection_lost(None)
    store.free.set()
    await asyncio.gather(*state.tasks)

    assert output.written == b""
    assert len(await store.tasks()) == 1
    [entry] = (await side.app.state.journal.page()).entries
    assert (entry.place, entry.status) == ("create", 200)


async def test_a_handler_can_be_cancelled(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL)
    store = WaitingStore()
    side = peer(store)
    protocol, state, output = side.connect()
    protocol.data_received(post(BODY))
    await turns()

    for task in state.tasks:
        task.cancel()
    await asyncio.gather(*state.tasks, return_exceptions=True)

    assert store.is_cancelled
    assert b"HTTP/1.1 500 " in output.written
    assert len((await side.app.state.journal.page()).entries) == 1


class BrokenStore(MemoryStore):
    """A store that cannot be read, as it turns out after a while."""

    is_async = True

    async def task(self, task_id: str) -> Task | None:
        await asyncio.sleep(0)
        raise RuntimeError("the planted cause")


def test_a_late_exception_is_a_500_on_both_paths(caplog: pytest.LogCaptureFixture) -> None:
    sides: tuple[Peer, Peer] = peer(BrokenStore()), peer(BrokenStore(), fast_path=False)

    fast, fallback = send_both(*sides, lambda _: get(f"/v1/tasks/{TASK}"))

    assert fast.startswith(b"HTTP/1.1 500 ")
    assert comparable(fast) == comparable(fallback)
    causes = [record.exc_info[1] for record in caplog.records if record.exc_info]
    assert [str(cause) for cause in causes] == ["the planted cause"] * 2
