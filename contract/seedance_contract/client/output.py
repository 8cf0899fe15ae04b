"""The output of a client: limited in size, and searched for the API key as it arrives."""

from __future__ import annotations

from threading import Thread
from typing import IO

from seedance_contract.client.redaction import Secret

MAX_KEPT = 64 * 1024
"""Bytes at the end of a stream that the reader keeps."""

CHUNK = 64 * 1024


class OutputReader:
    """Reads a stream in a thread, keeps its end, and searches all of it for the API key."""

    # The thread is needed because a pipe holds some 64 KiB: a client that prints more would block
    # until somebody reads.

    def __init__(self, secret: Secret) -> None:
        self.leaked = False
        self._secret = secret
        self._end = b""
        self._cut = False
        self._threads: list[Thread] = []

    def follow(self, stream: IO[bytes]) -> None:
        """Read a stream until it ends. The output of a second stream continues the first."""
        thread = Thread(target=self._read, args=(stream,), daemon=True)
        thread.start()
        self._threads.append(thread)

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            while chunk := stream.read1(CHUNK):  # type: ignore[attr-defined] # of a pipe
                self._add(chunk)

    def _add(self, chunk: bytes) -> None:
        joined = self._end + chunk
        # The key may begin in an earlier chunk, so the search includes the bytes before this one.
        searched = len(chunk) + self._secret.max_length
        self.leaked = self.leaked or self._secret.appears_in(joined[-searched:])
        self._cut = self._cut or len(joined) > MAX_KEPT
        self._end = joined[-MAX_KEPT:]

    def join(self, timeout: float) -> None:
        """Wait until the streams have ended, at most `timeout` seconds for each."""
        # A process that left the group of the client may hold the pipe open.
        for thread in self._threads:
            thread.join(timeout)

    def text(self) -> str:
        """Return the end of the output, with the API key redacted."""
        # The cut may leave the second half of a key, which no search finds.
        end = self._end[self._secret.max_length :] if self._cut else self._end
        return self._secret.redacted_text(end, MAX_KEPT)
