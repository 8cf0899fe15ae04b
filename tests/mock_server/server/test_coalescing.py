"""The coalescing transport: the same bytes in fewer system calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

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

    def abort(self) -> None:
        self.calls.append("abort")

    def is_closing(self) -> bool:
        return "close" in self.calls

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
        ([lambda it: it.pause_reading(), lambda it: it.resume_reading()], ["pause", "resume"]),
    ],
    ids=["joined", "too large", "closed", "aborted", "empty", "lines", "reading"],
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
