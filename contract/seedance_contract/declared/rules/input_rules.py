"""Rules about the inputs of an operation: those that it requires, and those of other operations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from seedance_contract.declared.fields import FIELDS, INPUT_FIELDS, MATERIAL_FIELDS
from seedance_contract.declared.limits import Schema
from seedance_contract.declared.model import Model
from seedance_contract.declared.operations import (
    OPERATIONS,
    Body,
    InputRequirement,
    ListSubstitute,
)
from seedance_contract.declared.parsed_body import ParsedBody, parse_body
from seedance_contract.declared.rules.field_rules import max_items
from seedance_contract.declared.rules.operation_rules import OperationRule, required_fields
from seedance_contract.declared.rules.rule import (
    Breach,
    presence_schemas,
)
from seedance_contract.declared.sources import Source

_INPUT_NAMES = frozenset(field.name for field in INPUT_FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredInputRule(OperationRule):
    """A request of the operation has the media that the operation starts from."""

    required_input: InputRequirement
    code = "required"

    @property
    def id(self) -> str:
        return f"{self.operation.name}.{self.required_input.name}"

    def requirement(self) -> str:
        return self._message(None)

    def _message(self, model: Model | None) -> str:
        fields = required_fields(self.required_input, model)
        return f"{self.operation.name} needs {' or '.join(fields)}"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        fields = required_fields(self.required_input, parsed.model)
        if parsed.body.keys().isdisjoint(fields):
            yield self.new_breach(fields[0], self._message(parsed.model), parsed)

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        yield self.body_without(body, self.required_input.fields)

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        base = self.body_without(body, self.required_input.fields)
        for name in required_fields(self.required_input, parse_body(base, self.models).model):
            yield {**base, name: _sample_input(self.required_input, name)}

    def part_of_schema(self, model: Model) -> Schema:
        fields = required_fields(self.required_input, model)
        present = [schema for name in fields for schema in presence_schemas(name)]
        if self.required_input.takes_materials:
            present += [{"required": [name]} for name in MATERIAL_FIELDS]
        return {"allOf": [{"anyOf": present}]}


def _sample_input(required_input: InputRequirement, name: str) -> object:
    """Return a value with which the field `name` satisfies the requirement."""
    substitute = required_input.substitute
    if substitute is not None and substitute.field == name:
        return [FIELDS[name].sample_item()] * substitute.min_items
    return FIELDS[name].sample_values()[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstituteLengthRule(OperationRule):
    """A list that stands for another one has as many entries as the operation needs of it."""

    substitute: ListSubstitute
    code = "invalid_count"

    @property
    def id(self) -> str:
        return f"{self.operation.name}.{self.substitute.field}"

    @property
    def source(self) -> Source:
        return self.substitute.source

    def requirement(self) -> str:
        name, min_items = self.substitute.field, self.substitute.min_items
        return f"{self.operation.name} takes {name} with {min_items} or more entries"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        name = self.substitute.field
        if name not in parsed.body:
            return
        value = parsed.body[name]
        # An empty list breaks the rule `<name>.count`, and is reported once.
        if isinstance(value, list) and 0 < len(value) < self.substitute.min_items:
            hint = f"a single entry goes into {self.substitute.replaces}"
            yield self.new_breach(name, self.requirement(), parsed, hint=hint)

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        yield self._with_length(body, self.substitute.min_items - 1)

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield self._with_length(body, self.substitute.min_items)

    def _with_length(self, body: Body, length: int) -> Body:
        base = self.body_without(body, (self.substitute.replaces,))
        name = self.substitute.field
        return {**base, name: [FIELDS[name].sample_item()] * length}

    def part_of_schema(self, model: Model) -> Schema:
        min_items = {"minItems": self.substitute.min_items, "x-rules": [self.id]}
        return {"properties": {self.substitute.field: min_items}}


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstituteAloneRule(OperationRule):
    """A list that stands for another one is not sent together with it."""

    substitute: ListSubstitute
    code = "too_many_inputs"

    @property
    def id(self) -> str:
        return f"{self.operation.name}.one-image-list"

    @property
    def source(self) -> Source:
        return self.substitute.source

    def requirement(self) -> str:
        replaces, name = self.substitute.replaces, self.substitute.field
        return f"{self.operation.name} takes {replaces} or {name}, not both"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        name = self.substitute.field
        if name in parsed.body and self.substitute.replaces in parsed.body:
            yield self.new_breach(name, self.requirement(), parsed)

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        for name in FIELDS[self.substitute.replaces].spellings:
            yield {**self._with_substitute(body), name: [self._sample_item()]}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield self._with_substitute(body)

    def _with_substitute(self, body: Body) -> Body:
        base = self.body_without(body, (self.substitute.replaces,))
        return {**base, self.substitute.field: [self._sample_item()] * self.substitute.min_items}

    def _sample_item(self) -> object:
        return FIELDS[self.substitute.replaces].sample_item()

    def part_of_schema(self, model: Model) -> Schema:
        names = FIELDS[self.substitute.replaces].spellings
        return {"allOf": [{"not": {"required": [name, self.substitute.field]}} for name in names]}


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleInputRule(OperationRule):
    """A request of the operation has one medium: one field, and no list of two."""

    required_input: InputRequirement
    code = "too_many_inputs"

    @property
    def id(self) -> str:
        return f"{self.operation.name}.one-{self.required_input.name}"

    @property
    def source(self) -> Source:
        return self.required_input.source

    def requirement(self) -> str:
        fields = ", ".join(self.required_input.fields)
        return f"{self.operation.name} takes exactly one of {fields}"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        present = [name for name in self.required_input.fields if name in parsed.body]
        if len(present) > 1 or any(_has_several(name, parsed) for name in present):
            yield self.new_breach(present[-1], self.requirement(), parsed)

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        base = self.body_without(body, self.required_input.fields)
        samples = {name: FIELDS[name].sample_values()[0] for name in self.required_input.fields}
        for first, second in combinations(self.required_input.fields, 2):
            yield {**base, first: samples[first], second: samples[second]}
        for name in self._list_fields():
            yield {**base, name: [FIELDS[name].sample_item()] * 2}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        base = self.body_without(body, self.required_input.fields)
        for name in self._list_fields():
            yield {**base, name: [FIELDS[name].sample_item()]}

    def _list_fields(self) -> list[str]:
        return [name for name in self.required_input.fields if FIELDS[name].item_range]

    def part_of_schema(self, model: Model) -> Schema:
        single = {"maxItems": 1, "x-rules": [self.id]}
        pairs = combinations(self.required_input.fields, 2)
        return {
            "properties": {name: dict(single) for name in self._list_fields()},
            "allOf": [{"not": {"required": list(pair)}} for pair in pairs],
        }


def _has_several(name: str, parsed: ParsedBody) -> bool:
    """Return whether a list has several entries, but not more than its model takes.

    A list with too many entries breaks the rule `<name>.count`, and is reported once.
    """
    field, value = FIELDS[name], parsed.body[name]
    if field.item_range is None or not isinstance(value, list):
        return False
    return 1 < len(value) <= max_items(field, parsed.model)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedInputsRule(OperationRule):
    """An input that does not belong to the operation is refused, not ignored."""

    # It has no part of the schema: the schema is closed, and such an input is no property of it.
    code = "unexpected_input"

    @property
    def id(self) -> str:
        return f"{self.operation.name}.inputs"

    def requirement(self) -> str:
        inputs = ", ".join(self.operation.input_fields) or "no input but the prompt"
        return f"{self.operation.name} takes {inputs}"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        if _INPUT_NAMES.isdisjoint(parsed.body):
            return
        for name in self._foreign_inputs():
            if name in parsed.body:
                message = f"{name} does not belong to {self.operation.name}"
                yield self.new_breach(name, message, parsed, hint=_operations_of(name))

    def _foreign_inputs(self) -> list[str]:
        own = self.operation.input_fields
        return [field.name for field in INPUT_FIELDS if field.name not in own]

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        for name in self._foreign_inputs():
            yield {
                **self.body_without(body),
                name: FIELDS[name].sample_values()[0],
            }

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        names = self.operation.optional_inputs
        optional = {name: FIELDS[name].sample_values()[0] for name in names}
        yield {**self.body_without(body), **optional}


def _operations_of(name: str) -> str:
    names = [operation.name for operation in OPERATIONS.values() if name in operation.input_fields]
    return f"{name} belongs to {' and '.join(names)}"
