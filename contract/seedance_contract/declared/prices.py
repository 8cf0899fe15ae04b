"""The price book: CNY per million tokens, and how tokens are counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from seedance_contract.declared.sources import Source, assumed, guide, price_list

CNY_PER_USD = Decimal("6.8")
CNY_PER_USD_SOURCE = guide("pricing")

USD_STEP = Decimal("0.00000001")
"""Amounts in USD have eight decimals."""

FRAMES_PER_SECOND = 24
PIXELS_PER_TOKEN = 1024
TOKENS_SOURCE = price_list("tokens = width * height * frames / 1024")
ROUNDING_SOURCE = assumed("how a fraction of a token is rounded")

DEFAULT_INPUT_SECONDS = 5
INPUT_SECONDS_SOURCE = assumed("how long an input video is, as it is never fetched")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """CNY per million tokens of a model at some resolutions, by whether a video goes in."""

    model: str
    resolutions: tuple[str, ...]
    without_video: Decimal
    with_video: Decimal
    source: Source = price_list("output price")  # noqa: RUF009 - immutable


PRICES: tuple[Price, ...] = (
    Price(
        model="seedance-2.0",
        resolutions=("480p", "720p"),
        without_video=Decimal(46),
        with_video=Decimal(28),
    ),
    Price(
        model="seedance-2.0",
        resolutions=("1080p",),
        without_video=Decimal(51),
        with_video=Decimal(31),
    ),
    Price(
        model="seedance-2.0",
        resolutions=("4k",),
        without_video=Decimal(26),
        with_video=Decimal(16),
    ),
    Price(
        model="seedance-2.0-fast",
        resolutions=("480p", "720p"),
        without_video=Decimal(37),
        with_video=Decimal(22),
    ),
    Price(
        model="seedance-2.0-mini",
        resolutions=("480p", "720p"),
        without_video=Decimal(23),
        with_video=Decimal(14),
    ),
)

PRICE_OF: Mapping[tuple[str, str], Price] = MappingProxyType(
    {(price.model, resolution): price for price in PRICES for resolution in price.resolutions}
)
"""`(model, resolution)` to its price."""
