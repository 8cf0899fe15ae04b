"""How a price is expressed and how tokens are counted. The prices are in `models`."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from seedance_contract.declared.sources import Source, assumed, guide, price_list

# Amounts are decimals from end to end: a price such as 23 / 6.8 has no exact float, and the vendor
# publishes eight decimals.
CNY_PER_USD = Decimal("6.8")
CNY_PER_USD_SOURCE = guide("pricing")

USD_STEP = Decimal("0.00000001")
"""The smallest difference between two amounts in USD: they have eight decimals."""

# With these constants a 720p 16:9 video of 5 s has 108,900 tokens, as observed bills do.
FRAMES_PER_SECOND = 24
PIXELS_PER_TOKEN = 1024
TOKENS_SOURCE = price_list("tokens = width * height * frames / 1024")
ROUNDING_SOURCE = assumed("how a fraction of a token is rounded")

# A media URL is never fetched, so the length of an input video is unknown. 5 s is the default
# duration of a generated video. The server's option `input_seconds` changes it.
DEFAULT_INPUT_SECONDS = 5
INPUT_SECONDS_SOURCE = assumed("how long an input video is, as it is never fetched")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """The price of some resolutions of a model, in CNY per million tokens.

    `with_video` is the price of a request that carries a source or reference video.
    """

    resolutions: tuple[str, ...]
    without_video: Decimal
    with_video: Decimal
    source: Source = price_list("output price")  # noqa: RUF009 - immutable
