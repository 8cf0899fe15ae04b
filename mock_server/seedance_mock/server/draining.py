"""Reading on after the last response: what a client still sends is received and discarded.

A server that closes a connection with unread bytes sends RST, and a client that is still sending
then loses the response, however early it was sent (RFC 9112, 9.6). Measured with a refusal of a
body of 40 MB: fetch of Node lost 3 responses of 5, urllib of Python 7 of 7.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable

DRAIN_BYTES = 256 * 1024**2
"""How much is discarded after an early response, in bytes, before the connection is aborted."""

DRAIN_SECONDS = 30.0
"""How long a client may go on sending after an early response before it is aborted."""


class Drain:
    """Discards the rest of a request that has been answered already, up to a bound.

    `abort` ends the connection beyond the bound.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        abort: Callable[[], None],
        *,
        seconds: float,
        max_bytes: int,
    ) -> None:
        self._abort = abort
        self._remaining = max_bytes
        self._timer = loop.call_later(seconds, abort)

    def discard(self, size: int) -> None:
        """Count bytes that were received and discarded."""
        self._remaining -= size
        if self._remaining < 0:
            self._abort()

    def cancel(self) -> None:
        """Stop counting: the request or the connection has ended."""
        self._timer.cancel()
