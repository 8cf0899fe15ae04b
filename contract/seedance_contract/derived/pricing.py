"""The prices of a model as the Models and Pricing routes show them."""

from __future__ import annotations

from decimal import Decimal

from seedance_contract.declared.model import Model
from seedance_contract.declared.prices import CNY_PER_USD
from seedance_contract.derived.cost import usd_per_million

JSON = dict[str, object]

PRICING_UNIT = "per_1m_tokens"


# The catalogue shows one span for all resolutions, with and without video input.
def price_span(model: Model) -> tuple[str, str]:
    """Return the lowest and the highest price in USD per million tokens."""
    cny = [amount for price in model.prices for amount in (price.without_video, price.with_video)]
    return _usd(min(cny)), _usd(max(cny))


def _usd(cny: Decimal) -> str:
    return str(usd_per_million(cny))


def price_summary(model: Model) -> JSON:
    """Return the price span of a model as the catalogue shows it."""
    low, high = price_span(model)
    return {
        "currency": "USD",
        "unit": PRICING_UNIT,
        "min_price": low,
        "max_price": high,
        "display": f"${low}–${high}",
    }


def price_provenance() -> JSON:
    """Return where the prices come from."""
    return {"basis": "official CNY price list", "cny_per_usd": str(CNY_PER_USD)}


# CNY is the official price. It is listed next to USD, so that a reader can check the conversion.
def price_details(model: Model) -> JSON:
    """Return every price of a model, with and without video input."""
    rows = [
        {
            "resolutions": list(price.resolutions),
            "video_input": video_input,
            "usd_per_1m_tokens": _usd(cny),
            "cny_per_1m_tokens": str(cny),
        }
        for price in model.prices
        for video_input, cny in ((False, price.without_video), (True, price.with_video))
    ]
    return {"formula": "width * height * frames / 1024", "rows": rows}
