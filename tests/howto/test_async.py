"""Test an asynchronous client, here of httpx2, through a transport in process."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx2

from seedance_mock.testing.httpx2_transport import MockTransport

BODY = {"model": "seedance-2.0", "prompt": "A paper boat"}


async def video(client: httpx2.AsyncClient, pause: float) -> Any:
    """Create a task, and return it when it has ended; this is the code under test."""
    task = (await client.post("/v1/videos/generations", json=BODY)).raise_for_status().json()
    while task["status"] not in ("completed", "failed"):
        await asyncio.sleep(pause)
        task = (await client.get(task["poll_url"])).raise_for_status().json()
    return task


def test_several_videos_at_once(
    seedance_httpx2_transport: MockTransport, seedance_key: str
) -> None:
    async def videos() -> list[Any]:
        async with httpx2.AsyncClient(
            transport=seedance_httpx2_transport,
            base_url="https://api.tokenlab.sh",
            headers={"Authorization": f"Bearer {seedance_key}"},
        ) as client:
            return await asyncio.gather(*(video(client, pause=0) for _ in range(3)))

    assert [task["status"] for task in asyncio.run(videos())] == ["completed"] * 3
