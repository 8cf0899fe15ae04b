"""Every rule of the create request, in the order in which a server reports them."""

from __future__ import annotations

from collections.abc import Iterator

from seedance_contract.declared.field_rules import (
    Accessible,
    Agreeing,
    Counted,
    Known,
    Limited,
    Unsupported,
    UnsupportedValue,
)
from seedance_contract.declared.fields import (
    FIELDS,
    FOREIGN,
    IMAGES,
    MATERIALS,
    MATERIALS_SOURCE,
    Field,
)
from seedance_contract.declared.limits import Typed
from seedance_contract.declared.model_rules import ModelGiven, ModelKnown, Renders
from seedance_contract.declared.models import FAMILY
from seedance_contract.declared.operation_rules import (
    Alone,
    Belonging,
    Needed,
    OperationKnown,
    Prompted,
)
from seedance_contract.declared.operations import FOREIGN_SOURCE, OPERATIONS, Operation
from seedance_contract.declared.rule import Rule
from seedance_contract.declared.sources import openapi, page


def _of_field(field: Field) -> Iterator[Rule]:
    if field.aliases:
        yield Agreeing(field=field)
    yield Limited(field=field, limit=Typed(field.type), source=field.source)
    if field.items:
        low, high = field.items
        yield Counted(field=field, low=low, high=high, source=field.source)
    for limit in field.limits:
        yield Limited(field=field, limit=limit, source=field.source)


def _of_operation(operation: Operation) -> Iterator[Rule]:
    if operation.prompt:
        yield Prompted(operation=operation)
    for need in operation.needs:
        yield Needed(operation=operation, need=need)
        if len(need.fields) > 1 and not need.several:
            yield Alone(operation=operation, need=need)
    yield Belonging(operation=operation)


RULES: tuple[Rule, ...] = (
    ModelGiven(id="model.required", source=openapi("BadRequest")),
    ModelKnown(id="model.known", source=page("agent-first-api: model_not_found")),
    OperationKnown(id="operation.known", source=FOREIGN_SOURCE),
    *(rule for field in FIELDS.values() for rule in _of_field(field)),
    *(Renders(model=model) for model in FAMILY if model.resolutions != FAMILY[0].resolutions),
    *(rule for operation in OPERATIONS.values() for rule in _of_operation(operation)),
    UnsupportedValue(
        field=FIELDS["service_tier"],
        value="flex",
        source=openapi("VideoGenerationRequest.service_tier"),
    ),
    *(Unsupported(field=field) for field in FOREIGN.values()),
    Accessible(id="material.fields", fields=MATERIALS, source=MATERIALS_SOURCE),
    Accessible(id="material.uris", fields=IMAGES, source=MATERIALS_SOURCE),
    Known(id="request.known", source=page("observability: unsupported field")),
)

RULES_BY_ID = {rule.id: rule for rule in RULES}
