"""Rules about the operation: which inputs it needs, and which do not belong to it."""

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
    Breach,
    presence_schemas,
    supported_parameters,
    with_operation,
    with_value,
    without_fields,
)
from seedance_contract.declared.sources import Source

_INPUTS = frozenset(one.name for one in INPUT_FIELDS)


def _help(operation: Operation) -> dict[str, object]:
    """Return the error members that describe what `operation` needs."""
    prompt = ["prompt"] if operation.requires_prompt else []
    needs = [need.fields[0] for need in operation.required_inputs]
    return {
        "required_selectors": prompt + needs,
        "supported_parameters": supported_parameters(operation),
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownOperationRule:
    """The operation is one that the model has."""

    id: str
    source: Source
    code = "unsupported_operation"
    topics = ("operation",)

    def requirement(self) -> str:
        return "operation must be one of " + ", ".join(OPERATIONS)

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        name = parsed.body["operation"]
        supported = OPERATIONS if parsed.model is None else parsed.model.operations
        if isinstance(name, str) and name not in supported:
            yield Breach("operation", self.requirement(), {"supported_operations": list(supported)})

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        for name in (*UNSUPPORTED_OPERATIONS, "video-to-text", ""):
            yield with_value(body, "operation", name)

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        for operation in OPERATIONS.values():
            yield with_operation(body, operation)

    def schema(self, model: Model, operation: Operation) -> Schema:
        named = {"enum": [operation.name], "x-rules": [self.id]}
        return {"properties": {"operation": named}, **_asked_for(operation)}


def _asked_for(operation: Operation) -> Schema:
    """Return what makes a request one of `operation`: its name, or inputs that imply it.

    Inputs that alone imply another operation are no branch of this one, or the schema would
    allow here what is refused there.
    """
    hints = [hint for hint in INFERENCE_HINTS if hint.operation is operation]
    certain = {hint.field for hint in hints if not hint.multiple}
    if all(certain.issuperset(need.fields) for need in operation.required_inputs):
        return {}
    implied = [schema for hint in hints for schema in _hinted(hint)]
    return {"allOf": [{"anyOf": [{"required": ["operation"]}, *implied]}]}


def _hinted(hint: InferenceHint) -> Iterator[Mapping[str, object]]:
    for spelling in FIELDS[hint.field].spellings:
        several = {"properties": {spelling: {"minItems": 2}}} if hint.multiple else {}
        yield {"required": [spelling], **several}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredPromptRule:
    """An operation has a prompt."""

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
            yield Breach("prompt", self.requirement(), _help(self.operation))

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        yield without_fields(with_operation(body, self.operation), ("prompt",))

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        yield with_operation(body, self.operation)

    def schema(self, model: Model, operation: Operation) -> Schema:
        return {"required": ["prompt"]} if operation is self.operation else {}


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredInputRule:
    """An operation has the media it starts from."""

    operation: Operation
    requirement_input: InputRequirement
    code = "required"

    @property
    def id(self) -> str:
        return f"{self.operation.name}.{self.requirement_input.name}"

    @property
    def source(self) -> Source:
        return self.operation.source

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.operation.name,)

    def requirement(self) -> str:
        return f"{self.operation.name} needs {' or '.join(self.requirement_input.fields)}"

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        if parsed.body.keys().isdisjoint(self.requirement_input.fields):
            yield Breach(
                self.requirement_input.fields[0], self.requirement(), _help(self.operation)
            )

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        yield without_fields(with_operation(body, self.operation), self.requirement_input.fields)

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        home = without_fields(with_operation(body, self.operation), self.requirement_input.fields)
        for name in self.requirement_input.fields:
            yield {**home, name: FIELDS[name].sample_values()[0]}

    def schema(self, model: Model, operation: Operation) -> Schema:
        if operation is not self.operation:
            return {}
        some = [
            schema for name in self.requirement_input.fields for schema in presence_schemas(name)
        ]
        return {"allOf": [{"anyOf": some}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class SingleInputRule:
    """An operation starts from one medium: not two fields, not a list of two."""

    operation: Operation
    requirement_input: InputRequirement
    code = "too_many_inputs"

    @property
    def id(self) -> str:
        return f"{self.operation.name}.one-{self.requirement_input.name}"

    @property
    def source(self) -> Source:
        return self.requirement_input.source

    @property
    def topics(self) -> tuple[str, ...]:
        return (self.operation.name,)

    def requirement(self) -> str:
        return (
            f"{self.operation.name} takes exactly one of {', '.join(self.requirement_input.fields)}"
        )

    def breaches(self, parsed: ParsedBody) -> Iterator[Breach]:
        given = [name for name in self.requirement_input.fields if name in parsed.body]
        if len(given) > 1 or any(_crowded(name, parsed.body[name]) for name in given):
            yield Breach(given[-1], self.requirement(), _help(self.operation))

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        home = without_fields(with_operation(body, self.operation), self.requirement_input.fields)
        samples = {name: FIELDS[name].sample_values()[0] for name in self.requirement_input.fields}
        for one, other in combinations(self.requirement_input.fields, 2):
            yield {**home, one: samples[one], other: samples[other]}
        for name in self._lists():
            yield {**home, name: [FIELDS[name].sample_item()] * 2}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        home = without_fields(with_operation(body, self.operation), self.requirement_input.fields)
        for name in self._lists():
            yield {**home, name: [FIELDS[name].sample_item()]}

    def _lists(self) -> list[str]:
        return [name for name in self.requirement_input.fields if FIELDS[name].item_range]

    def schema(self, model: Model, operation: Operation) -> Schema:
        if operation is not self.operation:
            return {}
        pairs = combinations(self.requirement_input.fields, 2)
        return {
            "properties": {name: {"maxItems": 1, "x-rules": [self.id]} for name in self._lists()},
            "allOf": [{"not": {"required": list(pair)}} for pair in pairs],
        }


def _crowded(name: str, value: object) -> bool:
    """Tell whether a list has several entries, but not so many that its own count says so."""
    span = FIELDS[name].item_range
    return span is not None and isinstance(value, list) and 1 < len(value) <= span[1]


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
        if _INPUTS.isdisjoint(parsed.body):
            return
        for name in self._strangers():
            if name in parsed.body:
                message = f"{name} does not belong to {self.operation.name}"
                yield Breach(name, message, {**_help(self.operation), "hint": _belongs(name)})

    def _strangers(self) -> list[str]:
        return [one.name for one in INPUT_FIELDS if one.name not in self.operation.input_fields]

    def invalid_bodies(self, body: Body) -> Iterator[Body]:
        for name in self._strangers():
            yield {**with_operation(body, self.operation), name: FIELDS[name].sample_values()[0]}

    def valid_bodies(self, body: Body) -> Iterator[Body]:
        more = {name: FIELDS[name].sample_values()[0] for name in self.operation.optional_inputs}
        yield {**with_operation(body, self.operation), **more}

    def schema(self, model: Model, operation: Operation) -> Schema:
        return {}


def _belongs(name: str) -> str:
    homes = [one.name for one in OPERATIONS.values() if name in one.input_fields]
    return f"{name} belongs to {' and '.join(homes)}"
