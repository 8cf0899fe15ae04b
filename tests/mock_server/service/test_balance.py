from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from starlette.testclient import TestClient

from seedance_mock.domain.clock import ManualClock
from seedance_mock.settings import Settings

Create = Callable[..., str]
Poll = Callable[[str], Any]

FIVE_SECONDS = Decimal("0.73667647")
"""USD for 108,900 tokens at CNY 46 a million and CNY 6.8 a dollar."""

VIDEO = "https://example.com/video.mp4"
IMAGE = "https://example.com/image.png"
BROKE = Settings(balance=Decimal(0))


def granted(amount: str, **options: Any) -> pytest.MarkDecorator:
    """Run a test on a server that grants every key `amount` USD."""
    settings = Settings(balance=Decimal(amount), **options)
    return pytest.mark.parametrize("settings", [settings], ids=[f"{amount}-usd"])


@pytest.fixture
def refused(user: TestClient) -> Callable[..., Any]:
    """Give a function that creates a task, expects a 402, and returns the error."""

    def create(**fields: object) -> Any:
        body = {"model": "seedance-2.0", "prompt": "a paper boat", **fields}
        response = user.post("/v1/videos/generations", json=body)
        assert response.status_code == 402, response.text
        assert "X-Task-ID" not in response.headers
        return response.json()["error"]

    return create


@pytest.fixture
def balance(refused: Callable[..., Any]) -> Callable[[], Decimal]:
    """Give a function that returns the balance, from the 402 for a video that is too expensive."""

    def read() -> Decimal:
        error = refused(resolution="4k", duration=15)
        return Decimal(str(error["balance_usd"]))

    return read


@granted("1")
def test_unaffordable_video_is_a_402(new_task: Create, refused: Callable[..., Any]) -> None:
    new_task()

    error = refused()

    assert (error["code"], error["type"]) == ("insufficient_balance", "insufficient_balance")
    assert error["balance_usd"] == 0.26332353
    assert error["estimated_cost_usd"] == 0.73667647
    assert error["retryable"] is False


@granted("0")
@pytest.mark.parametrize(
    ("fields", "cheaper"),
    [
        ({}, ["seedance-2.0-mini", "seedance-2.0-fast"]),
        ({"model": "seedance-2.0-fast"}, ["seedance-2.0-mini"]),
        ({"model": "seedance-2.0-mini"}, []),
        ({"resolution": "4k"}, []),
    ],
    ids=["base", "fast", "mini", "4k"],
)
def test_402_suggests_models_that_cost_less(
    fields: dict[str, object], cheaper: list[str], refused: Callable[..., Any]
) -> None:
    error = refused(**fields)

    assert error["suggestions"] == [{"id": model} for model in cheaper]


@pytest.mark.parametrize(
    ("settings", "fields", "usd"),
    [
        pytest.param(BROKE, {"duration": 4}, 0.59055882, id="4-s"),
        pytest.param(BROKE, {"duration": 5}, 0.73667647, id="5-s"),
        pytest.param(BROKE, {"duration": 15}, 2.19785294, id="15-s"),
        pytest.param(BROKE, {"duration": -1}, 2.19785294, id="longest-for-any"),
        pytest.param(BROKE, {"model": "seedance-2.0-mini"}, 0.36833824, id="mini"),
        pytest.param(BROKE, {"image_url": IMAGE}, 0.73667647, id="image"),
        pytest.param(BROKE, {"video_url": VIDEO}, 0.89311765, id="video-of-5-s"),
        pytest.param(
            BROKE,
            {"reference_images": [IMAGE], "video_urls": [VIDEO] * 2},
            1.33782353,
            id="two-videos",
        ),
        pytest.param(
            replace(BROKE, input_seconds=10), {"video_url": VIDEO}, 1.33782353, id="video-of-10-s"
        ),
        pytest.param(replace(BROKE, input_seconds=0), {"video_url": VIDEO}, 0.80047059, id="floor"),
    ],
)
def test_estimate_follows_the_price_list(
    fields: dict[str, object], usd: float, refused: Callable[..., Any]
) -> None:
    error = refused(aspect_ratio="16:9", **fields)

    assert error["estimated_cost_usd"] == usd


@granted("0.73667647")
def test_the_whole_balance_can_be_spent(new_task: Create, balance: Callable[[], Decimal]) -> None:
    new_task()

    assert balance() == 0


@granted("0.73667646")
def test_a_balance_one_step_too_small_is_a_402(refused: Callable[..., Any]) -> None:
    error = refused()

    assert error["balance_usd"] == 0.73667646


@granted("1")
def test_cancel_releases_the_reservation(
    user: TestClient, new_task: Create, balance: Callable[[], Decimal]
) -> None:
    task = new_task()
    reserved = balance()

    user.delete(f"/v1/tasks/{task}")

    assert (reserved, balance()) == (1 - FIVE_SECONDS, Decimal(1))


@granted("1", lifecycle="manual")
@pytest.mark.parametrize("polled", [True, False], ids=["polled", "unpolled"])
def test_expiry_releases_the_reservation(
    polled: bool,
    new_task: Create,
    poll: Poll,
    clock: ManualClock,
    balance: Callable[[], Decimal],
) -> None:
    task = new_task(execution_expires_after=3_600)
    clock.advance(3_600)
    if polled:
        poll(task)

    assert balance() == 1


@granted("1", lifecycle="manual")
def test_released_money_can_be_reserved_again(new_task: Create, clock: ManualClock) -> None:
    new_task(execution_expires_after=3_600)
    clock.advance(3_600)

    second = new_task()

    assert second.startswith("ldtask_")


@granted("5")
@pytest.mark.parametrize("polls", [0, 1, 3])
def test_completion_is_charged_once(
    polls: int,
    new_task: Create,
    poll: Poll,
    clock: ManualClock,
    balance: Callable[[], Decimal],
) -> None:
    task = new_task()
    clock.advance(5)
    for _ in range(polls):
        poll(task)

    assert balance() == 5 - FIVE_SECONDS


@granted("5")
def test_a_chosen_length_is_charged_as_made(
    new_task: Create, poll: Poll, clock: ManualClock, balance: Callable[[], Decimal]
) -> None:
    task = new_task(duration=-1)
    reserved = balance()

    clock.advance(5)

    seconds = poll(task)["video"]["duration"]
    tokens = 1280 * 720 * (24 * seconds + 1) // 1024
    price = (tokens * Decimal(46) / Decimal("6.8") / 1_000_000).quantize(Decimal("1e-8"))
    assert reserved == 5 - Decimal("2.19785294")
    assert balance() == 5 - price


@granted("1")
def test_refused_body_reserves_nothing(user: TestClient, balance: Callable[[], Decimal]) -> None:
    user.post("/v1/videos/generations", json={"model": "seedance-2.0", "prompt": ""})

    assert balance() == 1


@granted("1")
def test_each_key_has_its_own_balance(user: TestClient, new_task: Create) -> None:
    new_task()
    user.headers["Authorization"] = "Bearer sk-another"

    second = new_task()

    assert second.startswith("ldtask_")


def test_credit_is_unlimited_by_default(new_task: Create) -> None:
    tasks = {new_task(resolution="4k", duration=15) for _ in range(100)}

    assert len(tasks) == 100
