"""Answer the real host without a fixture: a respx router as decorator or context manager."""

from __future__ import annotations

import asyncio

import httpx

from seedance_mock.testing.respx_router import MockRouter

URL = "https://api.tokenlab.sh/v1/models"


@MockRouter()
def test_decorator() -> None:
    assert httpx.get(URL).json()["object"] == "list"


def test_context_manager_and_a_fault() -> None:
    with MockRouter() as router:
        key = router.mock.key("models-429.retry-3s")

        answer = httpx.get(URL, headers={"Authorization": f"Bearer {key}"})

    assert answer.headers["Retry-After"] == "3"


def test_asynchronous_client() -> None:
    async def status() -> int:
        async with MockRouter(), httpx.AsyncClient() as client:
            return (await client.get(URL)).status_code

    assert asyncio.run(status()) == 200
