"""The rules of the create request of v3, in the order in which violations are reported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from seedance_contract.declared.limits import JsonType
from seedance_contract.declared.sources import openapi
from seedance_contract.declared.v3.fields import V3_FIELDS, V3Field
from seedance_contract.declared.v3.models import V3_MODELS, ModelsByName
from seedance_contract.declared.v3.rules.content_rules import CONTENT_RULES
from seedance_contract.declared.v3.rules.field_rules import (
    UNSUPPORTED_FIELD_RULES,
    ModelSupportRule,
    RefusedValueRule,
    V3LimitRule,
    V3TypeRule,
)
from seedance_contract.declared.v3.rules.request_rules import (
    FrameRatioRule,
    KnownV3FieldsRule,
    KnownV3ModelRule,
    RequiredFieldRule,
    ToolsRule,
)
from seedance_contract.declared.v3.rules.rule import V3Rule


def _field_rules(field: V3Field, models: ModelsByName) -> Iterator[V3Rule]:
    yield V3TypeRule(field=field.name, type=field.type, source=field.source, models=models)
    if field.limits or field.model_limit is not None:
        yield V3LimitRule(declared=field, models=models)
    if field.refused:
        yield RefusedValueRule(declared=field)
    unsupported = [model.v3.unsupported_fields for model in models.values() if model.v3]
    if any(field.name in names for names in unsupported):
        yield ModelSupportRule(declared=field, models=models)


def v3_rules_for(models: ModelsByName, served: ModelsByName) -> tuple[V3Rule, ...]:
    """Return the rules for these models, of which an API serves some.

    The order is part of the contract, as in v1: the error describes the first violation.
    """
    model = openapi("CreateContentsGenerationsTasksRequest.model")
    return (
        RequiredFieldRule(name="model"),
        RequiredFieldRule(name="content"),
        V3TypeRule(field="model", type=JsonType.STRING, source=model, models=models),
        KnownV3ModelRule(models=served),
        *CONTENT_RULES,
        *(rule for field in V3_FIELDS.values() for rule in _field_rules(field, models)),
        FrameRatioRule(models=models),
        ToolsRule(),
        *UNSUPPORTED_FIELD_RULES,
        KnownV3FieldsRule(),
    )


V3_RULES: tuple[V3Rule, ...] = v3_rules_for(V3_MODELS, V3_MODELS)
"""The rules for the declared models."""

V3_RULES_BY_ID: Mapping[str, V3Rule] = MappingProxyType({rule.id: rule for rule in V3_RULES})
