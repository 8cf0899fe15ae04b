"""Concurrent requests, on every store. The copying store lets others run during every call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx2
import pytest

from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import Settings
from seedance_mock.stores.redis.store import RedisStore
from seedance_mock.web.app import MockApp

pytestmark = pytest.mark.anyio

CREATE = "/v1/videos/generations"
BODY = {"model": "seedance-2.0", "prompt": "a paper boat"}
COST = Decimal("0.73667647")

TIMEOUT_SECONDS = 20
"""How long a request may take. An operation that starts again for ever must fail its test."""


def on_server(**options: Any) -> pytest.MarkDecorator:
    """Run a test on a server with these settings."""
    return pytest.mark.parametrize("settings", [Settings(**options)], ids=["-".join(options)])


class TimedTransport(httpx2.ASGITransport):
    """Calls an application in process. Raises TimeoutError if a response takes too long."""

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            return await super().handle_async_request(request)


@pytest.fixture
async def web(app: MockApp) -> AsyncIterator[httpx2.AsyncClient]:
    """Give a client that can send many requests at once."""
    async with httpx2.AsyncClient(
        transport=TimedTransport(app),
        base_url="http://127.0.0.1:8000",
        headers={"Authorization": "Bearer sk-test"},
    ) as client:
        yield client


async def create(web: httpx2.AsyncClient, key: str = "sk-test") -> int:
    headers = {"Authorization": f"Bearer {key}"}
    response = await web.post(CREATE, json=BODY, headers=headers)
    return response.status_code


async def new_poll_url(web: httpx2.AsyncClient) -> str:
    response = await web.post(CREATE, json=BODY)
    poll_url: str = response.json()["poll_url"]
    return poll_url


async def balance(web: httpx2.AsyncClient) -> Decimal:
    """Return the balance, from the 402 for a video that is too expensive."""
    response = await web.post(CREATE, json={**BODY, "resolution": "4k", "duration": 15})
    return Decimal(str(response.json()["error"]["balance_usd"]))


@on_server(balance=COST - Decimal("0.00000001"))
async def test_an_unaffordable_create_is_refused(web: httpx2.AsyncClient) -> None:
    # With a store that returns copies this never ended while records were compared with `is`.
    assert await create(web) == 402


@on_server(balance=7 * COST)
async def test_concurrent_creates_share_one_balance(web: httpx2.AsyncClient) -> None:
    statuses = await asyncio.gather(*(create(web) for _ in range(30)))

    assert (statuses.count(200), statuses.count(402)) == (7, 23)


@on_server(balance=5 * COST, lifecycle="manual")
async def test_concurrent_creates_use_released_money(
    web: httpx2.AsyncClient, clock: ManualClock
) -> None:
    for _ in range(5):
        await new_poll_url(web)
    clock.advance(172_800)

    statuses = await asyncio.gather(*(create(web) for _ in range(8)))

    assert (statuses.count(200), statuses.count(402)) == (5, 3)


@on_server(balance=Decimal(5))
@pytest.mark.parametrize("count", [2, 5])
async def test_one_of_several_cancels_wins(count: int, web: httpx2.AsyncClient) -> None:
    poll_url = await new_poll_url(web)

    responses = await asyncio.gather(*(web.delete(poll_url) for _ in range(count)))

    statuses = sorted(response.status_code for response in responses)
    assert statuses == [200] + [409] * (count - 1)
    assert await balance(web) == 5


@on_server(balance=Decimal(5))
async def test_concurrent_polls_charge_once(web: httpx2.AsyncClient, clock: ManualClock) -> None:
    poll_url = await new_poll_url(web)
    clock.advance(5)

    responses = await asyncio.gather(*(web.get(poll_url) for _ in range(10)))

    assert {response.json()["status"] for response in responses} == {"completed"}
    assert await balance(web) == 5 - COST


@pytest.mark.parametrize("iterations", range(8))
async def test_cancel_and_start_never_both_win(
    iterations: int, web: httpx2.AsyncClient, clock: ManualClock
) -> None:
    poll_url = await new_poll_url(web)

    async def start() -> None:
        for _ in range(iterations):
            await asyncio.sleep(0)
        clock.advance(1)

    cancel, poll, _ = await asyncio.gather(web.delete(poll_url), web.get(poll_url), start())

    final = (await web.get(poll_url)).json()
    assert cancel.status_code == (200 if final["status"] == "failed" else 409)
    assert poll.json()["status"] in {"pending", final["status"]}


@on_server(balance=Decimal("1.2"))
async def test_completion_and_create_settle_once(
    web: httpx2.AsyncClient, clock: ManualClock
) -> None:
    poll_url = await new_poll_url(web)
    clock.advance(5)

    await asyncio.gather(web.get(poll_url), create(web), web.get(poll_url), create(web))

    assert await balance(web) == Decimal("1.2") - COST


@on_server(rate_limit=3)
async def test_concurrent_requests_share_one_rate_limit(web: httpx2.AsyncClient) -> None:
    statuses = await asyncio.gather(*(create(web) for _ in range(10)))

    assert (statuses.count(200), statuses.count(429)) == (3, 7)


async def test_a_clause_counts_concurrent_requests_once(web: httpx2.AsyncClient) -> None:
    key = "sk-mock-create-503x4--a"

    statuses = await asyncio.gather(*(create(web, key) for _ in range(10)))

    assert (statuses.count(503), statuses.count(200)) == (4, 6)


@on_server(max_tasks=3, balance=Decimal(50))
async def test_concurrent_creates_evict_and_release(web: httpx2.AsyncClient, app: MockApp) -> None:
    statuses = await asyncio.gather(*(create(web) for _ in range(12)))
    store = app.state.service.store
    if isinstance(store, RedisStore):
        # It evicts in the background: one of the responses below could be from before that.
        await store.evict()

    tasks = (await web.get("/_mock/tasks")).json()["tasks"]
    account = (await web.get("/_mock/accounts/key-1")).json()
    assert statuses == [200] * 12
    assert Decimal(account["reserved_usd"]) == len(tasks) * COST


async def test_concurrent_first_requests_open_one_account(web: httpx2.AsyncClient) -> None:
    await asyncio.gather(*(create(web, f"sk-{number % 3}") for number in range(12)))

    accounts = (await web.get("/_mock/accounts")).json()["accounts"]
    assert [account["name"] for account in accounts] == ["key-1", "key-2", "key-3"]


async def test_a_reset_account_keeps_its_name(web: httpx2.AsyncClient) -> None:
    await create(web)

    await asyncio.gather(
        web.delete("/_mock/accounts/key-1"), *(create(web) for _ in range(5)), create(web, "sk-b")
    )

    accounts = (await web.get("/_mock/accounts")).json()["accounts"]
    names = [account["name"] for account in accounts]
    assert len(names) == len(set(names)) == 2
    assert "key-1" in names


@on_server(max_tasks=1)
async def test_an_id_that_a_seed_repeats_is_skipped(
    web: httpx2.AsyncClient, clock: ManualClock
) -> None:
    seeded = {"Authorization": "Bearer sk-mock-seed-7--a"}
    first = (await web.post(CREATE, json=BODY, headers=seeded)).json()
    clock.advance(5)
    await web.get(first["poll_url"], headers=seeded)
    # With room for one idle account these push the seeded one out, but not its settled task.
    for key in ("sk-b", "sk-c"):
        await web.get("/v1/models", headers={"Authorization": f"Bearer {key}"})

    second = (await web.post(CREATE, json=BODY, headers=seeded)).json()

    assert second["id"] != first["id"]
