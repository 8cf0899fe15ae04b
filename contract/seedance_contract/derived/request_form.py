"""The fields of a create request as a form needs them: by model and operation, with limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from seedance_contract.declared.contract import CONTRACT, Contract
from seedance_contract.declared.field import Field
from seedance_contract.declared.fields import COMMON_FIELDS, FIELDS
from seedance_contract.declared.limits import Limit, OneOf, TypeLimit
from seedance_contract.declared.media_limits import MediaUrl
from seedance_contract.declared.model import Model
from seedance_contract.declared.operations import OPERATIONS, Operation

JSON = dict[str, object]

CHOSEN_FIRST = ("model", "operation")
"""What a form asks for before everything else. The other fields depend on it."""


def request_form(contract: Contract = CONTRACT) -> JSON:
    """Return the fields of every operation of every model, in the order of a form.

    A field has a `name`, a JSON Schema (`schema`), a `requirement` in words, the `default` of an
    omitted field or null, and the `medium` of its URLs or null. `required` has groups of fields: a
    request needs one of each group.
    """
    return {"models": [_model(model, contract) for model in contract.models.values()]}


def _model(model: Model, contract: Contract) -> JSON:
    operations = [OPERATIONS[name] for name in model.operations]
    defaults = contract.defaults[model.id]
    return {
        "id": model.id,
        "operations": [_operation(model, operation, defaults) for operation in operations],
    }


def _operation(model: Model, operation: Operation, defaults: Mapping[str, object]) -> JSON:
    required = [[*model.required_fields(needed)] for needed in operation.required_inputs]
    return {
        "name": operation.name,
        "required": [*([["prompt"]] if operation.requires_prompt else []), *required],
        "fields": [
            _field(field, model, operation, defaults.get(field.name))
            for field in _fields(model, operation, required)
        ],
    }


def _fields(model: Model, operation: Operation, required: list[list[str]]) -> Iterator[Field]:
    inputs = dict.fromkeys([name for names in required for name in names])
    names = [
        "prompt",
        *inputs,
        *operation.optional_inputs,
        *(field.name for field in COMMON_FIELDS),
    ]
    for name in dict.fromkeys(names):
        if name not in CHOSEN_FIRST and name not in model.unsupported_fields:
            yield FIELDS[name]


def _field(field: Field, model: Model, operation: Operation, default: object) -> JSON:
    limits = _limits(field, model, operation)
    schema = dict(TypeLimit(field.type).schema())
    for limit in limits:
        schema |= limit.schema()
    if field.item_range is not None:
        low, high = field.item_range
        schema |= {
            "minItems": low,
            "maxItems": model.references.get(field.shares_limit_of or field.name, high),
        }
    media = [limit.medium for limit in limits if isinstance(limit, MediaUrl)]
    return {
        "name": field.name,
        "schema": schema,
        "requirement": " and ".join(limit.requirement() for limit in limits),
        "default": default,
        "medium": str(media[0]) if media else None,
    }


def _limits(field: Field, model: Model, operation: Operation) -> tuple[Limit, ...]:
    """Return the limits of a field on a model, which may allow less than the field itself."""
    if field.name == "resolution":
        return (OneOf(model.resolutions),)
    own = model.limit(field.name, operation)
    return field.limits if own is None else (own,)
