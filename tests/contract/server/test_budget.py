"""The purse: what is certainly refused costs nothing, all else is covered or held back."""

from decimal import Decimal

import pytest

from seedance_contract.declared.examples import request
from seedance_contract.declared.operations import TEXT_TO_VIDEO
from seedance_contract.server.budget import (
    Budget,
    UnexercisedError,
    UnsafeServerError,
    certainly_refused,
)

LEGAL = dict(request(TEXT_TO_VIDEO))
ILLEGAL = {**LEGAL, "duration": 3}
ASSUMED = {**LEGAL, "fps": 24}
"""Refused by us; no document says what the service does with it."""


def test_nothing_is_billed_on_this_machine() -> None:
    purse = Budget(None)

    assert purse.allows_spending
    assert purse.reserve(LEGAL)


def test_an_empty_purse_lets_only_refusals_through() -> None:
    purse = Budget(Decimal(0))

    assert not purse.allows_spending
    assert not purse.reserve(ILLEGAL)
    assert not purse.reserve("no object")
    with pytest.raises(UnexercisedError, match="it would cost"):
        purse.reserve(LEGAL)


def test_an_assumption_protects_no_money() -> None:
    with pytest.raises(UnexercisedError, match="no document"):
        Budget(Decimal(100)).reserve(ASSUMED)


@pytest.mark.parametrize(
    "body",
    [
        {"prompt": "a paper boat"},
        {"model": "veo3.1", "prompt": "a paper boat", "duration": 99},
        {**LEGAL, "material_asset_id": "asset-20260101000000-abcde"},
    ],
    ids=["default model", "another model", "material of the account"],
)
def test_what_a_server_may_have_after_all_is_held_back(body: object) -> None:
    purse = Budget(Decimal(0))

    assert not purse.is_free(body)
    with pytest.raises(UnexercisedError, match="no document"):
        purse.reserve(body)


def test_a_purse_is_emptied_by_estimates() -> None:
    purse = Budget(Decimal("0.90"))

    assert purse.reserve(LEGAL)

    assert purse.spent == Decimal("0.73667647")
    with pytest.raises(UnexercisedError):
        purse.reserve(LEGAL)


def test_a_server_that_lets_a_fault_pass_gets_no_more() -> None:
    purse = Budget(Decimal(0))
    purse.block()

    with pytest.raises(UnsafeServerError):
        purse.reserve(ILLEGAL)


def test_a_trip_means_nothing_where_nothing_is_billed() -> None:
    purse = Budget(None)
    purse.block()

    assert purse.reserve(LEGAL)


def test_only_documented_rules_make_a_request_safe() -> None:
    assert certainly_refused({**LEGAL, "duration": 99})
    assert certainly_refused(["not an object"])
    assert not certainly_refused(LEGAL)
    assert not certainly_refused({**LEGAL, "cfg_scale": 1})
    assert not certainly_refused({**LEGAL, "model": "veo3.1", "duration": 99})
    assert not certainly_refused({**LEGAL, "model": ["seedance-2.0"]})
    assert not certainly_refused({})
    assert not certainly_refused(
        {**LEGAL, "operation": "image-to-video", "image_url": "asset://asset-12345678901234-abcde"}
    )
