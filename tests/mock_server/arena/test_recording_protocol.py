"""The tap on a transport."""

from __future__ import annotations

import asyncio

from seedance_mock.arena.capture import Tape
from seedance_mock.arena.recording_protocol import Tap


class FakeTransport(asyncio.Transport):
    """Remembers what was written, and when it was ended."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[object] = []

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written.append(bytes(data))

    def close(self) -> None:
        self.written.append("closed")

    def abort(self) -> None:
        self.written.append("aborted")


def test_a_tap_writes_also_where_nothing_was_asked() -> None:
    transport = FakeTransport()
    tap = Tap(transport, lambda: None)

    tap.write(b"x")
    tap.close()
    tap.abort()

    assert transport.written == [b"x", "closed", "aborted"]


def test_stamps_come_before_the_bytes() -> None:
    tape = Tape(origin="api", connection=1, turn=1)
    stamps: list[float | None] = []

    class Looking(FakeTransport):
        def write(self, data: bytes | bytearray | memoryview) -> None:
            stamps.append(tape.sent)

        def close(self) -> None:
            stamps.append(tape.ended)

    tap = Tap(Looking(), lambda: tape)
    tap.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    tap.write(b"HTTP/1.1 200 OK\r\n\r\n")
    first = tape.sent
    tap.write(b"x")
    tap.close()

    assert stamps == [None, first, first, tape.ended]
    assert first is not None
    assert tape.ended is not None
