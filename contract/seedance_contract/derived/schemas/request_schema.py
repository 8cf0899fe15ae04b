"""The JSON Schema of the create request: the parts of all rules, merged for each branch.

A branch is a model and an operation. Rules that JSON Schema cannot express exactly are named in the
extension `x-rules-stricter`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from seedance_contract.declared.contract import CONTRACT, RULES, Contract
from seedance_contract.declared.fields import ALIASES
from seedance_contract.declared.limits import Schema
from seedance_contract.declared.model import Model
from seedance_contract.declared.operations import OPERATIONS, Operation
from seedance_contract.declared.rules.field_rules import AliasAgreementRule

STRICTER = tuple(
    rule.id for rule in RULES if isinstance(rule, AliasAgreementRule) and not rule.has_finite_values
)
"""The rules that the schema states more strictly: JSON Schema cannot compare two lists."""

SCHEMA_PREFIX = "#/components/schemas/"


def branch_name(model: Model, operation: Operation) -> str:
    """Return the name of a branch among the schemas of the document."""
    return f"{model.id}.{operation.name}"


def branch_schema(model: Model, operation: Operation, contract: Contract = CONTRACT) -> Schema:
    """Return the schema of the requests of `operation` on `model`, written out in full."""
    parts = [rule.schema(model, operation) for rule in contract.rules.values()]
    closed: Schema = {"type": "object"}
    merged = reduce(merge_schemas, parts, closed)
    properties = merged["properties"]
    assert isinstance(properties, dict)
    defaults = contract.defaults[model.id]
    fields = {
        name: _with_default(schema, defaults.get(name)) for name, schema in properties.items()
    }
    aliases = {
        alias: fields[name] | {"description": f"Alias of {name}"}
        for alias, name in ALIASES.items()
        if name in fields
    }
    return {**merged, "properties": fields | aliases}


def _with_default(schema: Mapping[str, object], default: object) -> dict[str, object]:
    return dict(schema) if default is None else {**schema, "default": default}


def merge_schemas(first: Schema, second: Schema) -> Schema:
    """Return a schema that requires what both require."""
    merged = {key: _merge_keyword(key, first.get(key), value) for key, value in second.items()}
    return {**first, **merged}


def _merge_keyword(key: str, first: object, second: object) -> object:
    match first, second:
        case None, _:
            return second
        case Mapping(), Mapping():
            return merge_schemas(first, second)
        # Both enumerations hold, so what both contain is left. Other lists (`required`, `allOf`,
        # `x-rules`) are requirements that add up.
        case list(), list() if key == "enum":
            return [value for value in first if value in second]
        case list(), list():
            return first + [value for value in second if value not in first]
        case int(), int() if key == "maxItems":
            return min(first, second)
        case int(), int() if key == "minItems":
            return max(first, second)
    assert first == second, f"two requirements for {key} that cannot be merged"
    return first


def request_schemas(contract: Contract = CONTRACT) -> dict[str, Schema]:
    """Return the named schemas of the create request. `VideoRequest` is the whole of it."""
    models = contract.models.values()
    branches = {
        branch_name(model, OPERATIONS[name]): branch_schema(model, OPERATIONS[name], contract)
        for model in models
        for name in model.operations
    }
    by_model: dict[str, Schema] = {
        model.id: {
            "anyOf": [
                {"$ref": SCHEMA_PREFIX + branch_name(model, OPERATIONS[name])}
                for name in model.operations
            ]
        }
        for model in models
    }
    agreements = [rule for rule in contract.rules.values() if isinstance(rule, AliasAgreementRule)]
    # One `not` beside the branches instead of a part of each: generators that rewrite a schema as a
    # list of alternatives (Schemathesis does) would get too many of them.
    conflicts = [schema for rule in agreements for schema in rule.conflict_schemas()]
    request: Schema = {
        "oneOf": [{"$ref": SCHEMA_PREFIX + model.id} for model in models],
        "not": {"anyOf": conflicts},
        "x-rules": [rule.id for rule in agreements],
        "x-rules-stricter": list(STRICTER),
    }
    return {"VideoRequest": request, **by_model, **branches}
