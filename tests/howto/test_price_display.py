"""Show the price before a video is created, and compare it with the charge."""

from __future__ import annotations

from decimal import Decimal

import httpx

from seedance_mock.testing import AccountClock, Control, MockAccount, MockTransport


def price_of(client: httpx.Client, model: str, resolution: str) -> Decimal:
    """Return the USD per million tokens without input video. This is the code under test."""
    details = client.get(f"/v1/models/{model}/pricing").raise_for_status().json()
    [row] = [
        row
        for row in details["pricing_details"]["rows"]
        if resolution in row["resolutions"] and not row["video_input"]
    ]
    return Decimal(row["usd_per_1m_tokens"])


def test_the_displayed_price_is_charged(
    seedance_httpx_transport: MockTransport,
    seedance_account: MockAccount,
    seedance_control: Control,
    seedance_clock: AccountClock,
) -> None:
    client = httpx.Client(
        transport=seedance_httpx_transport,
        base_url="https://api.tokenlab.sh",
        headers={"Authorization": f"Bearer {seedance_account.key}"},
    )
    request = {"model": "seedance-2.0-fast", "prompt": "A paper boat", "resolution": "720p"}

    with client:
        displayed = price_of(client, "seedance-2.0-fast", "720p")
        client.post("/v1/videos/generations", json=request).raise_for_status()
    seedance_clock.advance(5)

    charged = seedance_control.account(seedance_account.name).charged
    tokens = Decimal(1280 * 720 * (24 * 5 + 1)) / 1024
    assert charged == (displayed * tokens / 1_000_000).quantize(Decimal("0.00000001"))
