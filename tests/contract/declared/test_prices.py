from decimal import Decimal

import pytest

from seedance_contract.declared.models import FAMILY
from seedance_contract.declared.prices import CNY_PER_USD, PRICE_OF, PRICES, Price
from seedance_contract.derived.cost import usd_per_million

BOOK = [
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


@pytest.mark.parametrize(("model", "resolution", "plain", "with_video"), BOOK)
def test_price_book_in_cny(model: str, resolution: str, plain: str, with_video: str) -> None:
    price = PRICE_OF[model, resolution]

    assert (price.without_video, price.with_video) == (Decimal(plain), Decimal(with_video))


@pytest.mark.parametrize(("cny", "usd"), USD)
def test_usd_is_cny_by_six_point_eight(cny: str, usd: str) -> None:
    assert str(usd_per_million(Decimal(cny))) == usd


def test_the_book_holds_nothing_else() -> None:
    assert set(PRICE_OF) == {(model, resolution) for model, resolution, _, _ in BOOK}
    assert Decimal("6.8") == CNY_PER_USD


def test_what_a_model_renders_has_one_price() -> None:
    priced = [(price.model, one) for price in PRICES for one in price.resolutions]
    rendered = [(model.id, one) for model in FAMILY for one in model.resolutions]

    assert sorted(priced) == sorted(rendered)


@pytest.mark.parametrize("price", PRICES, ids=lambda price: f"{price.model} {price.resolutions[0]}")
def test_every_price_names_its_source(price: Price) -> None:
    assert str(price.source) == "price list: output price"
