"""The rules of the create request, in the order in which the server reports violations."""

from __future__ import annotations

from collections.abc import Iterator

from seedance_contract.declared.field import Field
from seedance_contract.declared.fields import (
    IMAGE_FIELDS,
    MATERIAL_FIELDS,
    MATERIALS_SOURCE,
    UNSUPPORTED_FIELDS,
    common_fields,
    input_fields,
)
from seedance_contract.declared.limits import TypeLimit
from seedance_contract.declared.model import Model, Models, all_resolutions
from seedance_contract.declared.operations import (
    OPERATION_SOURCE,
    OPERATIONS,
    ListSubstitute,
    Operation,
)
from seedance_contract.declared.rules.field_rules import (
    AliasAgreementRule,
    FieldLimitRule,
    ItemCountRule,
)
from seedance_contract.declared.rules.input_rules import (
    AllowedInputsRule,
    RequiredInputRule,
    SingleInputRule,
    SubstituteAloneRule,
    SubstituteLengthRule,
)
from seedance_contract.declared.rules.model_rules import (
    KnownModelRule,
    ModelFieldsRule,
    ModelResolutionRule,
    RequiredModelRule,
)
from seedance_contract.declared.rules.operation_rules import KnownOperationRule, RequiredPromptRule
from seedance_contract.declared.rules.rule import Rule
from seedance_contract.declared.rules.unsupported_rules import (
    KnownFieldsRule,
    MaterialAccessRule,
    UnsupportedFieldRule,
    UnsupportedValueRule,
)
from seedance_contract.declared.sources import openapi, page


def _field_rules(field: Field, models: Models) -> Iterator[Rule]:
    source = field.source
    if field.aliases:
        yield AliasAgreementRule(field=field, models=models)
    yield FieldLimitRule(field=field, limit=TypeLimit(field.type), source=source, models=models)
    if field.item_range:
        low, high = field.item_range
        yield ItemCountRule(
            field=field, min_items=low, max_items=high, source=source, models=models
        )
    for limit in field.limits:
        yield FieldLimitRule(field=field, limit=limit, source=source, models=models)


def _model_rules(model: Model, models: Models) -> Iterator[Rule]:
    # A model that renders every resolution needs no rule: `resolution.value` refuses the others.
    others = [name for name in all_resolutions(models) if name not in model.resolutions]
    if others:
        yield ModelResolutionRule(model=model, other_resolutions=tuple(others), models=models)
    if model.unsupported_fields:
        yield ModelFieldsRule(model=model, models=models)


def _operation_rules(operation: Operation, models: Models) -> Iterator[Rule]:
    if operation.requires_prompt:
        yield RequiredPromptRule(operation=operation, models=models)
    for required in operation.required_inputs:
        yield RequiredInputRule(operation=operation, required_input=required, models=models)
        if len(required.fields) > 1 and not required.several:
            yield SingleInputRule(operation=operation, required_input=required, models=models)
        if required.substitute is not None:
            yield from _substitute_rules(operation, required.substitute, models)
    yield AllowedInputsRule(operation=operation, models=models)


def _substitute_rules(
    operation: Operation, substitute: ListSubstitute, models: Models
) -> Iterator[Rule]:
    yield SubstituteLengthRule(operation=operation, substitute=substitute, models=models)
    yield SubstituteAloneRule(operation=operation, substitute=substitute, models=models)


def _unsupported_rules(fields: dict[str, Field], models: Models) -> Iterator[Rule]:
    yield UnsupportedValueRule(
        field=fields["service_tier"],
        value="flex",
        source=openapi("VideoGenerationRequest.service_tier"),
        models=models,
    )
    for field in UNSUPPORTED_FIELDS.values():
        yield UnsupportedFieldRule(field=field, models=models)
    yield MaterialAccessRule(
        id="material.fields", fields=MATERIAL_FIELDS, source=MATERIALS_SOURCE, models=models
    )
    yield MaterialAccessRule(
        id="material.uris", fields=IMAGE_FIELDS, source=MATERIALS_SOURCE, models=models
    )
    yield KnownFieldsRule(id="request.known", source=page("observability: unsupported field"))


def rules_for(models: Models, served: Models) -> tuple[Rule, ...]:
    """Return the rules of an API with these models, of which it serves some.

    The order is part of the contract: the error describes the first violation. What is missing or
    unknown altogether comes first, then values, then the operation, then unsupported fields.
    """
    fields = {field.name: field for field in common_fields(models) + input_fields(models)}
    return (
        RequiredModelRule(id="model.required", source=openapi("BadRequest")),
        KnownModelRule(
            id="model.known", source=page("agent-first-api: model_not_found"), models=served
        ),
        KnownOperationRule(id="operation.known", source=OPERATION_SOURCE, models=models),
        *(rule for field in fields.values() for rule in _field_rules(field, models)),
        *(rule for model in models.values() for rule in _model_rules(model, models)),
        *(
            rule
            for operation in OPERATIONS.values()
            for rule in _operation_rules(operation, models)
        ),
        *_unsupported_rules(fields, models),
    )
