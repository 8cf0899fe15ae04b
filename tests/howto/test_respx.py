"""Mock the real host without a fixture: use the router as decorator or context manager."""

from __future__ import annotations

import asyncio

import httpx

from seedance_mock.testing import MockRouter

URL = "https://api.tokenlab.sh/v1/models"


@MockRouter()
def test_the_router_as_a_decorator() -> None:
    assert httpx.get(URL).json()["object"] == "list"


def test_the_router_as_a_context_manager() -> None:
    with MockRouter() as router:
        key = router.mock.key("models-429.retry-3s")

        response = httpx.get(URL, headers={"Authorization": f"Bearer {key}"})

    assert response.headers["Retry-After"] == "3"


def test_the_router_with_an_asynchronous_client() -> None:
    async def status() -> int:
        async with MockRouter(), httpx.AsyncClient() as client:
            return (await client.get(URL)).status_code

    assert asyncio.run(status()) == 200
