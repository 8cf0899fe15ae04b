"""Test an asynchronous client, here httpx2, with a transport in process."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2

from seedance_mock.testing import Httpx2MockTransport

BODY = {"model": "seedance-2.0", "prompt": "A paper boat"}


async def create_video(client: httpx2.AsyncClient, interval: float) -> Any:
    """Create a task, poll it until it ends, and return it. This is the code under test."""
    task = (await client.post("/v1/videos/generations", json=BODY)).raise_for_status().json()
    while task["status"] not in ("completed", "failed"):
        await asyncio.sleep(interval)
        task = (await client.get(task["poll_url"])).raise_for_status().json()
    return task


def test_three_videos_are_created_at_once(
    seedance_httpx2_transport: Httpx2MockTransport, seedance_key: str
) -> None:
    async def create_videos() -> list[Any]:
        async with httpx2.AsyncClient(
            transport=seedance_httpx2_transport,
            base_url="https://api.tokenlab.sh",
            headers={"Authorization": f"Bearer {seedance_key}"},
        ) as client:
            return await asyncio.gather(*(create_video(client, interval=0) for _ in range(3)))

    assert [task["status"] for task in asyncio.run(create_videos())] == ["completed"] * 3
