"""The contract of the create request: the models, and the rules that follow from them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from seedance_contract.declared.fields import FIELDS
from seedance_contract.declared.model import Model, Models, models_named
from seedance_contract.declared.models import EXAMPLE_MODEL, FAMILY
from seedance_contract.declared.operations import OPERATIONS
from seedance_contract.declared.rules.contract_rules import rules_for
from seedance_contract.declared.rules.rule import Rule


# A plain class, no dataclass: two contracts are equal if they are the same object. A contract is
# part of the keys of caches that every create request uses, and a hash over all models and rules
# would cost more than these caches save. Hypothesis prints the fields of a dataclass whenever it
# prints a strategy: 50 kB, which it reports as a warning.
class Contract:
    """Models, and what follows from them for create requests.

    Functions of `derived` take a contract and use `CONTRACT` if they get none.

    Args:
        models: the declared models, in the order of the catalogue.
        example_model: the id of the model of example requests. If it is not served, it is the
            first that is.
        served: the ids of the models that the API serves; all if None. Any other model is unknown,
            and what the rules say of the served ones does not change.

    Raises ValueError for a model whose entry contradicts itself.
    """

    def __init__(
        self,
        models: Iterable[Model],
        example_model: str = EXAMPLE_MODEL,
        *,
        served: Collection[str] | None = None,
    ) -> None:
        by_id: Models = MappingProxyType({model.id: model for model in models})
        for model in by_id.values():
            _check_entry(model)
        self.models: Models = by_id
        """The served models by id."""
        if served is not None:
            self.models = MappingProxyType({name: by_id[name] for name in by_id if name in served})
        self.rules: Mapping[str, Rule] = {rule.id: rule for rule in rules_for(by_id, self.models)}
        """The rules by id, in the order in which violations are reported."""
        self.defaults = {model.id: _defaults(model) for model in self.models.values()}
        """For each model, field to the value of an omitted field."""
        self.example_model = self.models.get(example_model) or next(iter(self.models.values()))
        """The model of example requests."""

    def __repr__(self) -> str:
        return f"Contract({', '.join(self.models)})"


def _defaults(model: Model) -> Mapping[str, object]:
    common = {name: field.default for name, field in FIELDS.items() if field.default is not None}
    defaults = {**common, **model.defaults}
    # A plain dict: validation unpacks it for every request, which takes four times as long for a
    # MappingProxyType.
    return {name: value for name, value in defaults.items() if name not in model.unsupported_fields}


def _check_entry(model: Model) -> None:
    """Raise ValueError if an entry contradicts itself, with the member to correct."""
    for name, value in _defaults(model).items():
        for operation in model.operations:
            limit = model.limit(name, OPERATIONS[operation])
            if limit is not None and not limit.allows(value):
                what = f"the default {value!r} of {name} must {limit.requirement()}"
                raise ValueError(f"{model.id}, {operation}: {what}; set Model.defaults")
    if _defaults(model)["resolution"] not in model.resolutions:
        raise ValueError(f"{model.id} does not render its default resolution; set Model.defaults")
    priced = sorted(name for price in model.prices for name in price.resolutions)
    if priced != sorted(model.resolutions):
        raise ValueError(f"{model.id} needs one price for each resolution; set Model.prices")
    if {(name, ratio) for name in priced for ratio in model.output_ratios} - model.pixels.keys():
        raise ValueError(f"{model.id} has a resolution of unknown size; set Model.pixels")


CONTRACT = Contract(FAMILY)
"""The declared contract."""


# A contract takes 2 ms to make, and is a key of other caches: applications of one process that
# serve the same models share it.
@lru_cache(maxsize=16)
def contract_of(patterns: tuple[str, ...]) -> Contract:
    """Return the contract of an API that serves the models with these names or patterns.

    Without any it is `CONTRACT`. At least one model must have one of them.
    """
    served = models_named(patterns, CONTRACT.models) if patterns else CONTRACT.models
    return CONTRACT if len(served) == len(CONTRACT.models) else Contract(FAMILY, served=served)


CONTRACT_VERSION = "2.0"
"""The version of the declared contract, which the OpenAPI document and every report carry."""

RULES: tuple[Rule, ...] = tuple(CONTRACT.rules.values())

RULES_BY_ID: Mapping[str, Rule] = CONTRACT.rules
