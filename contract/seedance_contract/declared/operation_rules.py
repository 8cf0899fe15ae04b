"""Rules about the operation: which inputs it requires, and which do not belong to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations

from seedance_contract.declared.fields import FIELDS, INPUT_FIELDS
from seedance_contract.declared.limits import Schema
from seedance_contract.declared.models import Model
from seedance_contract.declared.operations import (
    INFERENCE_HINTS,
    OPERATIONS,
    UNSUPPORTED_OPERATIONS,
    Body,
    InferenceHint,
    InputRequirement,
    Operation,
)
from seedance_contract.declared.parsed_body import ParsedBody
from seedance_contract.declared.rule import (
    ALWAYS,
    Breach,
    presence_schemas,
    supported_parameters,
    with_operation,
    with_value,
    without_fields,
)
from seedance_contract.declared.sources import Source

_INPUT_NAMES = frozenset(field.name for field in INPUT_FIELDS)


def required_fields(required_input: InputRequirement, model: Model | None) -> tuple[str, ...]:
    """Return the fields of which a request needs one; without a model, those of the operation."""
    return required_input.fields if model is None else model.required_fields(required_input)


def _operation_details(operation: Operation, model: Model | None) -> dict[str, object]:
    """Return the error members that describe what `operation` takes."""
    prompt = ["prompt"] if operation.requires_prompt else []
    inputs = [required.fields[0] for required in operation.required_inputs]
    return {
        "required_selectors": prompt + inputs,
        "supported_parameters": supported_parameters(operation, model),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOperationRule:
    """The operation, named or inferred, is one that the model has."""

    id: str
    source: Source
    code = "unsupported_operation"
    topics = (ALWAYS,)

    def requirement(self) -> str:
        return "operation must be one of " + ", ".join(OPERATIONS)

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        supported = OPERATIONS if parsed.model is None else parsed.model.operations
        if "operation" in parsed.body:
            name = parsed.body["operation"]
        else:
            name = parsed.operation and parsed.operation.name
        if isinstance(name, str) and name not in supported:
            message = "operation must be one of " + ", ".join(supported)
            yield Breach("operation", message, {"supported_operations": list(supported)})

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        for name in (*UNSUPPORTED_OPERATIONS, "video-to-text", ""):
            yield with_value(body, "operation", name)

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        for operation in OPERATIONS.values():
            yield with_operation(body, operation)

    def schema(self, model: Model, operation: Operation) -> Schema:
        named = {"enum": [operation.name], "x-rules": [self.id]}
        return {"properties": {"operation": named}, **_implied_schema(model, operation)}


def _implied_schema(model: Model, operation: Operation) -> Schema:
    """Return what makes a request one of `operation`: its name, or inputs that imply it.

    Without this part, inputs that imply another operation would match this branch as well, and the
    schema would allow what the rules of the other operation refuse. Nothing is needed if every
    input that the operation requires implies it.
    """
    hints = [hint for hint in INFERENCE_HINTS if hint.operation is operation]
    certain = {hint.field for hint in hints if not hint.multiple}
    requirements = operation.required_inputs
    if all(certain.issuperset(required_fields(one, model)) for one in requirements):
        return {}
    implied = [schema for hint in hints for schema in _hint_schemas(hint)]
    return {"allOf": [{"anyOf": [{"required": ["operation"]}, *implied]}]}


def _hint_schemas(hint: InferenceHint) -> Iterator[Mapping[str, object]]:
    for spelling in FIELDS[hint.field].spellings:
        several = {"properties": {spelling: {"minItems": 2}}} if hint.multiple else {}
        yield {"required": [spelling], **several}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredPromptRule:
    """A request of the operation has a prompt."""

    operation: Operation
    code = "required"

    @property
    def id(self) -> str:
        return f"{self.operation.name}.prompt"

    @property
    def source(self) -> Source:
        return self.operation.source

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.operation.name,)

    def requirement(self) -> str:
        return f"prompt is required for {self.operation.name}"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        if "prompt" not in parsed.body:
            details = _operation_details(self.operation, parsed.model)
            yield Breach("prompt", self.requirement(), details)

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        yield without_fields(with_operation(body, self.operation), ("prompt",))

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield with_operation(body, self.operation)

    def schema(self, model: Model, operation: Operation) -> Schema:
        return {"required": ["prompt"]} if operation is self.operation else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredInputRule:
    """A request of the operation has the media that the operation starts from."""

    operation: Operation
    required_input: InputRequirement
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
            details = _operation_details(self.operation, parsed.model)
            yield Breach(fields[0], self._message(parsed.model), details)

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        yield without_fields(with_operation(body, self.operation), self.required_input.fields)

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        base = without_fields(with_operation(body, self.operation), self.required_input.fields)
        for name in self.required_input.fields:
            yield {**base, name: FIELDS[name].sample_values()[0]}

    def schema(self, model: Model, operation: Operation) -> Schema:
        if operation is not self.operation:
            return {}
        fields = required_fields(self.required_input, model)
        return {
            "allOf": [{"anyOf": [schema for name in fields for schema in presence_schemas(name)]}]
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleInputRule:
    """A request of the operation has one medium: one field, and no list of two."""

    operation: Operation
    required_input: InputRequirement
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
        if len(present) > 1 or any(_has_several(name, parsed.body[name]) for name in present):
            details = _operation_details(self.operation, parsed.model)
            yield Breach(present[-1], self.requirement(), details)

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        base = without_fields(with_operation(body, self.operation), self.required_input.fields)
        samples = {name: FIELDS[name].sample_values()[0] for name in self.required_input.fields}
        for first, second in combinations(self.required_input.fields, 2):
            yield {**base, first: samples[first], second: samples[second]}
        for name in self._list_fields():
            yield {**base, name: [FIELDS[name].sample_item()] * 2}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        base = without_fields(with_operation(body, self.operation), self.required_input.fields)
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


def _has_several(name: str, value: object) -> bool:
    """Tell whether a list has several entries, but not too many.

    A list with too many entries breaks the rule `<name>.count`, and is reported once.
    """
    item_range = FIELDS[name].item_range
    if item_range is None or not isinstance(value, list):
        return False
    return 1 < len(value) <= item_range[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class AllowedInputsRule:
    """An input that does not belong to the operation is refused, not ignored."""

    operation: Operation
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
                details = _operation_details(self.operation, parsed.model)
                yield Breach(name, message, {**details, "hint": _operations_of(name)})

    def _foreign_inputs(self) -> list[str]:
        own = self.operation.input_fields
        return [field.name for field in INPUT_FIELDS if field.name not in own]

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        for name in self._foreign_inputs():
            yield {**with_operation(body, self.operation), name: FIELDS[name].sample_values()[0]}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        names = self.operation.optional_inputs
        optional = {name: FIELDS[name].sample_values()[0] for name in names}
        yield {**with_operation(body, self.operation), **optional}

    def schema(self, model: Model, operation: Operation) -> Schema:
        # The schema is closed: an input that belongs to another operation is no property of it.
        return {}


def _operations_of(name: str) -> str:
    names = [operation.name for operation in OPERATIONS.values() if name in operation.input_fields]
    return f"{name} belongs to {' and '.join(names)}"
