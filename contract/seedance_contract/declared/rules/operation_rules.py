"""Rules about the operation itself: that the model has it, and that it has its prompt."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field

from seedance_contract.declared.fields import FIELDS, MATERIAL_FIELDS
from seedance_contract.declared.limits import Schema
from seedance_contract.declared.model import Model, Models
from seedance_contract.declared.operations import (
    INFERENCE_HINTS,
    OPERATIONS,
    REFERENCE_TO_VIDEO,
    UNSUPPORTED_OPERATIONS,
    Body,
    InferenceHint,
    InputRequirement,
    Operation,
)
from seedance_contract.declared.parsed_body import ParsedBody
from seedance_contract.declared.rules.rule import (
    ALWAYS,
    Breach,
    ValueCheck,
    supported_parameters,
    with_operation,
    with_value,
    without_fields,
)
from seedance_contract.declared.sources import Source


def required_fields(required_input: InputRequirement, model: Model | None) -> tuple[str, ...]:
    """Return the fields of which a request needs one; without a model, those of the operation."""
    return required_input.fields if model is None else model.required_fields(required_input)


def operation_details(operation: Operation, model: Model | None) -> dict[str, object]:
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
    models: Models = dataclass_field(repr=False, compare=False)
    code = "unsupported_operation"
    topics = (ALWAYS,)

    def requirement(self) -> str:
        return "operation must be one of " + ", ".join(OPERATIONS)

    def value_check(self, parsed: ParsedBody) -> tuple[str, ValueCheck]:
        supported = self._supported(parsed)
        return "operation", lambda name: not isinstance(name, str) or name in supported

    def _supported(self, parsed: ParsedBody) -> Collection[str]:
        return OPERATIONS if parsed.model is None else parsed.model.operations

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        supported = self._supported(parsed)
        # An inferred operation is looked at too: the model may lack it.
        if "operation" in parsed.body:
            name = parsed.body["operation"]
        else:
            name = parsed.operation and parsed.operation.name
        # A value of another type breaks the rule `operation.type`, and is reported once.
        if isinstance(name, str) and name not in supported:
            message = "operation must be one of " + ", ".join(supported)
            yield Breach("operation", message, {"supported_operations": list(supported)})

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        for name in (*UNSUPPORTED_OPERATIONS, "video-to-text", ""):
            yield with_value(body, "operation", name)

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        for operation in OPERATIONS.values():
            yield with_operation(body, operation, self.models)

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
    inputs = operation.required_inputs
    if all(certain.issuperset(required_fields(needed, model)) for needed in inputs):
        return {}
    implied = [schema for hint in hints for schema in _hint_schemas(hint)]
    if operation is REFERENCE_TO_VIDEO:
        # Materials in fields of their own are references unless the operation says otherwise.
        implied += [{"required": [name]} for name in MATERIAL_FIELDS]
    return {"allOf": [{"anyOf": [{"required": ["operation"]}, *implied]}]}


def _hint_schemas(hint: InferenceHint) -> Iterator[Mapping[str, object]]:
    for spelling in FIELDS[hint.field].spellings:
        several = {"properties": {spelling: {"minItems": 2}}} if hint.multiple else {}
        yield {"required": [spelling], **several}


@dataclass(frozen=True, slots=True, kw_only=True)
class OperationRule:
    """What rules about the requests of one operation have in common.

    A rule adds its id, its code, its requirement, its breaches and its bodies, and `part_of_schema`
    if JSON Schema can state it.
    """

    operation: Operation
    models: Models = dataclass_field(repr=False, compare=False)

    @property
    def source(self) -> Source:
        return self.operation.source

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.operation.name,)

    def new_breach(self, field: str, message: str, parsed: ParsedBody, **details: object) -> Breach:
        """Return a breach whose details describe what the operation takes, and `details`."""
        return Breach(
            field, message, {**operation_details(self.operation, parsed.model), **details}
        )

    def body_without(self, body: Body, fields: tuple[str, ...] = ()) -> Body:
        """Return a legal body of the operation that lacks some fields, made from `body`."""
        return without_fields(with_operation(body, self.operation, self.models), fields)

    def schema(self, model: Model, operation: Operation) -> Schema:
        # The schema has a branch for each operation, and other branches know nothing of this rule.
        return self.part_of_schema(model) if operation is self.operation else {}

    def part_of_schema(self, model: Model) -> Schema:
        """Return the part of the JSON Schema of a request of the operation; empty if none."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredPromptRule(OperationRule):
    """A request of the operation has a prompt."""

    code = "required"

    @property
    def id(self) -> str:
        return f"{self.operation.name}.prompt"

    def requirement(self) -> str:
        return f"prompt is required for {self.operation.name}"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        if "prompt" not in parsed.body:
            yield self.new_breach("prompt", self.requirement(), parsed)

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        yield self.body_without(body, ("prompt",))

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield self.body_without(body)

    def part_of_schema(self, model: Model) -> Schema:
        return {"required": ["prompt"]}
