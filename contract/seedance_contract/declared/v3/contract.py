"""The contract of the create request of v3: the models by their names, and the rules."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from seedance_contract.declared.contract import CONTRACT, Contract
from seedance_contract.declared.v3.models import V3_MODELS, ModelsByName, v3_model_names
from seedance_contract.declared.v3.rules.rule import V3Rule
from seedance_contract.declared.v3.rules.v3_rules import V3_RULES, v3_rules_for


# As with `Contract`, two are equal if they are the same object: it is part of the key of a cache
# that every create uses.
class V3Contract:
    """The models that an API serves by every name that v3 accepts, and the rules."""

    def __init__(self, models: ModelsByName, rules: Sequence[V3Rule]) -> None:
        self.models = models
        self.rules = rules


V3_CONTRACT = V3Contract(V3_MODELS, V3_RULES)
"""The declared contract."""


@lru_cache(maxsize=16)
def v3_contract_of(contract: Contract) -> V3Contract:
    """Return the contract of v3 with the models that an API serves."""
    if contract is CONTRACT:
        return V3_CONTRACT
    served = v3_model_names(contract.models)
    return V3Contract(served, v3_rules_for(V3_MODELS, served))
