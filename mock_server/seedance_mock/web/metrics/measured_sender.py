"""A sender of callbacks whose attempts are measured."""

from __future__ import annotations

from collections.abc import Callable

from seedance_mock.domain.clock import monotonic
from seedance_mock.service.callbacks.deliveries import Sender

NO_RESPONSE = "none"
"""The label of an attempt that got no response, or was not allowed."""

ObserveAttempt = Callable[[str, float], None]
"""Called with the outcome of an attempt, such as "2xx", and its duration in seconds."""


class MeasuredSender:
    """Sends through another sender, and calls `observe` after each attempt."""

    def __init__(self, sender: Sender, observe: ObserveAttempt) -> None:
        self._sender = sender
        self._observe = observe

    async def send(self, url: str, body: bytes) -> tuple[int | None, str | None]:
        """Send the body of a callback."""
        started = monotonic()
        status, problem = await self._sender.send(url, body)
        outcome = NO_RESPONSE if status is None else f"{status // 100}xx"
        self._observe(outcome, monotonic() - started)
        return status, problem
