"""The price list in CNY, and its conversion to USD."""

from decimal import Decimal

import pytest

from seedance_contract.declared.model import Model
from seedance_contract.declared.models import FAMILY, MODELS, SEEDANCE_2_0
from seedance_contract.declared.prices import CNY_PER_USD
from seedance_contract.derived.cost import usd_per_million

PRICE_LIST = [
    ("seedance-2.0", "480p", "46", "28"),
    ("seedance-2.0", "720p", "46", "28"),
    ("seedance-2.0", "1080p", "51", "31"),
    ("seedance-2.0", "4k", "26", "16"),
    ("seedance-2.0-fast", "480p", "37", "22"),
    ("seedance-2.0-fast", "720p", "37", "22"),
    ("seedance-2.0-mini", "480p", "23", "14"),
    ("seedance-2.0-mini", "720p", "23", "14"),
]
USD = [
    ("46", "6.76470588"),
    ("28", "4.11764706"),
    ("51", "7.50000000"),
    ("31", "4.55882353"),
    ("26", "3.82352941"),
    ("16", "2.35294118"),
    ("37", "5.44117647"),
    ("22", "3.23529412"),
    ("23", "3.38235294"),
    ("14", "2.05882353"),
]


@pytest.mark.parametrize(("model", "resolution", "without_video", "with_video"), PRICE_LIST)
def test_prices_in_cny(model: str, resolution: str, without_video: str, with_video: str) -> None:
    price = MODELS[model].price(resolution)

    assert (price.without_video, price.with_video) == (Decimal(without_video), Decimal(with_video))


@pytest.mark.parametrize(("cny", "usd"), USD)
def test_usd_is_cny_divided_by_6_8(cny: str, usd: str) -> None:
    assert str(usd_per_million(Decimal(cny))) == usd
    assert Decimal("6.8") == CNY_PER_USD


def test_the_price_list_has_no_other_price() -> None:
    priced = [
        (model.id, resolution)
        for model in FAMILY
        if model.family == SEEDANCE_2_0
        for price in model.prices
        for resolution in price.resolutions
    ]

    assert priced == [(model, resolution) for model, resolution, _, _ in PRICE_LIST]


@pytest.mark.parametrize("model", FAMILY, ids=lambda model: model.id)
def test_every_price_names_its_source(model: Model) -> None:
    is_documented = model.family == SEEDANCE_2_0
    source = (
        "price list: output price"
        if is_documented
        else "assumption: what a video of Seedance 2.5 costs"
    )

    assert {str(price.source) for price in model.prices} == {source}
