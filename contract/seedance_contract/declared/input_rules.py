"""Rules about the inputs of an operation: those that it requires, and those of other operations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from itertools import combinations

from seedance_contract.declared.field_rules import max_items
from seedance_contract.declared.fields import FIELDS, INPUT_FIELDS
from seedance_contract.declared.limits import Schema
from seedance_contract.declared.models import Model, Models
from seedance_contract.declared.operation_rules import operation_details, required_fields
from seedance_contract.declared.operations import (
    OPERATIONS,
    Body,
    InputRequirement,
    ListSubstitute,
    Operation,
)
from seedance_contract.declared.parsed_body import ParsedBody, parse_body
from seedance_contract.declared.rule import (
    Breach,
    presence_schemas,
    with_operation,
    without_fields,
)
from seedance_contract.declared.sources import Source

_INPUT_NAMES = frozenset(field.name for field in INPUT_FIELDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredInputRule:
    """A request of the operation has the media that the operation starts from."""

    operation: Operation
    required_input: InputRequirement
    models: Models = dataclass_field(repr=False, compare=False)
    code = "required"

    @property
    def id(self) -> str:
        return f"{self.operation.name}.{self.required_input.name}"

    @property
    def source(self) -> Source:
        return self.operation.source

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.operation.name,)

    def requirement(self) -> str:
        return self._message(None)

    def _message(self, model: Model | None) -> str:
        fields = required_fields(self.required_input, model)
        return f"{self.operation.name} needs {' or '.join(fields)}"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        fields = required_fields(self.required_input, parsed.model)
        if parsed.body.keys().isdisjoint(fields):
            details = operation_details(self.operation, parsed.model)
            yield Breach(fields[0], self._message(parsed.model), details)

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        yield without_fields(
            with_operation(body, self.operation, self.models), self.required_input.fields
        )

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        base = without_fields(
            with_operation(body, self.operation, self.models), self.required_input.fields
        )
        for name in required_fields(self.required_input, parse_body(base, self.models).model):
            yield {**base, name: _sample_input(self.required_input, name)}

    def schema(self, model: Model, operation: Operation) -> Schema:
        if operation is not self.operation:
            return {}
        fields = required_fields(self.required_input, model)
        return {
            "allOf": [{"anyOf": [schema for name in fields for schema in presence_schemas(name)]}]
        }


def _sample_input(required_input: InputRequirement, name: str) -> object:
    """Return a value with which the field `name` satisfies the requirement."""
    substitute = required_input.substitute
    if substitute is not None and substitute.field == name:
        return [FIELDS[name].sample_item()] * substitute.min_items
    return FIELDS[name].sample_values()[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstituteLengthRule:
    """A list that stands for another one has as many entries as the operation needs of it."""

    operation: Operation
    substitute: ListSubstitute
    models: Models = dataclass_field(repr=False, compare=False)
    code = "invalid_count"

    @property
    def id(self) -> str:
        return f"{self.operation.name}.{self.substitute.field}"

    @property
    def source(self) -> Source:
        return self.substitute.source

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.operation.name,)

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
            details = operation_details(self.operation, parsed.model)
            hint = f"a single entry goes into {self.substitute.replaces}"
            yield Breach(name, self.requirement(), {**details, "hint": hint})

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        yield self._with_length(body, self.substitute.min_items - 1)

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield self._with_length(body, self.substitute.min_items)

    def _with_length(self, body: Body, length: int) -> Body:
        base = without_fields(
            with_operation(body, self.operation, self.models), (self.substitute.replaces,)
        )
        name = self.substitute.field
        return {**base, name: [FIELDS[name].sample_item()] * length}

    def schema(self, model: Model, operation: Operation) -> Schema:
        if operation is not self.operation:
            return {}
        min_items = {"minItems": self.substitute.min_items, "x-rules": [self.id]}
        return {"properties": {self.substitute.field: min_items}}


@dataclass(frozen=True, slots=True, kw_only=True)
class SubstituteAloneRule:
    """A list that stands for another one is not sent together with it."""

    operation: Operation
    substitute: ListSubstitute
    models: Models = dataclass_field(repr=False, compare=False)
    code = "too_many_inputs"

    @property
    def id(self) -> str:
        return f"{self.operation.name}.one-image-list"

    @property
    def source(self) -> Source:
        return self.substitute.source

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.operation.name,)

    def requirement(self) -> str:
        replaces, name = self.substitute.replaces, self.substitute.field
        return f"{self.operation.name} takes {replaces} or {name}, not both"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        name = self.substitute.field
        if name in parsed.body and self.substitute.replaces in parsed.body:
            details = operation_details(self.operation, parsed.model)
            yield Breach(name, self.requirement(), details)

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        for name in FIELDS[self.substitute.replaces].spellings:
            yield {**self._with_substitute(body), name: [self._sample_item()]}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield self._with_substitute(body)

    def _with_substitute(self, body: Body) -> Body:
        base = without_fields(
            with_operation(body, self.operation, self.models), (self.substitute.replaces,)
        )
        return {**base, self.substitute.field: [self._sample_item()] * self.substitute.min_items}

    def _sample_item(self) -> object:
        return FIELDS[self.substitute.replaces].sample_item()

    def schema(self, model: Model, operation: Operation) -> Schema:
        if operation is not self.operation:
            return {}
        names = FIELDS[self.substitute.replaces].spellings
        return {"allOf": [{"not": {"required": [name, self.substitute.field]}} for name in names]}


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleInputRule:
    """A request of the operation has one medium: one field, and no list of two."""

    operation: Operation
    required_input: InputRequirement
    models: Models = dataclass_field(repr=False, compare=False)
    code = "too_many_inputs"

    @property
    def id(self) -> str:
        return f"{self.operation.name}.one-{self.required_input.name}"

    @property
    def source(self) -> Source:
        return self.required_input.source

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.operation.name,)

    def requirement(self) -> str:
        fields = ", ".join(self.required_input.fields)
        return f"{self.operation.name} takes exactly one of {fields}"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        present = [name for name in self.required_input.fields if name in parsed.body]
        if len(present) > 1 or any(_has_several(name, parsed) for name in present):
            details = operation_details(self.operation, parsed.model)
            yield Breach(present[-1], self.requirement(), details)

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        base = without_fields(
            with_operation(body, self.operation, self.models), self.required_input.fields
        )
        samples = {name: FIELDS[name].sample_values()[0] for name in self.required_input.fields}
        for first, second in combinations(self.required_input.fields, 2):
            yield {**base, first: samples[first], second: samples[second]}
        for name in self._list_fields():
            yield {**base, name: [FIELDS[name].sample_item()] * 2}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        base = without_fields(
            with_operation(body, self.operation, self.models), self.required_input.fields
        )
        for name in self._list_fields():
            yield {**base, name: [FIELDS[name].sample_item()]}

    def _list_fields(self) -> list[str]:
        return [name for name in self.required_input.fields if FIELDS[name].item_range]

    def schema(self, model: Model, operation: Operation) -> Schema:
        if operation is not self.operation:
            return {}
        single = {"maxItems": 1, "x-rules": [self.id]}
        pairs = combinations(self.required_input.fields, 2)
        return {
            "properties": {name: dict(single) for name in self._list_fields()},
            "allOf": [{"not": {"required": list(pair)}} for pair in pairs],
        }


def _has_several(name: str, parsed: ParsedBody) -> bool:
    """Tell whether a list has several entries, but not more than its model takes.

    A list with too many entries breaks the rule `<name>.count`, and is reported once.
    """
    field, value = FIELDS[name], parsed.body[name]
    if field.item_range is None or not isinstance(value, list):
        return False
    return 1 < len(value) <= max_items(field, parsed.model)


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedInputsRule:
    """An input that does not belong to the operation is refused, not ignored."""

    operation: Operation
    models: Models = dataclass_field(repr=False, compare=False)
    code = "unexpected_input"

    @property
    def id(self) -> str:
        return f"{self.operation.name}.inputs"

    @property
    def source(self) -> Source:
        return self.operation.source

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.operation.name,)

    def requirement(self) -> str:
        inputs = ", ".join(self.operation.input_fields) or "no input but the prompt"
        return f"{self.operation.name} takes {inputs}"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        if _INPUT_NAMES.isdisjoint(parsed.body):
            return
        for name in self._foreign_inputs():
            if name in parsed.body:
                message = f"{name} does not belong to {self.operation.name}"
                details = operation_details(self.operation, parsed.model)
                yield Breach(name, message, {**details, "hint": _operations_of(name)})

    def _foreign_inputs(self) -> list[str]:
        own = self.operation.input_fields
        return [field.name for field in INPUT_FIELDS if field.name not in own]

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        for name in self._foreign_inputs():
            yield {
                **with_operation(body, self.operation, self.models),
                name: FIELDS[name].sample_values()[0],
            }

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        names = self.operation.optional_inputs
        optional = {name: FIELDS[name].sample_values()[0] for name in names}
        yield {**with_operation(body, self.operation, self.models), **optional}

    def schema(self, model: Model, operation: Operation) -> Schema:
        # The schema is closed: an input that belongs to another operation is no property of it.
        return {}


def _operations_of(name: str) -> str:
    names = [operation.name for operation in OPERATIONS.values() if name in operation.input_fields]
    return f"{name} belongs to {' and '.join(names)}"
