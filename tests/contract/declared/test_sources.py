from collections.abc import Callable

import pytest

from seedance_contract.declared.sources import (
    Source,
    Weight,
    assumed,
    guide,
    openapi,
    page,
    price_list,
    standard,
)


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        (guide("models"), "guide: models"),
        (page("billing"), "page: billing"),
        (openapi("ApiError"), "openapi: ApiError"),
        (price_list("floor"), "price list: floor"),
        (standard("RFC 9110, 15.2"), "standard: RFC 9110, 15.2"),
        (assumed("who owns a task"), "assumption: who owns a task"),
    ],
    ids=str,
)
def test_a_source_prints_document_and_place(source: Source, printed: str) -> None:
    assert str(source) == printed


@pytest.mark.parametrize(
    "make", [guide, page, openapi, price_list, standard], ids=lambda make: make.__name__
)
def test_a_fact_of_a_document_is_documented(make: Callable[[str], Source]) -> None:
    assert make("billing").weight is Weight.DOCUMENTED


def test_an_open_question_is_assumed() -> None:
    assert assumed("who owns a task").weight is Weight.ASSUMED
