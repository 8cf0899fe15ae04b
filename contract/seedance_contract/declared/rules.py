"""Every rule of the create request, in the order in which a server reports them."""

from __future__ import annotations

from collections.abc import Iterator

from seedance_contract.declared.field_rules import (
    AliasAgreementRule,
    FieldLimitRule,
    ItemCountRule,
    KnownFieldsRule,
    MaterialAccessRule,
    UnsupportedFieldRule,
    UnsupportedValueRule,
)
from seedance_contract.declared.fields import (
    FIELDS,
    IMAGE_FIELDS,
    MATERIAL_FIELDS,
    MATERIALS_SOURCE,
    UNSUPPORTED_FIELDS,
    Field,
)
from seedance_contract.declared.limits import TypeLimit
from seedance_contract.declared.model_rules import (
    KnownModelRule,
    ModelResolutionRule,
    RequiredModelRule,
)
from seedance_contract.declared.models import FAMILY
from seedance_contract.declared.operation_rules import (
    AllowedInputsRule,
    KnownOperationRule,
    RequiredInputRule,
    RequiredPromptRule,
    SingleInputRule,
)
from seedance_contract.declared.operations import OPERATION_SOURCE, OPERATIONS, Operation
from seedance_contract.declared.rule import Rule
from seedance_contract.declared.sources import openapi, page


def _of_field(field: Field) -> Iterator[Rule]:
    if field.aliases:
        yield AliasAgreementRule(field=field)
    yield FieldLimitRule(field=field, limit=TypeLimit(field.type), source=field.source)
    if field.item_range:
        low, high = field.item_range
        yield ItemCountRule(field=field, min_items=low, max_items=high, source=field.source)
    for limit in field.limits:
        yield FieldLimitRule(field=field, limit=limit, source=field.source)


def _of_operation(operation: Operation) -> Iterator[Rule]:
    if operation.requires_prompt:
        yield RequiredPromptRule(operation=operation)
    for need in operation.required_inputs:
        yield RequiredInputRule(operation=operation, requirement_input=need)
        if len(need.fields) > 1 and not need.several:
            yield SingleInputRule(operation=operation, requirement_input=need)
    yield AllowedInputsRule(operation=operation)


RULES: tuple[Rule, ...] = (
    RequiredModelRule(id="model.required", source=openapi("BadRequest")),
    KnownModelRule(id="model.known", source=page("agent-first-api: model_not_found")),
    KnownOperationRule(id="operation.known", source=OPERATION_SOURCE),
    *(rule for field in FIELDS.values() for rule in _of_field(field)),
    *(
        ModelResolutionRule(model=model)
        for model in FAMILY
        if model.resolutions != FAMILY[0].resolutions
    ),
    *(rule for operation in OPERATIONS.values() for rule in _of_operation(operation)),
    UnsupportedValueRule(
        field=FIELDS["service_tier"],
        value="flex",
        source=openapi("VideoGenerationRequest.service_tier"),
    ),
    *(UnsupportedFieldRule(field=field) for field in UNSUPPORTED_FIELDS.values()),
    MaterialAccessRule(id="material.fields", fields=MATERIAL_FIELDS, source=MATERIALS_SOURCE),
    MaterialAccessRule(id="material.uris", fields=IMAGE_FIELDS, source=MATERIALS_SOURCE),
    KnownFieldsRule(id="request.known", source=page("observability: unsupported field")),
)

RULES_BY_ID = {rule.id: rule for rule in RULES}
