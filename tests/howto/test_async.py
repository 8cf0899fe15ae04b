"""Test an asynchronous client with a transport in process.

The client is one of httpx. For httpx2 take the fixture `seedance_httpx2_transport`.
"""

from __future__ import annotations

import asyncio
from typing import Any

import httpx

from seedance_mock.testing import MockTransport

BODY = {"model": "seedance-2.0", "prompt": "A paper boat"}


async def create_video(client: httpx.AsyncClient, interval: float) -> Any:
    """Create a task, poll it until it ends, and return it. This is the code under test."""
    task = (await client.post("/v1/videos/generations", json=BODY)).raise_for_status().json()
    while task["status"] not in ("completed", "failed"):
        await asyncio.sleep(interval)
        task = (await client.get(task["poll_url"])).raise_for_status().json()
    return task


def test_three_videos_are_created_at_once(
    seedance_httpx_transport: MockTransport, seedance_key: str
) -> None:
    async def create_videos() -> list[Any]:
        async with httpx.AsyncClient(
            transport=seedance_httpx_transport,
            base_url="https://api.tokenlab.sh",
            headers={"Authorization": f"Bearer {seedance_key}"},
        ) as client:
            return await asyncio.gather(*(create_video(client, interval=0) for _ in range(3)))

    assert [task["status"] for task in asyncio.run(create_videos())] == ["completed"] * 3
