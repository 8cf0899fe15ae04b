"""The coalescing transport: the same bytes in fewer system calls."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import pytest
import uvloop

from seedance_mock.server.coalescing import MAX_JOINED, CoalescingTransport


class RecordedTransport(asyncio.Transport):
    """A transport that keeps its calls."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 1)})
        self.calls: list[bytes | str] = []

    def write(self, data: Any) -> None:
        self.calls.append(bytes(data))

    def close(self) -> None:
        self.calls.append("close")

    def write_eof(self) -> None:
        self.calls.append("eof")
        if "abort" in self.calls:
            raise OSError("the connection was reset")

    def abort(self) -> None:
        self.calls.append("abort")

    def is_closing(self) -> bool:
        return "close" in self.calls or "abort" in self.calls

    def pause_reading(self) -> None:
        self.calls.append("pause")

    def resume_reading(self) -> None:
        self.calls.append("resume")


LARGE = b"x" * MAX_JOINED

Act = Callable[[CoalescingTransport], object]


@pytest.mark.parametrize(
    ("acts", "calls"),
    [
        ([lambda it: it.write(b"head"), lambda it: it.write(b"body")], [b"headbody"]),
        ([lambda it: it.write(b"head"), lambda it: it.write(LARGE)], [b"head", LARGE]),
        ([lambda it: it.write(b"1"), lambda it: it.close()], [b"1", "close"]),
        ([lambda it: it.write(b"1"), lambda it: it.abort()], [b"1", "abort"]),
        ([lambda it: it.close()], ["close"]),
        ([lambda it: it.writelines([b"1", b"2"]), lambda it: it.write(b"3")], [b"123"]),
        ([lambda it: it.write(b"1"), lambda it: it.write_eof()], [b"1", "eof"]),
        ([lambda it: it.write_eof(), lambda it: it.writelines([b"1", LARGE])], ["eof"]),
        ([lambda it: it.write_eof(), lambda it: it.close()], ["eof", "close"]),
        ([lambda it: it.abort(), lambda it: it.write_eof()], ["abort", "eof"]),
        ([lambda it: it.pause_reading(), lambda it: it.resume_reading()], ["pause", "resume"]),
    ],
    ids=[
        "joined",
        "too large",
        "closed",
        "aborted",
        "empty",
        "lines",
        "eof",
        "after-eof",
        "eof-closed",
        "reset",
        "reading",
    ],
)
def test_calls_are_joined(acts: list[Act], calls: list[bytes | str]) -> None:
    async def act() -> list[bytes | str]:
        transport = RecordedTransport()
        coalescing = CoalescingTransport(transport)
        for act_on in acts:
            act_on(coalescing)
        return [*transport.calls]

    assert asyncio.run(act()) == calls


def test_bytes_are_sent_when_the_loop_turns() -> None:
    async def act() -> list[list[bytes | str]]:
        transport = RecordedTransport()
        coalescing = CoalescingTransport(transport)
        calls = []
        for data in (b"1", b"2", b"3"):
            coalescing.write(data)
            calls.append([*transport.calls])
        await asyncio.sleep(0)
        return [*calls, [*transport.calls]]

    assert asyncio.run(act()) == [[], [b"12"], [b"12"], [b"12", b"3"]]


def test_other_methods_are_delegated() -> None:
    async def act() -> tuple[object, bool, bool]:
        coalescing = CoalescingTransport(RecordedTransport())
        before = coalescing.is_closing()
        coalescing.close()
        return coalescing.get_extra_info("peername"), before, coalescing.is_closing()

    assert asyncio.run(act()) == (("127.0.0.1", 1), False, True)


def test_a_close_can_be_taken_over() -> None:
    async def act() -> list[bytes | str]:
        transport = RecordedTransport()
        coalescing = CoalescingTransport(transport, lambda: True)
        coalescing.write(b"1")
        coalescing.close()
        return [*transport.calls]

    assert asyncio.run(act()) == [b"1"]


@pytest.mark.parametrize("new_loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_nothing_is_written_to_a_lost_connection(
    new_loop: Callable[[], asyncio.AbstractEventLoop],
) -> None:
    errors: list[dict[str, Any]] = []

    class Lost(asyncio.Protocol):
        def __init__(self) -> None:
            self.ended = asyncio.Event()

        def connection_lost(self, exc: Exception | None) -> None:
            self.ended.set()

    async def act() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: errors.append(context))
        server, client = socket.socketpair()
        with client:
            transport, protocol = await loop.create_unix_connection(Lost, sock=server)
            coalescing = CoalescingTransport(transport)
            # What the loop does at a reset, before it says so with `connection_lost`.
            transport.abort()
            coalescing.write(b"1")
            await protocol.ended.wait()
            await asyncio.sleep(0)

    with asyncio.Runner(loop_factory=new_loop) as runner:
        runner.run(act())

    assert errors == []
