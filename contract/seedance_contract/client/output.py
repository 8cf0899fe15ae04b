"""What a client prints, kept in bounds, and searched for the key as it comes."""

from __future__ import annotations

from threading import Thread
from typing import IO

from seedance_contract.client.redaction import Secret

KEPT = 64 * 1024
"""Bytes of the end of a stream that are kept."""

CHUNK = 64 * 1024


class Printed:
    """The end of what comes out of a stream, read by a thread of its own."""

    def __init__(self, secret: Secret) -> None:
        self.leaked = False
        self._secret = secret
        self._end = b""
        self._cut = False
        self._threads: list[Thread] = []

    def follow(self, stream: IO[bytes]) -> None:
        """Read a stream until it ends; a second one goes on where the first ended."""
        thread = Thread(target=self._read, args=(stream,), daemon=True)
        thread.start()
        self._threads.append(thread)

    def _read(self, stream: IO[bytes]) -> None:
        with stream:
            while chunk := stream.read1(CHUNK):  # type: ignore[attr-defined] # of a pipe
                self._add(chunk)

    def _add(self, chunk: bytes) -> None:
        together = self._end + chunk
        overlap = len(chunk) + self._secret.length
        self.leaked = self.leaked or self._secret.shown_in(together[-overlap:])
        self._cut = self._cut or len(together) > KEPT
        self._end = together[-KEPT:]

    def ended(self, seconds: float) -> None:
        """Wait until the streams have ended, but no longer than so many seconds for each."""
        for thread in self._threads:
            thread.join(seconds)

    def text(self) -> str:
        """Return the end of what came, without the key, also where the cut went through it."""
        end = self._end[self._secret.length :] if self._cut else self._end
        return self._secret.hidden_text(end, KEPT)
