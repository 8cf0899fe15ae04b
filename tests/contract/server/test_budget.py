"""The budget: a request that is certainly rejected costs nothing, all others must be covered."""

from decimal import Decimal

import pytest

from seedance_contract.declared.examples import example_request
from seedance_contract.declared.operations import TEXT_TO_VIDEO
from seedance_contract.server.budget import Budget, certainly_rejected
from seedance_contract.server.errors import UnexercisedError, UnsafeServerError

VALID = dict(example_request(TEXT_TO_VIDEO))
INVALID = {**VALID, "duration": 3}
ASSUMED_INVALID = {**VALID, "fps": 24}
"""We reject it, but no document says what the service does with it."""


def test_no_limit_covers_everything() -> None:
    budget = Budget(None)

    assert budget.allows_spending
    assert budget.reserve(VALID)


def test_empty_budget_covers_only_rejections() -> None:
    budget = Budget(Decimal(0))

    assert not budget.allows_spending
    assert not budget.reserve(INVALID)
    assert not budget.reserve("no object")
    with pytest.raises(UnexercisedError, match="it would be billed"):
        budget.reserve(VALID)


def test_assumed_rule_protects_no_money() -> None:
    with pytest.raises(UnexercisedError, match="no document"):
        Budget(Decimal(100)).reserve(ASSUMED_INVALID)


@pytest.mark.parametrize(
    "body",
    [
        {"prompt": "a paper boat"},
        {"model": "veo3.1", "prompt": "a paper boat", "duration": 99},
        {**VALID, "material_asset_id": "asset-20260101000000-abcde"},
    ],
    ids=["default model", "another model", "material of the account"],
)
def test_possibly_accepted_request_is_held_back(body: object) -> None:
    budget = Budget(Decimal(0))

    assert not budget.is_free(body)
    with pytest.raises(UnexercisedError, match="no document"):
        budget.reserve(body)


def test_estimates_use_up_the_budget() -> None:
    budget = Budget(Decimal("0.90"))

    assert budget.reserve(VALID)

    assert budget.spent == Decimal("0.73667647")
    with pytest.raises(UnexercisedError):
        budget.reserve(VALID)


def test_blocked_budget_covers_nothing() -> None:
    budget = Budget(Decimal(0))
    budget.block()

    with pytest.raises(UnsafeServerError):
        budget.reserve(INVALID)
    with pytest.raises(UnsafeServerError), budget.one_refusal():
        pytest.fail("nothing is sent")


def test_block_has_no_effect_without_a_limit() -> None:
    budget = Budget(None)
    budget.block()

    assert budget.reserve(VALID)


def test_only_documented_rules_make_it_certain() -> None:
    assert certainly_rejected({**VALID, "duration": 99})
    assert certainly_rejected(["not an object"])
    assert not certainly_rejected(VALID)
    assert not certainly_rejected({**VALID, "cfg_scale": 1})
    assert not certainly_rejected({**VALID, "model": "veo3.1", "duration": 99})
    assert not certainly_rejected({**VALID, "model": ["seedance-2.0"]})
    assert not certainly_rejected({})
    assert not certainly_rejected(
        {**VALID, "operation": "image-to-video", "image_url": "asset://asset-12345678901234-abcde"}
    )
