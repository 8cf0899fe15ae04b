"""The output of a client: limited in size, and searched for the API key as it arrives."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from itertools import groupby
from threading import Lock, Thread
from typing import IO

from seedance_contract.client.record import OutputChunk
from seedance_contract.client.redaction import Secret

MAX_KEPT = 64 * 1024
"""Bytes at the end of a stream that the reader keeps."""

CHUNK = 64 * 1024


class OutputReader:
    """Reads a stream in a thread, keeps its end, and searches all of it for the API key.

    Args:
        stream: the name of the stream, "stdout" or "stderr".
        secret: the API key.
        clock: returns the seconds since the case began.
    """

    # The thread is needed because a pipe holds some 64 KiB: a client that prints more would block
    # until somebody reads.

    def __init__(self, stream: str, secret: Secret, clock: Callable[[], float]) -> None:
        self.leaked = False
        self._stream = stream
        self._secret = secret
        self._clock = clock
        self._end = b""
        self._cut = False
        self._length = 0
        # Where each piece of the stream begins, in bytes, and when it arrived.
        self._offsets: list[int] = []
        self._times: list[float] = []
        # A process that left the group of the client may print while the output is read.
        self._lock = Lock()
        self._threads: list[Thread] = []

    def follow(self, stream: IO[bytes]) -> None:
        """Read a stream until it ends. The output of a second stream continues the first."""
        thread = Thread(target=self._read, args=(stream,), daemon=True)
        thread.start()
        self._threads.append(thread)

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            while chunk := stream.read1(CHUNK):  # type: ignore[attr-defined] # of a pipe
                with self._lock:
                    self._add(chunk)

    def _add(self, chunk: bytes) -> None:
        joined = self._end + chunk
        # The key may begin in an earlier chunk, so the search includes the bytes before this one.
        searched = len(chunk) + self._secret.max_length
        self.leaked = self.leaked or self._secret.appears_in(joined[-searched:])
        self._cut = self._cut or len(joined) > MAX_KEPT
        self._end = joined[-MAX_KEPT:]
        self._add_arrival(len(chunk))

    def _add_arrival(self, length: int) -> None:
        self._offsets.append(self._length)
        self._times.append(round(self._clock(), 3))
        self._length += length
        # Pieces before the end that is kept are of no use: a client may print without end.
        forgotten = bisect_right(self._offsets, self._length - len(self._end)) - 1
        del self._offsets[:forgotten], self._times[:forgotten]

    def join(self, timeout: float) -> None:
        """Wait until the streams have ended, at most `timeout` seconds for each."""
        # A process that left the group of the client may hold the pipe open.
        for thread in self._threads:
            thread.join(timeout)

    def text(self) -> str:
        """Return the end of the output, with the API key redacted."""
        with self._lock:
            return self._secret.redacted_text(self._kept(), MAX_KEPT)

    def _kept(self) -> bytes:
        # The cut may leave the second half of a key, which no search finds.
        return self._end[self._secret.max_length :] if self._cut else self._end

    def chunks(self, max_length: int) -> list[OutputChunk]:
        """Return the last `max_length` characters of the redacted output, with their times."""
        with self._lock:
            lines = list(self._lines())
        chunks = [
            OutputChunk(seconds, self._stream, "".join(text for _, text in group))
            for seconds, group in groupby(lines, key=lambda line: line[0])
        ]
        return _last_characters(chunks, max_length)

    def _lines(self) -> Iterator[tuple[float, str]]:
        """Yield each line that is kept, with the time when its first byte arrived."""
        kept = self._kept()
        offset = self._length - len(kept)
        # An API key contains no end of a line, so it is found in the lines as well.
        for line in kept.splitlines(keepends=True):
            seconds = self._times[bisect_right(self._offsets, offset) - 1]
            yield seconds, self._secret.redacted_text(line, MAX_KEPT)
            offset += len(line)


def _last_characters(chunks: list[OutputChunk], max_length: int) -> list[OutputChunk]:
    last: list[OutputChunk] = []
    for chunk in reversed(chunks):
        if not max_length:
            break
        last.append(chunk._replace(text=chunk.text[-max_length:]))
        max_length -= len(last[-1].text)
    return last[::-1]
