"""Long loops that let other requests run in between."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from typing import TypeVar

ItemT = TypeVar("ItemT")

ITEMS_PER_TURN = 500
"""How many items are handled in one turn of the event loop: up to 20 ms at 40 µs for each."""


async def with_pauses(items: Iterable[ItemT]) -> AsyncIterator[ItemT]:
    """Yield the items, and let the event loop turn after every `ITEMS_PER_TURN` of them.

    A server can have 100,000 tasks. A loop over them must not keep it from other requests. These
    may change any record in a pause, as they may while an asynchronous store is called.
    """
    for number, item in enumerate(items, 1):
        yield item
        if number % ITEMS_PER_TURN == 0:
            await asyncio.sleep(0)
