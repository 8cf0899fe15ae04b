"""All invariants, by id."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from seedance_contract.client.client_case import ClientCheck
from seedance_contract.client.invariants import request_invariants, task_invariants
from seedance_contract.client.invariants.invariant import Invariant

# Money and secrets first: a report lists the results in this order.
INVARIANTS: Mapping[str, Invariant] = MappingProxyType(
    {
        invariant.id: invariant
        for invariant in (*request_invariants.INVARIANTS, *task_invariants.INVARIANTS)
    }
)
"""The invariants by id, in the order of a report."""

INVARIANT_CHECKS: tuple[ClientCheck, ...] = tuple(
    invariant.check for invariant in INVARIANTS.values()
)
"""The checks of all invariants, which can grade any record."""
