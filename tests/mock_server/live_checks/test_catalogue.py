from __future__ import annotations

from seedance_contract.client.invariants.catalogue import INVARIANTS
from seedance_mock.live_checks.catalogue import (
    FAILURE_NEEDS,
    LIVE_CHECKS,
    NOT_JUDGED,
    PASS_NEEDS,
)


def test_every_invariant_is_a_live_check() -> None:
    assert [check.id for check in LIVE_CHECKS] == [*INVARIANTS, "documented-fields"]


def test_the_reasons_name_invariants() -> None:
    assert INVARIANTS.keys() >= NOT_JUDGED.keys() | FAILURE_NEEDS.keys() | PASS_NEEDS.keys()
    assert NOT_JUDGED.keys().isdisjoint(FAILURE_NEEDS.keys() | PASS_NEEDS.keys())
