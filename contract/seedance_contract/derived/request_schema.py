"""The JSON Schema of the create request: what the rules contribute, merged per branch.

A branch is a model and an operation. What JSON Schema cannot say is named in an extension.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

from seedance_contract.declared.field_rules import AliasAgreementRule
from seedance_contract.declared.fields import ALIASES, FIELDS
from seedance_contract.declared.limits import Schema
from seedance_contract.declared.models import FAMILY, Model
from seedance_contract.declared.operations import OPERATIONS, Operation
from seedance_contract.declared.rules import RULES

NOT_EXPRESSED = tuple(rule.id for rule in RULES if isinstance(rule, AliasAgreementRule))
"""Rules that compare values, which JSON Schema cannot."""

SCHEMA_PREFIX = "#/components/schemas/"


def branch_name(model: Model, operation: Operation) -> str:
    """Return the name of a branch among the document's schemas."""
    return f"{model.id}.{operation.name}"


def branch_schema(model: Model, operation: Operation) -> Schema:
    """Return the schema of the requests of `operation` on `model`, written out in full."""
    parts = [rule.schema(model, operation) for rule in RULES]
    whole: Schema = {"type": "object"}
    merged = reduce(merge_schemas, parts, whole)
    properties = merged["properties"]
    assert isinstance(properties, dict)
    named = {name: _with_default(name, schema) for name, schema in properties.items()}
    aliased = {
        alias: named[name] | {"description": f"Alias of {name}"}
        for alias, name in ALIASES.items()
        if name in named
    }
    return {**merged, "properties": named | aliased}


def _with_default(name: str, schema: Mapping[str, object]) -> dict[str, object]:
    default = FIELDS[name].default if name in FIELDS else None
    return dict(schema) if default is None else {**schema, "default": default}


def merge_schemas(one: Schema, other: Schema) -> Schema:
    """Return a schema that demands what both demand."""
    return {**one, **{key: _both(key, one.get(key), value) for key, value in other.items()}}


def _both(key: str, one: object, other: object) -> object:
    match one, other:
        case None, _:
            return other
        case Mapping(), Mapping():
            return merge_schemas(one, other)
        case list(), list() if key == "enum":
            return [value for value in one if value in other]
        case list(), list():
            return one + [value for value in other if value not in one]
        case int(), int() if key == "maxItems":
            return min(one, other)
    assert one == other, f"two demands for {key} that cannot be merged"
    return one


def request_schemas() -> dict[str, Schema]:
    """Return the named schemas of the create request; `VideoRequest` is the whole."""
    pairs = [(model, OPERATIONS[operation]) for model in FAMILY for operation in model.operations]
    branches = {
        branch_name(model, operation): branch_schema(model, operation) for model, operation in pairs
    }
    models: dict[str, Schema] = {
        model.id: {
            "anyOf": [
                {"$ref": SCHEMA_PREFIX + branch_name(model, OPERATIONS[name])}
                for name in model.operations
            ]
        }
        for model in FAMILY
    }
    whole: Schema = {
        "oneOf": [{"$ref": SCHEMA_PREFIX + model.id} for model in FAMILY],
        "x-rules-not-expressed": list(NOT_EXPRESSED),
    }
    return {"VideoRequest": whole, **models, **branches}
