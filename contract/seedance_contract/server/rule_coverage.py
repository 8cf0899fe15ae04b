"""Which rules of the create request a run has tested, on which side."""

from __future__ import annotations

from collections.abc import Mapping

from seedance_contract.declared.contract import RULES
from seedance_contract.declared.sources import Weight
from seedance_contract.server.check_context import RuleCounts

SIDES = ("valid", "invalid")


def rule_coverage(counts: RuleCounts) -> Mapping[str, Mapping[str, int]]:
    """Return how often each rule was tested on each side."""
    return {rule.id: {side: counts[rule.id, side] for side in SIDES} for rule in RULES}


def untested_sides(counts: RuleCounts) -> Mapping[str, list[str]]:
    """Return the documented rules that were not tested on both sides, with the missing sides."""
    missing = {
        rule.id: [side for side in SIDES if not counts[rule.id, side]]
        for rule in RULES
        if rule.source.weight is Weight.DOCUMENTED
    }
    return {rule_id: sides for rule_id, sides in missing.items() if sides}
