"""Reads many records without a pipeline of any length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seedance_mock.stores.redis.batches import Command
from seedance_mock.stores.redis.client import RedisClient

READ_BATCH = 500
"""How many records are read at once where many are read."""


async def call_in_batches(client: RedisClient, commands: Sequence[Command]) -> list[Any]:
    """Return the replies to commands, of which some hundreds are sent together."""
    replies: list[Any] = []
    for start in range(0, len(commands), READ_BATCH):
        replies += await client.call_all(commands[start : start + READ_BATCH])
    return replies
